"""Audit records on screen: a timeline, its standing, and one record in full."""
