"""A node and a hub agree. `pages` is what travels; how it travels is not its business."""
