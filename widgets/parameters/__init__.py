"""The Parameters view: what the clearing house's file says of a contract, and what changed since the last one."""
