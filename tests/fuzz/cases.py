"""One case: a damaged file made from two numbers, and whether what is read from it, or said of it, is in order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np

from engine.instruments import Kind
from engine.numbers import DELTA_DECIMALS, LARGEST, MONEY_DECIMALS, NOT_COMPUTABLE
from engine.span import positional_lines, xml, xml_regular
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import conventions
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from engine.span.requirement import Margins, margin
from engine.span.supported import refuse_unsupported
from engine.text import BadInputError
from tests.engine.span.plain_span import rounded
from tests.engine.span.sameness import differences
from tests.fuzz.mutations import mutated
from tests.fuzz.packing import packed, trap
from tests.fuzz.seeds import Seed, seeds

CHUNKS = [1000, 5000, 20_000]
LARGE = 100_000
QUANTITIES = [1, 2, 7, 333, 10_000, 10**6, 10**9]
LONGEST_MESSAGE = 2000
REGULAR_OPTIONS = xml_regular.regular_options
REASON = re.compile("not well-formed XML: .*;")


@dataclass(frozen=True)
class Case:
    """A damaged file.

    Attributes:
        seed: The file it was made from.
        done: What was done to it.
        content: Its bytes.
        is_packed: Whether it is a gzip or zip file.
    """

    seed: Seed
    done: tuple[str, ...]
    content: bytes
    is_packed: bool = False


def case_of(seed: int, number: int) -> tuple[Case, Random]:
    """Case ``number`` of a run, the same each time, and the chance that goes on from there."""
    rng = Random(f"{seed}/{number}")
    start = rng.choices(seeds(), [one.weight for one in seeds()])[0]
    if rng.random() < 0.004:
        content, done = trap(start.content, rng)
        return Case(start, (done,), content, True), rng
    content, all_done = mutated(start.content, start.positional, rng)
    if rng.random() < 0.1:
        content, done = packed(content, rng)
        return Case(start, (*all_done, done), content, True), rng
    return Case(start, tuple(all_done), content), rng


def outcome_of(case: Case, rng: Random, path: Path) -> str:
    """Read the file, both ways where there are two, and margin a book by it.

    Returns:
        What came out, in a few words. Whatever is not in order is raised.
    """
    path.write_bytes(case.content)
    parameters, refusal, in_bulk = _read(path, None)
    if not case.is_packed and (len(case.content) < LARGE or rng.random() < 0.15):
        if in_bulk:
            _same_one_by_one(path, parameters, refusal)
        elif rng.random() < 0.5:
            _same_in_other_chunks(path, rng, parameters, refusal)
    if parameters is None:
        return "refused"
    told = "read in bulk" if in_bulk else "read"
    try:
        refuse_unsupported(parameters)
    except BadInputError as error:
        _check_message(error, path)
        return f"{told}, not margined"
    _margin_a_book(parameters, rng)
    return f"{told}, margined"


def _read(path: Path, chunk: int | None, bulk: bool = True) -> tuple[ParameterSet | None, str, int]:
    """The parameters or the refusal, and how many series were read in bulk."""
    found: Counter[bool] = Counter()

    def counting(series: bytes) -> xml_regular.Options | None:
        options = REGULAR_OPTIONS(series) if bulk else None
        found[options is not None] += 1
        return options

    with (
        mock.patch.object(xml_regular, "regular_options", counting),
        mock.patch.object(xml, "CHUNK", chunk or xml.CHUNK),
        mock.patch.object(positional_lines, "CHUNK", chunk or positional_lines.CHUNK),
    ):
        try:
            return read_parameters(path), "", found[True]
        except BadInputError as error:
            _check_message(error, path)
            return None, REASON.sub("not well-formed XML;", str(error)), found[True]


def _check_message(error: BadInputError, path: Path) -> None:
    """It says where, what and what to do, in one line that can be printed."""
    message = str(error)
    assert path.name in error.where, error.where
    assert str(error.what), message
    assert str(error.remedy), message
    assert message.isprintable(), ascii(message)
    assert len(message) < LONGEST_MESSAGE, message[:LONGEST_MESSAGE]
    assert "memory" not in message.lower(), message


def _same_in_other_chunks(path: Path, rng: Random, parameters: ParameterSet | None, refusal: str) -> None:
    """Where chunks end cannot be told from what is read; of several faults, that of the first chunk is told."""
    other, other_refusal, _ = _read(path, rng.choice(CHUNKS))
    assert bool(refusal) == bool(other_refusal), (refusal, other_refusal)
    assert parameters is None or differences(parameters, other) == []


def _same_one_by_one(path: Path, parameters: ParameterSet | None, refusal: str) -> None:
    """Options that are read one by one give the same, and the same error."""
    other, other_refusal, _ = _read(path, None, bulk=False)
    assert refusal == other_refusal
    assert parameters is None or differences(parameters, other) == []


def _margin_a_book(parameters: ParameterSet, rng: Random) -> None:
    table = SpanTable(parameters, rng.choice(list(conventions().values())))
    usable = np.flatnonzero(table.usable).tolist()
    rows = sorted(rng.sample(usable, min(len(usable), rng.choice([1, 3, 10, 40]))))
    quantities = [rng.choice(QUANTITIES) * rng.choice([1, -1]) for _ in rows]
    starts = np.array([0, len(rows)], dtype=np.int64)
    batch = Batch(starts, np.array(rows, dtype=np.int64), np.array(quantities, dtype=np.int64))
    result = margin(table, batch)
    _check_ranges(result)
    for pair in range(len(result.commodities.account)):
        _check_pair(table, dict(zip(rows, quantities, strict=True)), result, pair)


def _check_ranges(result: Margins) -> None:
    for name, figures in (*result.commodities._asdict().items(), *result.totals._asdict().items()):
        computed = figures[figures != NOT_COMPUTABLE]
        # What is required is a sum of two, the risk and the value of short options.
        assert name in ("requirement", "excess_option_value") or (np.abs(computed) <= LARGEST).all(), name
        if name in ("risk", "requirement", "scan_risk", "maintenance", "excess_option_value"):
            assert (computed >= 0).all(), name


def _check_pair(table: SpanTable, book: dict[int, int], result: Margins, pair: int) -> None:
    """What integers of any size say: a figure is exact, or it is not computable."""
    figures = result.commodities
    index = int(figures.commodity[pair])
    commodity, contracts = table.parameters.commodities[index], table.parameters.contracts
    arrays = contracts.arrays[table.rate_set]
    held = {row: quantity for row, quantity in book.items() if contracts.commodity[row] == index}
    if not commodity.scan_tiers:
        sums = [sum(int(arrays.scenario[row, i]) * quantity for row, quantity in held.items()) for i in range(16)]
        scan = rounded(Fraction(max(0, *sums), 10**MONEY_DECIMALS), table.convention.money)
        assert figures.scan_risk[pair] in (scan * 10**MONEY_DECIMALS, NOT_COMPUTABLE), "scan risk"
    links = {link.family: Fraction(link.delta_scale) for link in commodity.links}
    deltas: dict[int, Fraction] = {}
    value = Fraction(0)
    for row, quantity in held.items():
        family = int(contracts.family[row])
        delta = Fraction(int(arrays.delta[row]) * int(contracts.delta_scale[row]), 10**12) * links[family] * quantity
        deltas[int(contracts.delta_period[row])] = deltas.get(int(contracts.delta_period[row]), Fraction(0)) + delta
        if (
            table.parameters.families[family].valuation == "EQTY"
            and Kind(table.parameters.families[family].kind).is_option
        ):
            value += Fraction(int(contracts.price[row]) * int(contracts.multiplier[row]) * quantity, 10**16)
    net = sum(rounded(delta, DELTA_DECIMALS) for delta in deltas.values())
    assert figures.net_delta[pair] in (net * 10**DELTA_DECIMALS, NOT_COMPUTABLE), "net delta"
    assert figures.net_option_value[pair] in (value * 10**MONEY_DECIMALS, NOT_COMPUTABLE), "net option value"
