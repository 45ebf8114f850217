"""Kills the record store in every way there is, and sees that nothing it had acknowledged is lost."""
