"""Approvals: what has been proposed, who has signed and who has to, and the dialog in which people sign."""
