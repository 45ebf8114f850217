"""What would happen: revaluation under moves of prices, volatilities and time, for accounts, groups and the firm.

The interface for those who draw or tabulate is `axes` (what a grid spans), `results` (what comes out) and `grids`
(`grid` computes one). Everything is a pure function of a `engine.state.DeskState`, so any thread may call it.
"""
