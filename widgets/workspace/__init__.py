"""The window's docks: which views there are, where they stand in each perspective, and what is selected in them."""
