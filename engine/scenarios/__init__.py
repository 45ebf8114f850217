"""What would happen: revaluation under moves of prices, volatilities and time, for accounts, groups and the firm.

The interface for those who draw or tabulate: `axes` and `directions` (what a grid spans), `results` (what comes out),
`grids` (`grid` computes one), `named` and `scenario_file` (scenarios as data), `stress` (every account under each of
them), `reverse` (the smallest move to a line), `ordered` (orders under stress) and `news` (what the screens are
told). Everything is a pure function of a `engine.state.DeskState`, so any thread may call it, each with a
`model.ScenarioModel` of its own.
"""
