"""The Forced close view: how an account can be brought under its target, order by order, and who has to agree."""
