"""Reads limits from TOML, all or nothing: whatever is wrong is an error that names file, limit, fault and remedy.

An example with every key explained: resources/limits-example.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from engine.classification import Dimension
from engine.limits import (
    MONEY_MEASURES,
    PARTICIPATION,
    Basis,
    Level,
    Limit,
    LimitChange,
    LimitSet,
    Measure,
    Mode,
    ModeRule,
    Required,
    Window,
    change_of,
)
from engine.numbers import LARGEST, MONEY_DECIMALS, RATIO, RATIO_DECIMALS, parse_scaled
from engine.text import BadInputError, text
from engine.toml_entry import Entry

MOST_CHARACTERS: Final = 4_000_000
LIMIT_KEYS: Final = (
    "id",
    "measure",
    "of",
    "accounts",
    "groups",
    "by",
    "names",
    "hard",
    "soft",
    "relative_to",
    "windows",
    "mode",
    "note",
    "participation",
)
BASES: Final[Mapping[Measure, tuple[Basis, ...]]] = {
    Measure.POSITION: (Basis.OPEN_INTEREST, Basis.DAILY_VOLUME),
    **dict.fromkeys(MONEY_MEASURES, (Basis.EQUITY, Basis.GROSS)),
}
"""What the bounds of a measure may be a share of."""
OF_MARKET: Final = frozenset({Measure.POSITION, Measure.DAYS})
"""Measures in contracts, which add up along some dimensions only."""
DIVIDED: Final = OF_MARKET | {Measure.SHARE_OF_EQUITY, Measure.SHARE_OF_GROSS, Measure.HHI}
"""Measures that need a dimension."""
_MODE_NAMES: Final = {
    "contracts": Dimension.CONTRACT,
    "products": Dimension.PRODUCT,
    "sectors": Dimension.SECTOR,
    "asset_classes": Dimension.ASSET_CLASS,
    "currencies": Dimension.CURRENCY,
}
_WINDOW: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def read_limits(content: str, file: str) -> LimitSet:
    """The limits that ``content`` says.

    Args:
        content: TOML.
        file: What errors call it.

    Raises:
        BadInputError: Anything in it is wrong; nothing of it is taken then.
    """
    remedy = text("correct the file")
    if len(content) > MOST_CHARACTERS:
        raise BadInputError(file, text("more than {count} characters", count=MOST_CHARACTERS), remedy)
    try:
        table = tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number of thousands of digits is a plain ValueError.
        raise BadInputError(file, text("{reason}", reason=error), remedy) from None
    top = Entry(file, table)
    top.allow("currency", "limit", "mode", "required")
    currency = top.word("currency")
    limits = tuple(_limit(entry) for entry in top.entries("limit"))
    if not limits:
        # A file cut off at its start must not lift every limit.
        top.fail(text("it has no limits"), text("write at least one [[limit]]"))
    names = [limit.name for limit in limits]
    if doubled := next((name for name, count in Counter(names).items() if count > 1), None):
        top.fail(text("two limits have the id {name}", name=doubled), text("give each limit an id of its own"))
    if not currency and any(limit.measure in MONEY_MEASURES and limit.basis is None for limit in limits):
        top.fail(text("bounds in money need a currency"), text('write currency = "USD" or another above the limits'))
    rules = tuple(_rule(entry, frozenset(names)) for entry in top.entries("mode"))
    required = tuple(_required(entry) for entry in top.entries("required"))
    return LimitSet(
        sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12], currency, limits, rules, required
    )


def replacement(current: LimitSet | None, content: str, file: str, who: str, when: int) -> tuple[LimitSet, LimitChange]:
    """The limits that ``content`` says and the record of their taking the place of ``current``.

    Args:
        current: Limits in force; None where there are none.
        content: TOML.
        file: What errors call it.
        who: Who replaces them.
        when: Wall nanoseconds since 1970 UTC.

    Raises:
        BadInputError: Anything in it is wrong; ``current`` stays in force then.
    """
    limits = read_limits(content, file)
    return limits, change_of(current, limits, who, when)


def _limit(entry: Entry) -> Limit:
    entry.allow(*LIMIT_KEYS)
    name = entry.word("id")
    if not name:
        entry.fail(text("{key} is missing", key="id"), text("give each limit an id of its own"))
    measure, level = entry.needed("measure", Measure), entry.needed("of", Level)
    basis, by = entry.choice("relative_to", Basis), entry.choice("by", Dimension)
    accounts, groups, names = entry.words("accounts"), entry.words("groups"), entry.words("names")
    _check_scope(entry, measure, level, by)
    if basis is not None and basis not in BASES.get(measure, ()):
        allowed = ", ".join(BASES.get(measure, ())) or "–"
        entry.fail(
            text("{measure} has no bounds relative to {basis}", measure=str(measure), basis=str(basis)),
            text("allowed here: {known}", known=allowed),
        )
    hard, soft = (_bound(entry, key, measure, basis) for key in ("hard", "soft"))
    if hard is None and soft is None:
        entry.fail(text("it has no bound"), text("write hard or soft or both"))
    if hard is not None and soft is not None and soft > hard:
        entry.fail(text("the soft bound is above the hard one"), text("write soft at most as large as hard"))
    windows = tuple(_window(entry, window) for window in entry.words("windows"))
    mode = entry.choice("mode", Mode) or Mode.ENFORCE
    note = entry.word("note")
    share = _participation(entry, measure)
    return Limit(name, measure, level, accounts, groups, by, names, hard, soft, basis, windows, mode, note, share)


def _check_scope(entry: Entry, measure: Measure, level: Level, by: Dimension | None) -> None:
    """Whether whose figure it is and what it is about go together."""
    if "accounts" in entry.table and level is not Level.ACCOUNT:
        entry.fail(
            text("accounts are named, but the figure is of the {level}", level=str(level)),
            text('leave accounts out, or write of = "account"'),
        )
    if "groups" in entry.table and level is Level.FIRM:
        entry.fail(
            text("groups are named, but the figure is of the {level}", level=str(level)),
            text('leave groups out, or write of = "group" or "account"'),
        )
    _check_dimension(entry, measure, by)
    if "names" in entry.table and (by is None or measure is Measure.HHI):
        entry.fail(text("names are given where no name is meant"), text("leave names out, or say by what they are"))


def _check_dimension(entry: Entry, measure: Measure, by: Dimension | None) -> None:
    measured = str(measure)
    if measure in DIVIDED and by is None:
        entry.fail(text("{measure} needs a dimension", measure=measured), text('write by = "product" or another'))
    if measure is Measure.MARGIN_RATIO and by is not None:
        entry.fail(text("{measure} has no dimension", measure=measured), text("leave by out"))
    if measure in OF_MARKET and by not in (Dimension.CONTRACT, Dimension.PRODUCT):
        entry.fail(
            text("contracts of one contract or product add up, by {dimension} they do not", dimension=str(by)),
            text('write by = "contract" or by = "product"'),
        )


def _bound(entry: Entry, key: str, measure: Measure, basis: Basis | None) -> int | None:
    """A bound as the measure writes it: per cent, an index from 0 to 1, contracts, or money."""
    if key not in entry.table:
        return None
    value = entry.table[key]
    if isinstance(value, bool) or not isinstance(value, int | str) or (isinstance(value, int) and value > LARGEST):
        entry.fail(text("{key} is not exact", key=key), text("write a whole number, or a number in quotes"))
    number, percent = str(value).removesuffix("%").strip(), str(value).endswith("%")
    in_percent = basis is not None or measure in (Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY, Measure.SHARE_OF_GROSS)
    if percent != in_percent:
        remedy = text('write it like "25 %"') if in_percent else text("write it without %")
        entry.fail(text("{key} = {value} is in the wrong unit", key=key, value=value), remedy)
    decimals = MONEY_DECIMALS
    if in_percent:
        decimals = RATIO_DECIMALS - 2
    elif measure in (Measure.HHI, Measure.DAYS):
        decimals = RATIO_DECIMALS
    elif measure is Measure.POSITION:
        decimals = 0
    try:
        bound = parse_scaled(number, decimals)
    except ValueError as error:
        entry.fail(text("{key}: {reason}", key=key, reason=error), text("write digits with a decimal point"))
    if bound < 0 or (measure is Measure.HHI and bound > RATIO):
        entry.fail(
            text("{key} = {value} is impossible", key=key, value=value), text("write 0 or more; an index up to 1")
        )
    return bound


def _participation(entry: Entry, measure: Measure) -> int:
    """Share of a day's volume that may be traded."""
    if "participation" not in entry.table:
        return PARTICIPATION
    if measure is not Measure.DAYS:
        entry.fail(
            text("participation is given for {measure}", measure=str(measure)),
            text("leave it out; it belongs to {measure}", measure=str(Measure.DAYS)),
        )
    key, written = "participation", entry.word("participation")
    try:
        share = parse_scaled(written.removesuffix("%").strip(), RATIO_DECIMALS - 2)
    except ValueError as error:
        entry.fail(text("{key}: {reason}", key=key, reason=error), text("write digits with a decimal point"))
    if not (written.endswith("%") and 0 < share <= RATIO):
        entry.fail(
            text("{key} = {value} is impossible", key=key, value=written),
            text('write more than "0 %" and at most "100 %"'),
        )
    return share


def _window(entry: Entry, window: str) -> Window:
    match = _WINDOW.fullmatch(window)
    if match is None:
        entry.fail(text("{window} is not a time of day", window=window), text('write it like "09:00-15:30", in UTC'))
    hours, minutes, until_hours, until_minutes = (int(part) for part in match.groups())
    start, stop = (hours * 60 + minutes) * 60, (until_hours * 60 + until_minutes) * 60
    if start == stop:
        entry.fail(text("{window} is empty", window=window), text("leave windows out for the whole day"))
    return Window(start, stop)


def _rule(entry: Entry, known: frozenset[str]) -> ModeRule:
    entry.allow("mode", "limits", "accounts", "groups", *_MODE_NAMES)
    mode, limits = entry.needed("mode", Mode), entry.words("limits")
    for name in limits:
        if name not in known:
            entry.fail(text("there is no limit {name}", name=name), text("name limits by their id"))
    names = tuple((dimension, entry.words(key)) for key, dimension in _MODE_NAMES.items() if key in entry.table)
    rule = ModeRule(mode, limits, entry.words("accounts"), entry.words("groups"), names)
    if not (rule.limits or rule.accounts or rule.groups or rule.names):
        entry.fail(text("it says not for what"), text("name limits, accounts, groups or instruments"))
    return rule


def _required(entry: Entry) -> Required:
    entry.allow("measure", "of", "by")
    measure, level, by = (
        entry.needed("measure", Measure),
        entry.needed("of", Level),
        entry.choice("by", Dimension),
    )
    _check_dimension(entry, measure, by)
    return Required(measure, level, by)
