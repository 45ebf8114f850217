"""SPAN: a clearing house's parameter file, and the margin it asks for."""
