"""Results as the engine hands them out, invented: accounts in groups, one account in detail, a what-if answer."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from engine.decision import Curve, Decision, Effect, Figures, Order, Request, Verdict
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.orders import Directory
from engine.snapshot import (
    AccountDetail,
    AccountTable,
    BreakdownNode,
    FeedState,
    FeedStatus,
    Lines,
    ParametersInForce,
    PositionLine,
    PriceState,
    Snapshot,
    Standing,
)
from engine.text import Text, text

AS_OF = 1_795_256_537_318_204_000
LINES = Lines(warning=75 * RATIO // 100, call=90 * RATIO // 100, close=RATIO)
PARAMETERS = ParametersInForce(
    "SAMPLE-20261120-final", "SAMPLE", "20261120", "margin", "resources/sample_market.spn", "4f" * 32
)
GROUPS = (
    ("Halden group", "Halden", 0.98),
    ("Meridian (related)", "Meridian", 0.78),
    ("Own desks", "Boreal", 0.62),
    ("Clients A", "Qingfeng 清风", 0.52),
    ("Clients B", "Westmark", 0.46),
    ("Clients C", "Kestrel", 0.42),
    ("Clients D", "Orchard", 0.4),
    ("Pension", "Ashby", 0.35),
    ("Hedgers", "Lantern", 0.33),
    ("Producers", "Copper Field", 0.28),
    ("Locals", "Juniper", 0.22),
)
DESKS = (
    "Energy", "Power", "Gas", "Weather", "Freight", "Metals", "Rates", "Macro II", "Macro I", "Asia", "RV", "Vol",
    "Credit", "Carry", "Spread", "Income", "Index", "Softs", "Plus", "Basis",
)  # fmt: skip
PRODUCTS = ("CL", "NG", "RB", "HO", "ES", "NQ", "ZN", "ZB", "GC", "SI", "HG", "ZC", "ZS", "ZM", "ZL", "6E")
CRUDE = Contract("NYMEX", "CL", "FUT", "202703")
CALL = Contract("NYMEX", "CL", "OOF", "202702", "C", 82 * PRICE)
SCENARIOS = tuple(
    amount * 1000 * MONEY
    for amount in (-30, 34, -760, -700, 820, 770, -1540, -1490, 1620, 1590, -2330, -2290, 2418, 2390, -2100, 2205)
)


def directory() -> Directory:
    """Futures of four months and a few hundred options of every product."""
    months = ("202701", "202702", "202703", "202706")
    futures = [Contract("X", product, "FUT", month) for product in PRODUCTS[1:] for month in months]
    crude = [Contract("NYMEX", "CL", "FUT", month) for month in months]
    options = [
        Contract("NYMEX", "CL", "OOF", month, right, strike * PRICE)
        for month in months
        for right in "CP"
        for strike in range(60, 101)
    ]
    return Directory(crude + futures + options)


def account_table(size: int = 200, seed: int = 7) -> AccountTable:
    """``size`` accounts in 11 groups, a few past their lines, the third not computable."""
    chance = random.Random(seed)
    names, groups, ratios, equities = [], [], [], []
    for number in range(size):
        group, family, level = GROUPS[number % len(GROUPS)]
        round_ = number // len(GROUPS)
        names.append(f"{family} {DESKS[round_ % len(DESKS)]}" + (f" {round_}" if round_ >= len(DESKS) else ""))
        groups.append(group)
        ratios.append(round(max(0.02, level + 0.13 - 0.02 * (round_ % len(DESKS)) + chance.gauss(0, 0.01)) * RATIO))
        equities.append(chance.randrange(1_300_000, 9_900_000) * MONEY + chance.randrange(MONEY))
    equity, ratio = np.array(equities, dtype=np.int64), np.array(ratios, dtype=np.int64)
    return _table(tuple(names), tuple(groups), equity, ratio, chance)


def _table(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    equity: np.ndarray[tuple[int], np.dtype[np.int64]],
    ratio: np.ndarray[tuple[int], np.dtype[np.int64]],
    chance: random.Random,
) -> AccountTable:
    margin = equity // RATIO * ratio
    trend = np.array([chance.choice((-1, 0, 1)) * chance.randrange(9000) for _ in names], dtype=np.int64)
    standing = np.select([ratio >= LINES.close, ratio >= LINES.call, ratio >= LINES.warning], [3, 2, 1], 0)
    available, to_call = equity - margin, equity - margin * 10 // 9
    reasons: dict[int, tuple[Text, ...]] = {}
    if len(names) > 2:
        ratio[2] = margin[2] = available[2] = to_call[2] = NOT_COMPUTABLE
        standing[2] = Standing.UNKNOWN
        reasons[2] = (text("excludes 2 positions: no parameters for {contract}", contract="XYZ 2027-03"),)
    return AccountTable(
        names, groups, ("USD",) * len(names), equity, margin, available, ratio, trend, to_call,
        available.copy(), standing.astype(np.int8), reasons,
    )  # fmt: skip


def moved(table: AccountTable, row: int, amount: int) -> AccountTable:
    """The same table after one account's equity and available funds moved by ``amount``."""
    equity, available = table.equity.copy(), table.available.copy()
    equity[row] += amount
    available[row] += amount
    return replace(table, equity=equity, available=available)


def feeds(quotes: FeedState = FeedState.LIVE, age: int = 12_000_000) -> tuple[FeedStatus, ...]:
    """Positions LIVE, quotes in the state asked for."""
    return (
        FeedStatus("positions", FeedState.LIVE, 38_000_000, 1_204_881, 120),
        FeedStatus("quotes", quotes, age, 88_400_112, 41_800 if quotes is FeedState.LIVE else 0),
    )


def snapshot(size: int = 200, quotes: FeedState = FeedState.LIVE, age: int = 12_000_000) -> Snapshot:
    """The desk at one moment."""
    return Snapshot(41, AS_OF, PARAMETERS, feeds(quotes, age), LINES, account_table(size))


def positions(size: int = 24) -> tuple[PositionLine, ...]:
    """Positions of every price state; the last has no price and no figures."""
    chance = random.Random(3)
    lines = []
    for number in range(size):
        product = PRODUCTS[number % len(PRODUCTS)]
        month = ("202701", "202703", "202706")[number // len(PRODUCTS) % 3]
        contract = Contract("X", product, "FUT", month)
        if number % 3 == 1:
            contract = Contract("X", product, "OOF", month, "CP"[number % 2], (78 + number) * PRICE)
        long, short = chance.randrange(400), chance.choice((0, chance.randrange(300)))
        state = (PriceState.LIVE, PriceState.LIVE, PriceState.SETTLEMENT, PriceState.STALE)[number % 4]
        lines.append(
            PositionLine(
                contract, "USD", long, short, long - short, chance.randrange(100, 9000) * PRICE // 100, 2, state,
                {PriceState.LIVE: 14, PriceState.STALE: 4200, PriceState.SETTLEMENT: 0}[state] * 1_000_000,
                chance.randrange(-90_000, 90_000) * MONEY, chance.randrange(-20_000, 280_000) * MONEY,
                chance.randrange(200, 250_000),
            )
        )  # fmt: skip
    nothing = NOT_COMPUTABLE
    lines[-1] = replace(
        lines[-1], price=nothing, price_state=PriceState.MISSING, price_age=0, profit=nothing, margin=nothing,
        share=nothing, reason=text("no price for {contract}", contract=lines[-1].contract.title),
    )  # fmt: skip
    return tuple(lines)


def breakdown() -> tuple[BreakdownNode, ...]:
    """A requirement of three commodities, one of them in full."""

    def node(label: Text, amount: int, *children: BreakdownNode, **more: object) -> BreakdownNode:
        return BreakdownNode(label, amount * MONEY, "USD", children=children, **more)  # type: ignore[arg-type]

    scan = node(
        text("Scan risk · scenario {number}", number=13),
        2_418_000,
        node(text("{quantity} {contract}", quantity="+400", contract="CL 2027-01"), 2_640_000, contract=CRUDE),
        node(text("{quantity} {contract}", quantity="−120", contract="CL C 78 2027-02"), -222_000, contract=CALL),
        scenarios=SCENARIOS,
        active=13,
    )
    spreads = node(text("Intra-commodity charge"), 61_200, node(text("{count} spreads formed", count=4), 61_200))
    credit = node(
        text("Inter-commodity credit"),
        -215_050,
        node(text("CL : RB 1 : 1 · 75 %"), -130_300),
        node(text("CL : HO 1 : 1 · 70 %"), -84_750),
    )
    crude = node(text("{code} {name}", code="CL", name="Crude oil"), 2_264_150, scan, spreads, credit)
    index = node(
        text("{code} {name}", code="ES", name="E-mini S&P 500"),
        1_108_800,
        node(text("Scan risk · scenario {number}", number=5), 1_108_800,
             scenarios=tuple(-each // 2 for each in SCENARIOS), active=11),
    )  # fmt: skip
    corn = node(text("{code} {name}", code="ZC", name="Corn"), 490_950, node(text("Short option minimum"), 12_000))
    options = node(text("Net option value"), -318_400)
    return (node(text("Requirement"), 4_182_300, options, crude, index, corn),)


def detail(account: str = "Meridian Macro II", size: int = 24) -> AccountDetail:
    """One account in full."""
    return AccountDetail(41, account, "USD", positions(size), breakdown(), (), PARAMETERS.version)


def figures(equity: int, margin: int) -> Figures:
    """Figures of whole units of money; the ratio follows."""
    return Figures(equity * MONEY, margin * MONEY, (equity - margin) * MONEY, margin * RATIO // equity if equity else 0)


def decision(request: Request, verdict: Verdict = Verdict.REFUSED, authoritative: bool = True) -> Decision:
    """An answer: the margin rises by 731,250; refused above 71 lots unless told otherwise."""
    before, after = figures(5_604_118, 4_182_300), figures(5_604_118, 4_913_550)
    if verdict is Verdict.NOT_COMPUTABLE:
        after = Figures(NOT_COMPUTABLE, NOT_COMPUTABLE, NOT_COMPUTABLE, NOT_COMPUTABLE)
    reasons = {
        Verdict.REFUSED: (text("risk ratio after the order would be {ratio}, over the call line", ratio="90.3 %"),),
        Verdict.PASSES: (),
        Verdict.NOT_COMPUTABLE: (text("no price for {contract}", contract="CL C 82 2027-02"),),
    }[verdict]
    return Decision(
        request, 41, PARAMETERS.version, authoritative, verdict, reasons, (Effect("USD", before, after),),
        curve(request.orders) if request.with_curve else None, breakdown(), 84_000,
    )  # fmt: skip


def curve(orders: tuple[Order, ...]) -> Curve:
    """Margin that first falls a little, then rises; 71 lots are the most that pass."""
    sign = -1 if orders and orders[0].quantity < 0 else 1
    quantities = tuple(range(0, 241, 5))
    margin = tuple((4_182_300 - 900 * min(lots, 30) + 9_800 * max(0, lots - 30)) * MONEY for lots in quantities)
    available = tuple(5_604_118 * MONEY - each for each in margin)
    return Curve("USD", tuple(sign * lots for lots in quantities), margin, available, sign * 71, 5_043_706 * MONEY)


def request(number: int = 1, account: str = "Meridian Macro II") -> Request:
    """Two legs of crude."""
    return Request(number, account, (Order(CRUDE, 120), Order(CALL, -60)))
