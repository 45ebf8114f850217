"""Forced close: which orders bring an account's risk ratio under a target, at what cost, and in what order.

`trading_cost` says what trading costs, `closing` what the account needs and has after trades, `search` finds plans,
`evaluation` builds a plan from orders (also from those that a person edited), `plan` holds the frozen results.
"""
