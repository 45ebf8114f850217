"""Books so plain that every limited figure is one line of arithmetic, for tests of limits."""

from dataclasses import dataclass, field

from engine.classification import Dimension
from engine.limit_check import LimitChecker
from engine.limit_file import read_limits
from engine.limit_question import Leg, Question, Subject
from engine.limits import Basis, Level, Measure
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.text import text
from engine.working_orders import Order, fills

PRODUCTS = {"CL1": "CL", "CL2": "CL", "NG1": "NG", "ES1": "ES"}
SECTORS = {"CL": "Energy", "NG": "Energy", "ES": "Equities"}
CONTRACTS = tuple(PRODUCTS)
NOON = 12 * 3600 * 10**9


def names_of(contract):
    """A contract's name along each dimension."""
    product = PRODUCTS[contract]
    return {
        Dimension.CONTRACT: contract,
        Dimension.PRODUCT: product,
        Dimension.SECTOR: SECTORS[product],
        Dimension.ASSET_CLASS: "Futures",
        Dimension.CURRENCY: "USD",
        Dimension.EXPIRY: "near",
    }


@dataclass
class PlainFigures:
    """Net positions at a price each; margin is a tenth of the gross. No price: not computable."""

    positions: dict[str, int]
    prices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CONTRACTS, 100))
    equity: int = 10_000

    def _held(self, by, name):
        return [
            (contract, count)
            for contract, count in self.positions.items()
            if count and (by is None or not name or names_of(contract)[by] == name)
        ]

    def figure(self, of, by, name):
        held = self._held(by, name)
        known = {
            Basis.OPEN_INTEREST: lambda: 1000,
            Basis.DAILY_VOLUME: lambda: 1000,
            Basis.EQUITY: lambda: self.equity * MONEY,
            Measure.POSITION: lambda: sum(count for _, count in held),
        }
        if of in known:
            return known[of]()
        whole = of in (Measure.SHARE_OF_GROSS, Measure.HHI)
        if any(contract not in self.prices for contract, _ in (self._held(None, "") if whole else held)):
            return NOT_COMPUTABLE
        return self._priced(of, by, held)

    def _priced(self, of, by, held):
        gross = self._gross(held)
        everything = self._gross(self._held(None, ""))
        if of is Measure.HHI:
            names = {names_of(contract)[by] for contract, _ in held}
            shares = [self._gross(self._held(by, each)) * RATIO // everything for each in names]
            return sum(share**2 for share in shares) // RATIO
        return {
            Measure.GROSS: gross,
            Basis.GROSS: gross,
            Measure.NET: MONEY * sum(count * self.prices[contract] for contract, count in held),
            Measure.DELTA: MONEY * sum(count * self.prices[contract] for contract, count in held),
            Measure.SHARE_OF_EQUITY: gross * RATIO // (self.equity * MONEY),
            Measure.MARGIN_RATIO: gross * RATIO // (10 * self.equity * MONEY),
            Measure.SHARE_OF_GROSS: gross * RATIO // (everything or 1),
        }[of]

    def _gross(self, held):
        return MONEY * sum(abs(count) * self.prices.get(contract, 0) for contract, count in held)

    def reason(self, of, by, name):
        return text("no price for {names}", names=", ".join(sorted(set(CONTRACTS) - set(self.prices))))


@dataclass
class Desk:
    """One account in one group, and what the rest of the group holds."""

    held: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    working: list[tuple[str, int]] = field(default_factory=list)
    prices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CONTRACTS, 100))
    account: str = "A"
    group: str = "Alpha"
    currency: str = "USD"
    time: int = NOON

    def ask(self, *legs, together=False):
        """The question whether (contract, quantity) legs may be sent."""
        own = self._subject(Level.ACCOUNT, self.account, self.held, legs, together)
        joint = {each: self.held.get(each, 0) + self.others.get(each, 0) for each in CONTRACTS}
        family = self._subject(Level.GROUP, self.group, joint, legs, together)
        firm = self._subject(Level.FIRM, "Firm", joint, legs, together)
        each = tuple(
            Leg(names_of(contract), count, self.held.get(contract, 0), self._beside(contract, count))
            for contract, count in legs
        )
        return Question(self.account, self.group, self.currency, each, (own, family, firm), self.time)

    def _beside(self, contract, count):
        return sum(abs(size) for name, size in self.working if name == contract and size * count > 0)

    def _subject(self, level, name, held, legs, together):
        columns = {contract: column for column, contract in enumerate(CONTRACTS)}
        working, new = ([Order(columns[each], size) for each, size in orders] for orders in (self.working, legs))
        ways = fills(working, new, {columns[each]: count for each, count in held.items()}, {}, together)

        def measured(trades):
            total = {each: held.get(each, 0) + trades.get(column, 0) for each, column in columns.items()}
            return PlainFigures(total, self.prices)

        before, after = (tuple(measured(getattr(way, side)) for way in ways) for side in ("before", "after"))
        return Subject(level, name, before, after)


def limits(*entries, top='currency = "USD"\n'):
    """Limits of [[limit]] bodies, which get ids L1, L2 ... where they have none."""
    named = [body if "id =" in body else f"id = 'L{number}'\n{body}" for number, body in enumerate(entries, 1)]
    tables = [f"[[limit]]\n{body}" for body in named]
    return read_limits(top + "\n".join(tables), "limits.toml")


def position_limit(hard, level="account", by="contract", more=""):
    """Body of a limit on positions."""
    return f'measure = "position"\nof = "{level}"\nby = "{by}"\nhard = {hard}\n{more}'


def check(limit_set, question):
    """What the limits say."""
    return LimitChecker(limit_set).evaluate(question)
