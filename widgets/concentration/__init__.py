"""The Concentration view: where risk piles up, by name and by account, against the limits."""
