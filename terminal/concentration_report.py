"""The concentration of a desk as a report: who, along every dimension, against which limits, as of when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from engine.classification import Classification, Dimension
from engine.concentration import Measures
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_picture import NO_LIMIT, ExposureMeasure, OwnerTable
from engine.limit_use import LimitUse
from engine.limit_words import LEVELS, described, in_percent, shown
from engine.limits import Basis, Level, Limit, Measure
from engine.liquidity import Liquidity
from engine.numbers import NOT_COMPUTABLE, RATIO_DECIMALS, Integers, format_scaled
from engine.owner_figures import chosen_owners, owner_table
from engine.snapshot import ParametersInForce
from engine.text import Text, text
from engine.volatility import Volatility
from terminal.report_table import Column, Kind, Report, Table, Value

DIMENSIONS: Final = {
    Dimension.SECTOR: text("Sectors"),
    Dimension.ASSET_CLASS: text("Asset classes"),
    Dimension.PRODUCT: text("Products"),
    Dimension.CURRENCY: text("Currencies"),
    Dimension.EXPIRY: text("Expiries"),
    Dimension.CONTRACT: text("Contracts"),
}
MOST_USES: Final = 500
MOST_CONTRACTS: Final = 5_000
MOST_EXCLUDED: Final = 50
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
    tables = [_owners(owners)]
    tables += [_names(basis, dimension, title) for dimension, title in DIMENSIONS.items()]
    if basis.limits is not None:
        tables += [_uses(basis, basis.limits), _limits(basis.limits)]
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
        (text("Limits"), limits.limits.version if limits is not None else text("none in force")),
    ]


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
    return [*found, *owners.reasons.get(0, ())]


def _owners(owners: OwnerTable) -> Table:
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
    return Table(text("Owners"), columns, rows, note, strong)


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
        rows.append((_name(classification, dimension, int(measures.codes[cell])), *values))
    return Table(title, tuple(columns), rows, None, frozenset(), gross, soft, hard)


def _name(classification: Classification, dimension: Dimension, code: int) -> str | Text:
    if dimension is Dimension.CONTRACT:
        return classification.universe.contract(code).title
    name = classification.name(dimension, code)
    return text(name) if dimension is Dimension.EXPIRY else name


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


def _uses(basis: ConcentrationBasis, limits: LimitUse) -> Table:
    """The names that come closest to a limit, or are not computable, of all owners."""
    found: list[tuple[int, tuple[Value, ...]]] = []
    for level in Level:
        for dimension in Dimension:
            about = limits.about(level, dimension)
            if not about:
                continue
            measures = Measures.of(basis.exposures, limits.owners_of(level), dimension)
            for limit in about:
                found += _uses_of(basis, limits, limit, measures)
    found.sort(key=lambda each: each[0], reverse=True)
    columns = (
        Column(text("Limit"), Kind.NAME),
        Column(text("Level"), Kind.NAME),
        Column(text("Owner"), Kind.NAME),
        NAME,
        Column(text("Figure"), Kind.NAME),
        Column(text("Bound"), Kind.NAME),
        Column(text("Use"), Kind.PERCENT),
    )
    note = text("the {count} that are used furthest; what is not computable comes first", count=MOST_USES)
    return Table(text("Use of limits"), columns, [row for _, row in found[:MOST_USES]], note)


def _uses_of(
    basis: ConcentrationBasis, limits: LimitUse, limit: Limit, measures: Measures
) -> list[tuple[int, tuple[Value, ...]]]:
    figures, bounds, used = limits.of_limit(limit, measures)
    owner = np.repeat(np.arange(len(measures.owners)), np.diff(measures.starts))
    rank = np.where(used == NOT_COMPUTABLE, np.iinfo(np.int64).max, used)
    order = np.argsort(-rank, kind="stable")[:MOST_USES]
    rows: list[tuple[int, tuple[Value, ...]]] = []
    for cell in order[used[order] != NO_LIMIT].tolist():
        name = _name(basis.exposures.classification, measures.dimension, int(measures.codes[cell]))
        words = (shown(limit.measure, int(figures[cell])), shown(limit.measure, int(bounds[cell])))
        whose = measures.owners.names[owner[cell]] if limit.level is not Level.FIRM else ""
        rows.append((int(rank[cell]), (limit.name, LEVELS[limit.level], whose, name, *words, int(used[cell]))))
    return rows


def _limits(limits: LimitUse) -> Table:
    columns = (
        Column(text("Limit"), Kind.NAME),
        Column(text("Level"), Kind.NAME),
        Column(text("Measure"), Kind.NAME),
        Column(text("Names"), Kind.NAME),
        Column(text("Soft"), Kind.NAME),
        Column(text("Hard"), Kind.NAME),
        Column(text("Of"), Kind.NAME),
        Column(text("Mode"), Kind.NAME),
        Column(text("Note"), Kind.NAME),
    )
    rows: list[tuple[Value, ...]] = []
    for limit in limits.limits.limits:
        names = ", ".join(limit.names) or (str(limit.by) if limit.by is not None else "")
        rows.append(
            (
                limit.name,
                LEVELS[limit.level],
                described(limit.measure, ""),
                names,
                _bound(limit, limit.soft),
                _bound(limit, limit.hard),
                _whole(limit),
                str(limit.mode),
                limit.note,
            )
        )
    return Table(text("Limits in force"), columns, rows)


def _whole(limit: Limit) -> str:
    """What a limit's bounds are a share of, or what share of the volume may be traded."""
    if limit.measure is Measure.DAYS:
        return f"{in_percent(limit.participation)} {Basis.DAILY_VOLUME}"
    return str(limit.basis) if limit.basis is not None else ""


def _bound(limit: Limit, bound: int | None) -> str:
    if bound is None:
        return ""
    return f"{format_scaled(bound, RATIO_DECIMALS - 2)} %" if limit.basis is not None else shown(limit.measure, bound)
