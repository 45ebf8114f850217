"""The concentration of a desk as a report: who, along every dimension, against which limits, as of when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_picture import NO_LIMIT, ExposureMeasure, OwnerTable
from engine.limit_use import LimitUse
from engine.limits import Level
from engine.liquidity import Liquidity, Shortage, shortage_sentences
from engine.numbers import NOT_COMPUTABLE, RATIO_DECIMALS, Integers, format_scaled
from engine.owner_figures import chosen_owners, owner_table
from engine.owner_tree import GROUP, OwnerTree
from engine.snapshot import ParametersInForce
from engine.text import Text, text
from engine.volatility import Volatility
from terminal.limit_tables import limits_table, name_of, use_table
from terminal.report_table import Column, Kind, Report, Table, Value

DIMENSIONS: Final = {
    Dimension.SECTOR: text("Sectors"),
    Dimension.ASSET_CLASS: text("Asset classes"),
    Dimension.PRODUCT: text("Products"),
    Dimension.CURRENCY: text("Currencies"),
    Dimension.EXPIRY: text("Expiries"),
    Dimension.CONTRACT: text("Contracts"),
}
MOST_CONTRACTS: Final = 5_000
MOST_EXCLUDED: Final = 50
MOST_NAMED: Final = 5
INDENT: Final = "\N{NO-BREAK SPACE}" * 3
NAME: Final = Column(text("Name"), Kind.NAME)


def concentration_report(basis: ConcentrationBasis, as_of: int, parameters: ParametersInForce, source: Text) -> Report:
    """Everything there is to say of a desk's concentration.

    Args:
        basis: The desk.
        as_of: Wall nanoseconds of the desk.
        parameters: In force.
        source: Where positions and prices come from.
    """
    owners = owner_table(basis, list(range(len(basis.tree.names))))
    tables = [_owners(text("Owners"), owners), *_groups(basis)]
    tables += [_names(basis, dimension, title) for dimension, title in DIMENSIONS.items()]
    if basis.limits is not None:
        tables += [use_table(basis, basis.limits), limits_table(basis.limits)]
    moment = datetime.fromtimestamp(as_of // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    signs = f"Palisade · {moment} · {parameters.version} · {parameters.sha256[:12]}"
    return Report(
        text("Concentration of the desk"),
        _facts(basis, moment, parameters, source, owners),
        tables,
        _excluded(basis, owners),
        signs,
    )


def _facts(
    basis: ConcentrationBasis, moment: str, parameters: ParametersInForce, source: Text, owners: OwnerTable
) -> list[tuple[Text, str | Text]]:
    date = parameters.business_date
    version = text(
        "{version}, business date {date}, {clearing}, rounding {convention}",
        version=parameters.version,
        date=f"{date[:4]}-{date[4:6]}-{date[6:]}",
        clearing=parameters.clearing_organisation,
        convention=parameters.convention,
    )
    covariance, limits = basis.covariance, basis.limits
    moves = text("no returns are known")
    if covariance.known.any():
        moves = text(
            "standard deviation of one day's gain or loss, from {count} returns a product", count=covariance.periods
        )
    share = format_scaled(basis.participation, RATIO_DECIMALS - 2)
    return [
        (text("As of"), moment),
        (text("Positions and prices"), source),
        (text("Parameters"), version),
        (text("Parameter file"), f"{parameters.file}, SHA-256 {parameters.sha256}"),
        (text("Amounts in"), basis.exposures.units.currency),
        (text("Accounts"), str(int(owners.accounts[0])) if len(owners) else "0"),
        (text("Days to liquidate"), text("at {share} % of the average daily volume", share=share)),
        (
            text("Cost to liquidate"),
            text("against the middle of bid and offer, the quoted quantity again at each further spread"),
        ),
        (text("Volatility"), moves),
        (text("Limits"), _in_force(limits)),
    ]


def _in_force(limits: LimitUse | None) -> Text:
    if limits is None:
        return text("none in force")
    return text("version {version}, {count} in all", version=limits.limits.version, count=len(limits.limits.limits))


def _excluded(basis: ConcentrationBasis, owners: OwnerTable) -> list[Text]:
    """Contracts without parameters, by name, and what is not computable of the whole."""
    universe = basis.exposures.classification.universe
    held = np.unique(basis.exposures.columns[basis.exposures.gaps != 0])
    unlisted = [column for column in held.tolist() if column >= universe.listed]
    found = [
        text("{contract}: no parameters for this contract", contract=str(universe.contract(column)))
        for column in unlisted[:MOST_EXCLUDED]
    ]
    if len(unlisted) > MOST_EXCLUDED:
        found.append(text("{count} more contracts without parameters", count=len(unlisted) - MOST_EXCLUDED))
    return [*found, *_unknown(owners), *_unknown_market(basis)]


def _unknown(owners: OwnerTable) -> list[Text]:
    """What is not computable of the whole; then of owners below, with their names."""
    told: list[Text] = list(owners.reasons.get(0, ()))
    whose: dict[Text, list[str]] = {}
    for row, reasons in owners.reasons.items():
        for reason in reasons:
            if reason not in told:
                whose.setdefault(reason, []).append(owners.names[row])
    for reason, names in whose.items():
        first, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
        who = text("{names} and {count} more", names=first, count=more) if more > 0 else first
        told.append(text("{reason}: {names}", reason=reason, names=who))
    return told


def _unknown_market(basis: ConcentrationBasis) -> list[Text]:
    """What is not known of the market of single contracts, and of how many."""
    firm = chosen_owners(basis.tree.owners, [0] if basis.tree.names else [])
    classification = basis.exposures.classification
    found = Liquidity.of(basis.closing, classification, firm, Dimension.CONTRACT, basis.participation).shortages
    return [
        text(
            "{reason} (contracts: {count})",
            reason=shortage_sentences(int(each))[0],
            count=int((found & each > 0).sum()),
        )
        for each in Shortage
        if (found & each).any()
    ]


def _groups(basis: ConcentrationBasis) -> list[Table]:
    """Related accounts as one owner each, where the tree of owners does not have them already."""
    tree = OwnerTree.of(basis.state.book, None)
    rows = [row for row in range(1, len(tree.names)) if not tree.is_account[row]]
    if not rows or str(GROUP) in basis.tree.levels:
        return []
    return [_owners(text("Related accounts"), owner_table(replace(basis, tree=tree), rows))]


def _owners(title: Text, owners: OwnerTable) -> Table:
    depths: list[int] = []
    for parent in owners.parents.tolist():
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
    columns = (
        Column(text("Owner"), Kind.NAME),
        Column(text("Level"), Kind.NAME),
        Column(text("Accounts"), Kind.COUNT),
        Column(text("Equity"), Kind.MONEY),
        Column(text("Long"), Kind.MONEY),
        Column(text("Short"), Kind.MONEY),
        Column(text("Gross"), Kind.MONEY),
        Column(text("Delta"), Kind.MONEY),
        Column(text("HHI"), Kind.INDEX),
        Column(text("Effective names"), Kind.NUMBER),
        Column(text("Largest"), Kind.NAME),
        Column(text("Share of equity"), Kind.PERCENT),
        Column(text("Days"), Kind.NUMBER),
        Column(text("Cost"), Kind.MONEY),
        Column(text("Volatility"), Kind.MONEY),
        Column(text("Diversification"), Kind.NUMBER),
    )
    figures = (
        owners.accounts,
        owners.equity,
        owners.long,
        owners.short,
        owners.gross,
        owners.delta,
        owners.herfindahl,
        owners.effective,
    )
    last = (owners.largest_share, owners.days, owners.cost, owners.volatility, owners.diversification)
    rows: list[tuple[Value, ...]] = []
    for row, (name, level, largest) in enumerate(zip(owners.names, owners.levels, owners.largest, strict=True)):
        before, after = (tuple(int(figure[row]) for figure in each) for each in (figures, last))
        indented = INDENT * depths[row] + name if depths[row] else text(name)
        rows.append((indented, text(level), *before, largest, *after))
    strong = frozenset(row for row in range(len(owners)) if row in owners.parents)
    note = text("HHI and effective number of products, by gross exposure; days of the slowest product")
    return Table(title, columns, rows, note, strong)


def _names(basis: ConcentrationBasis, dimension: Dimension, title: Text) -> Table:
    """Every name the firm holds anything of, the largest gross exposure first."""
    exposures, classification = basis.exposures, basis.exposures.classification
    firm = chosen_owners(basis.tree.owners, [0] if basis.tree.names else [])
    measures = Measures.of(exposures, firm, dimension)
    order = np.argsort(np.where(measures.gross == NOT_COMPUTABLE, -1, -measures.gross), kind="stable")[:MOST_CONTRACTS]
    columns = [
        NAME,
        Column(text("Long"), Kind.MONEY),
        Column(text("Short"), Kind.MONEY),
        Column(text("Net"), Kind.MONEY),
        Column(text("Gross"), Kind.MONEY),
        Column(text("Delta"), Kind.MONEY),
        Column(text("Share of equity"), Kind.PERCENT),
        Column(text("Share of gross"), Kind.PERCENT),
    ]
    figures: list[Integers] = [np.abs(measures.long), np.abs(measures.short), measures.net, measures.gross]
    figures += [measures.delta, measures.share_of_equity, measures.share_of_gross]
    more, also = _liquidity(basis, measures)
    columns += more
    figures += also
    gross = 4
    soft = hard = -1
    if basis.limits is not None and len(measures) and basis.limits.about(Level.FIRM, dimension):
        bounds = basis.limits.lines(Level.FIRM, measures, ExposureMeasure.GROSS)
        columns += [Column(text("Soft limit"), Kind.MONEY), Column(text("Hard limit"), Kind.MONEY)]
        soft, hard = len(columns) - 2, len(columns) - 1
        figures += bounds
    rows: list[tuple[Value, ...]] = []
    for cell in order.tolist():
        values: list[Value] = [int(figure[cell]) for figure in figures]
        for place in (soft, hard):
            if place >= 0 and values[place - 1] == NO_LIMIT:
                values[place - 1] = None
        rows.append((name_of(classification, dimension, int(measures.codes[cell])), *values))
    return Table(title, tuple(columns), rows, None, frozenset(), gross, soft, hard)


def _liquidity(basis: ConcentrationBasis, measures: Measures) -> tuple[list[Column], list[Integers]]:
    """Columns of liquidity where the market is known along the dimension, and of volatility where returns are."""
    classification, dimension = basis.exposures.classification, measures.dimension
    along = dimension if dimension is Dimension.CONTRACT else Dimension.PRODUCT
    if dimension not in (Dimension.CONTRACT, Dimension.PRODUCT, Dimension.SECTOR, Dimension.ASSET_CLASS):
        return [], []
    found = Liquidity.of(basis.closing, classification, measures.owners, along, basis.participation)
    if dimension not in (Dimension.CONTRACT, Dimension.PRODUCT):
        found = found.along(dimension, classification)
    columns = [Column(text("Days"), Kind.NUMBER), Column(text("Cost"), Kind.MONEY)]
    figures = [found.days, found.cost]
    if dimension in (Dimension.CONTRACT, Dimension.PRODUCT):
        columns = [Column(text("Contracts"), Kind.COUNT), Column(text("% of OI"), Kind.PERCENT), *columns]
        figures = [found.net, found.share_of_interest, *figures]
    place = np.full(measures.count, -1)
    place[found.codes] = np.arange(len(found))
    cells = place[measures.codes]
    aligned = [_taken(figure, cells) for figure in figures]
    if dimension is Dimension.PRODUCT:
        columns.append(Column(text("Share of volatility"), Kind.PERCENT))
        aligned.append(Volatility.of(measures, basis.covariance).share)
    return columns, aligned


def _taken(figures: Integers, cells: Integers) -> Integers:
    result = np.full(len(cells), NOT_COMPUTABLE, dtype=np.int64)
    result[cells >= 0] = figures[cells[cells >= 0]]
    return result
