"""The spreads of a contract's combined commodity: those it can take part in first, then those of other months."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.span.breakdown_spreads import leg_name
from engine.span.comparison_rates import spread_text
from engine.span.inspection import Inspection, SpreadKind, SpreadOfCommodity
from engine.span.parameters import ChargeMethod, Leg, ScanningSpread, Spread, Tier
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import tr
from widgets.numbers_text import SPACE

ROOT = QModelIndex()
WIDTHS = (60, 40, 150, 114)
CREDITS = (SpreadKind.INTER, SpreadKind.INTER_CLEARING)


class Column(IntEnum):
    """Columns of the spreads, left to right."""

    KIND = 0
    PRIORITY = 1
    LEGS = 2
    RATE = 3


ALL_COLUMNS = tuple(Column)


class SpreadModel(QAbstractTableModel):
    """One row a spread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spreads: tuple[SpreadOfCommodity, ...] = ()
        self._rate_set = 0
        self._currency = ""
        self._tiers: dict[SpreadKind, tuple[Tier, ...]] = {}

    def show(self, one: Inspection | None) -> None:
        """Take the spreads of a contract."""
        self.beginResetModel()
        spreads = one.spreads if one is not None else ()
        self.spreads = tuple(sorted(spreads, key=lambda spread: not spread.takes_part))
        if one is not None and one.commodity is not None:
            self._rate_set, self._currency = one.rate_set, one.commodity.currency
            self._tiers = dict.fromkeys(SpreadKind, one.commodity.inter_tiers)
            self._tiers[SpreadKind.INTRA] = one.commodity.intra_tiers
        self.endResetModel()

    @property
    def own(self) -> int:
        """How many of the spreads the contract can take part in."""
        return sum(spread.takes_part for spread in self.spreads)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a spread."""
        return 0 if parent.isValid() else len(self.spreads)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.ToolTipRole and section == Column.PRIORITY:
            return tr("Priority: spreads are formed in this order")
        titles = (tr("Spread"), tr("Prio"), tr("Legs"), tr("Charge or credit"))
        return header_cell(titles[section], section in (Column.PRIORITY, Column.RATE), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip tells the legs one by one."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.explained(index.row())
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows; spreads of other months are faint."""
        one = self.spreads[index.row()]
        tone = Tone.TEXT if one.takes_part else Tone.FAINT
        match ALL_COLUMNS[index.column()]:
            case Column.KIND:
                spoken = kind_words(one.kind)
                if not one.takes_part:
                    spoken = tr("{kind}, other months").format(kind=spoken)
                cell = Cell(short_kind(one.kind), tone, right=False, raw=one.kind.value, spoken=spoken)
            case Column.PRIORITY:
                cell = Cell(str(one.spread.priority), tone)
            case Column.LEGS:
                cell = Cell(legs_words(one.spread), tone, right=False, raw=spread_text(one.spread))
            case Column.RATE:
                rate = one.spread.rates.get(self._rate_set)
                words = f"{_sign_words(one)} {self._rate_words(one, rate)}"
                cell = Cell(words, tone, raw="" if rate is None else plain(rate))
        return cell

    def explained(self, row: int) -> str:
        """A spread in full: what it is, its rate, and each leg with side, ratio, months and rate."""
        one = self.spreads[row]
        rate = self._rate_words(one, one.spread.rates.get(self._rate_set))
        if isinstance(one.spread, Spread) and one.spread.method is ChargeMethod.WEIGHTED:
            rate = tr("{share} of the weighted price risk").format(share=rate)
        first = tr("{kind}, priority {priority}: {sign} {rate}").format(
            kind=kind_words(one.kind), priority=one.spread.priority, sign=_sign_words(one), rate=rate
        )
        return "\n".join([first, *self._leg_lines(one)])

    def _leg_lines(self, one: SpreadOfCommodity) -> Iterator[str]:
        tiers = self._tiers.get(one.kind, ())
        for leg, own in zip(one.spread.legs, one.legs, strict=True):
            facts = [tr("{ratio} delta a spread").format(ratio=plain(leg.ratio))]
            bounds = _bounds(leg, tiers) if own else ""
            facts += [bounds] if bounds else []
            facts += [tr("rate {rate}").format(rate=plain(leg.rate))] if leg.rate is not None else []
            facts += [] if leg.required else [tr("not required")]
            facts += [tr("this contract")] if own else []
            yield f"{leg.side} {leg_name(leg)}: {', '.join(facts)}"
        if isinstance(one.spread, ScanningSpread):
            yield tr("scanned together into {target}, {count} legs at least").format(
                target=leg_name(one.spread.target), count=one.spread.minimum_legs
            )

    def _rate_words(self, one: SpreadOfCommodity, rate: Decimal | None) -> str:
        """A rate with its unit: money a spread, or a share of the weighted price risk."""
        if rate is None:
            return tr("by leg") if any(leg.rate is not None for leg in one.spread.legs) else tr("none")
        spread = one.spread
        if isinstance(spread, Spread) and spread.method is not ChargeMethod.WEIGHTED:
            words = f"{plain(rate)}{SPACE}{self._currency}"
            month = spread.month_rates.get(self._rate_set)
            return words if month is None else tr("{amount} + {month} a month").format(amount=words, month=plain(month))
        return f"{plain(rate * 100)}{SPACE}%"


def kind_words(kind: SpreadKind) -> str:
    """What a spread's list is called."""
    return {
        SpreadKind.SUPER: tr("super spread"),
        SpreadKind.INTRA: tr("intra-commodity spread"),
        SpreadKind.INTER: tr("inter-commodity spread"),
        SpreadKind.INTER_CLEARING: tr("inter-clearing spread"),
    }[kind]


def short_kind(kind: SpreadKind) -> str:
    """The same in a word, for a narrow column."""
    return {
        SpreadKind.SUPER: tr("super"),
        SpreadKind.INTRA: tr("intra"),
        SpreadKind.INTER: tr("inter"),
        SpreadKind.INTER_CLEARING: tr("clearing"),
    }[kind]


def legs_words(spread: Spread | ScanningSpread) -> str:
    """``3 ES : 2 NQ``; legs of the same side as the first stand with a plus, the others after a colon."""
    first = spread.legs[0].side if spread.legs else ""
    words = ""
    for leg in spread.legs:
        name = f"{plain(leg.ratio)} {leg_name(leg)}"
        words += name if not words else f" + {name}" if leg.side == first else f" : {name}"
    return words


def plain(value: Decimal) -> str:
    """A decimal without needless zeros."""
    return f"{value.normalize():f}"


def _sign_words(one: SpreadOfCommodity) -> str:
    if isinstance(one.spread, ScanningSpread):
        return tr("scanning")
    return tr("credit") if one.kind in CREDITS or one.kind is SpreadKind.SUPER else tr("charge")


def _bounds(leg: Leg, tiers: tuple[Tier, ...]) -> str:
    """The months of the leg's tier."""
    tier = next((tier for tier in tiers if leg.tier and tier.number == leg.tier), None)
    if tier is None or not (tier.start or tier.end):
        return ""
    return tr("months {start} to {end}").format(start=tier.start or "…", end=tier.end or "…")
