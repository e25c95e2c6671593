"""Opens channels and carriers by name from Settings. The only place that looks."""
