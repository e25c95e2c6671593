"""The channel of the telephone: the same prompts, spoken; replies by key."""
