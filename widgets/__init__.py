"""Qt models, views and dialogs. They draw the engine's frozen results and compute nothing."""
