"""Reads scenarios from TOML, all or nothing: whatever is wrong names file, scenario, fault and remedy.

The file that Palisade comes with has every key explained: resources/scenarios.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final

from engine.numbers import RATIO
from engine.scenarios.named import Kind, Move, RateRise, Scenario, ScenarioSet, Selection
from engine.text import BadInputError, Text, text
from engine.toml_entry import Entry

MOST_CHARACTERS: Final = 1_000_000
MOST_SCENARIOS: Final = 200
LARGEST_SHARE: Final = 100.0
"""Largest relative move: 10,000 %."""
SELECTION_KEYS: Final = ("all", "products", "sectors", "asset_classes")
MOVE_KEYS: Final = (*SELECTION_KEYS, "price", "first", "volatility")
SCENARIO_KEYS: Final = (
    "id",
    "title",
    "kind",
    "date",
    "source",
    "move",
    "margin",
    "day",
    "credits",
    "closing_cost",
    "days",
)
_DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_MOVE: Final = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,9})?)\s*(%|points|ranges)", re.ASCII)
_TIMES: Final = re.compile(r"x\s*(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


def read_scenarios(content: str, file: str) -> ScenarioSet:
    """The scenarios that ``content`` says.

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
        raise BadInputError(file, text("{reason}", reason=error), remedy) from None
    top = Entry(file, table)
    top.allow("scenario")
    scenarios = [each for entry in top.entries("scenario") for each in _scenarios(entry)]
    if not scenarios:
        top.fail(text("it has no scenarios"), text("write at least one [[scenario]]"))
    if len(scenarios) > MOST_SCENARIOS:
        top.fail(
            text("{count} scenarios, days of ladders included", count=len(scenarios)),
            text("keep to {count}", count=MOST_SCENARIOS),
        )
    names = Counter(scenario.name for scenario in scenarios)
    if doubled := next((name for name, count in names.items() if count > 1), None):
        top.fail(text("two scenarios have the id {name}", name=doubled), text("give each scenario an id of its own"))
    return ScenarioSet(sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12], tuple(scenarios))


def _scenarios(entry: Entry) -> list[Scenario]:
    """One scenario, or one a day where it is a ladder."""
    entry.allow(*SCENARIO_KEYS)
    name, title, kind = _needed(entry, "id"), _needed(entry, "title"), entry.needed("kind", Kind)
    date, source = entry.word("date"), entry.word("source")
    if date and not _DATE.fullmatch(date):
        entry.fail(text("{date} is not a date", date=date), text('write it like "2020-04-20"'))
    if kind is Kind.HISTORICAL and not (date and source):
        entry.fail(text("a historical scenario needs a date and a source"), text("write date and source"))
    escaped = title.replace("{", "{{").replace("}", "}}")
    # The literal template is the title itself: those that Palisade comes with are in the catalogue.
    plain = Scenario(
        name, Text(escaped), kind, date, source, (), (), _granted(entry), _closing_cost(entry), _days(entry)
    )
    moves = tuple(_move(each) for each in entry.entries("move"))
    rises = tuple(_rise(each) for each in entry.entries("margin"))
    days = entry.entries("day")
    if not days:
        if not moves and not rises and plain.credits and not plain.closing_cost and not plain.days:
            entry.fail(text("nothing happens in it"), text("write a [[scenario.move]] or what else changes"))
        return [replace(plain, moves=moves, rises=rises)]
    if moves or rises:
        entry.fail(text("a ladder has its moves by day"), text("write them under [[scenario.day]]"))
    return _ladder(plain, days)


def _ladder(plain: Scenario, days: list[Entry]) -> list[Scenario]:
    """The days of a ladder: each day's move comes on top of the days before."""
    made: list[Scenario] = []
    compound = 1.0
    for number, day in enumerate(days, 1):
        day.allow(*MOVE_KEYS, "margin")
        move = _move(Entry(day.where, {key: value for key, value in day.table.items() if key != "margin"}))
        if move.ranges or move.first is not None:
            day.fail(text("a day of a ladder moves all expiries by a percentage"), text('write price = "-5 %"'))
        compound *= 1.0 + move.price
        rises = (RateRise(move.of, _factor(day)),) if "margin" in day.table else ()
        cumulated = Move(move.of, compound - 1.0, share=move.share, points=move.points)
        made.append(
            replace(
                plain,
                name=f"{plain.name}-{number}",
                title=text("{title}, day {day}", title=plain.title, day=number),
                moves=(cumulated,),
                rises=rises,
                ladder=plain.name,
                day=number,
            )
        )
    return made


def _needed(entry: Entry, key: str) -> str:
    value = entry.word(key)
    if not value:
        entry.fail(text("{key} is missing", key=key), text("write {key} in quotes", key=key))
    return value


def _selection(entry: Entry) -> Selection:
    everything = entry.table.get("all", False)
    if not isinstance(everything, bool):
        entry.fail(text("{key} is not true or false", key="all"), text("write all = true, or name products"))
    found = Selection(everything, entry.words("products"), entry.words("sectors"), entry.words("asset_classes"))
    if not (everything or found.products or found.sectors or found.asset_classes):
        entry.fail(text("it says not for what"), text("write all = true, or name products, sectors or asset classes"))
    return found


def _move(entry: Entry) -> Move:
    entry.allow(*MOVE_KEYS)
    of = _selection(entry)
    price, ranges = _amount(entry, "price", ("%", "ranges"))
    first, _ = _amount(entry, "first", ("%",))
    share, points = _amount(entry, "volatility", ("%", "points"))
    if not entry.table.keys() & {"price", "first", "volatility"}:
        entry.fail(text("nothing moves in it"), text("write price, first or volatility"))
    return Move(of, price, ranges, first if "first" in entry.table else None, share, points / 100.0)


def _amount(entry: Entry, key: str, units: tuple[str, ...]) -> tuple[float, float]:
    """A relative move and one in the other unit; one of them 0, both where the key is missing."""
    written = entry.word(key)
    if not written:
        return 0.0, 0.0
    match = _MOVE.fullmatch(written)
    example = (
        text('write it like "-5 %"') if len(units) < 2 else text('write it like "-5 %" or "-2 {unit}"', unit=units[1])
    )
    if match is None or match[2] not in units:
        entry.fail(text("{key} = {value} is no move", key=key, value=written), example)
    amount = float(match[1])
    if match[2] != "%":
        return _bounded(entry, key, amount, 1_000.0, lambda found: (0.0, found))
    return _bounded(entry, key, amount / 100.0, LARGEST_SHARE, lambda found: (found, 0.0))


def _bounded(
    entry: Entry, key: str, amount: float, most: float, made: Callable[[float], tuple[float, float]]
) -> tuple[float, float]:
    if abs(amount) > most:
        entry.fail(text("{key} is too large", key=key), text("write a smaller move"))
    return made(amount)


def _rise(entry: Entry) -> RateRise:
    entry.allow(*SELECTION_KEYS, "rate")
    return RateRise(_selection(entry), _factor(entry, "rate"))


def _factor(entry: Entry, key: str = "margin") -> int:
    """What margin is multiplied by, as "x 1.5"; ratio scale."""
    written = entry.word(key)
    match = _TIMES.fullmatch(written)
    if match is None or not 0 < float(match[1]) <= 1_000:
        entry.fail(text("{key} = {value} is no factor", key=key, value=written), text('write it like "x 1.5"'))
    return round(float(match[1]) * RATIO)


def _granted(entry: Entry) -> bool:
    value = entry.word("credits")
    if value not in ("", "granted", "withdrawn"):
        entry.fail(text("unknown {key} {value}", key="credits", value=value), text('write "granted" or "withdrawn"'))
    return value != "withdrawn"


def _closing_cost(entry: Entry) -> int:
    share, _ = _amount(entry, "closing_cost", ("%",))
    if share < 0:
        entry.fail(text("{key} is below 0", key="closing_cost"), text('write it like "25 %"'))
    return round(share * RATIO)


def _days(entry: Entry) -> float:
    days = entry.table.get("days", 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 3_650:
        entry.fail(text("{key} is not a number of days", key="days"), text("write a whole number, 0 or more"))
    return float(days)
