"""Risk in three dimensions: surfaces of one owner, the landscape of the desk, and flat maps where OpenGL lacks."""
