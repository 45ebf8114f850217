"""The instruction as bytes: one form, every bit matters, nothing out of range, nothing hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.encoding import decoded, encoded
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import (
    Effect,
    Instruction,
    PriceType,
    Side,
    client_order_id,
    code_as_typed,
    code_of,
    fingerprint_of,
)
from engine.authorisation.statement import shown_digest, statement
from engine.instruments import Contract
from engine.routing import routed
from engine.text import BadInputError
from terminal.catalogue import translator
from tests.engine.authorisation.cast import EXPECTED, OIL, instruction, order

names = st.text("abcdefghij XYZ-0123456789", min_size=1, max_size=64).filter(lambda name: name == name.strip())
orders = st.builds(
    lambda quantity, side, effect, middle, width, after: replace(
        order(quantity, side, effect), limit=middle, lowest=middle - width, highest=middle + width, after=after
    ),
    st.integers(1, 10**9),
    st.sampled_from(Side),
    st.sampled_from(Effect),
    st.integers(-(10**16), 10**16),
    st.integers(0, 10**15),
    st.integers(0, 10**12),
)
instructions = st.builds(
    lambda maker, account, several, cost, cured, drill: instruction(
        maker=maker, account=account, orders=tuple(several), worst_cost=cost, even_if_cured=cured, drill=drill
    ),
    names,
    names,
    st.lists(orders, min_size=1, max_size=5),
    st.integers(0, 10**18),
    st.booleans(),
    st.booleans(),
)


@given(instructions)
def test_the_bytes_are_read_back(made: Instruction) -> None:
    assert Instruction.read(made.content) == made
    assert Instruction.read(made.content).fingerprint == made.fingerprint


def test_every_flipped_bit_gives_another_instruction_or_none() -> None:
    content = instruction().content
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            try:
                other = Instruction.read(bytes(flipped))
            except BadInputError:
                continue
            assert other.content == bytes(flipped)
            assert other.fingerprint != instruction().fingerprint


@pytest.mark.parametrize("end", range(0, 400, 37))
def test_bytes_that_are_cut_off_are_refused(end: int) -> None:
    with pytest.raises(BadInputError, match="instruction"):
        Instruction.read(instruction().content[:end])


def test_bytes_in_another_form_are_refused() -> None:
    content = instruction().content
    # The first field, 1, once more in two bytes: the same number, not the same bytes.
    with pytest.raises(BadInputError, match="canonical form"):
        Instruction.read(content[:1] + b"\xcc\x01" + content[2:])


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": bytes(15)},
        {"maker": ""},
        {"maker": "x" * 65},
        {"account": "A\u202e1"},
        {"account": "A\n1"},
        {"account": " A"},
        {"reason": "e\u0301"},
        {"orders": ()},
        {"orders": (replace(order(), quantity=0),)},
        {"orders": (replace(order(), contract="SIM:ES:OOF:202703:P:6000.0"),)},
        {"orders": (replace(order(), contract="nonsense"),)},
        {"orders": (replace(order(), limit=1),)},
        {"orders": (replace(order(), lowest=2, highest=1),)},
        {"orders": (replace(order(), price_type=PriceType.MARKET),)},
        {"worst_cost": -1},
        {"expiry": 0},
        {"expiry": 2**63 - 1},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object]) -> None:
    content = instruction(**changes).content
    with pytest.raises(BadInputError, match="instruction"):
        Instruction.read(content)


def test_the_fingerprint_is_bound_to_purpose_and_length() -> None:
    made = instruction()
    assert made.fingerprint == fingerprint_of(made.content)
    assert fingerprint_of(b"ab") != fingerprint_of(b"a") != fingerprint_of(b"")
    value = decoded(made.content, "here")
    assert encoded(value) == made.content


def test_the_code_has_eight_characters_that_are_not_taken_for_others() -> None:
    code = code_of(instruction().fingerprint)
    assert len(code) == 8
    assert not set("ILOU") & set(code)
    assert code_as_typed(f" {code[:4].lower()}-{code[4:]} ") == code


def test_letters_that_look_like_digits_may_be_typed_for_them() -> None:
    assert code_as_typed("OIl0-1abc") == "01101ABC"


def test_order_numbers_follow_from_the_instruction_alone() -> None:
    made = instruction(orders=(order(1), order(2)))
    numbers = [each.identity for each in routed(made)]
    assert numbers == [client_order_id(made.fingerprint, place) for place in (0, 1)]
    assert len(set(numbers) | {each.identity for each in routed(instruction(2, orders=(order(1), order(2))))}) == 4
    assert all(len(number) <= 32 for number in numbers)


def test_the_statement_shows_everything_that_trades() -> None:
    made = instruction(orders=(order(1_234), replace(order(7, Side.BUY, Effect.LOCK), after=90 * 10**9)), drill=True)
    shown = "\n".join(f"{label}: {value}" for label, value in (line.translated(str) for line in statement(made)))
    for part in (
        "Sell close 1,234 CL 2027-03", OIL, "at 70.00, market within 69.00 to 75.00", "Buy lock 7",
        "90 s after the first",
        "A-100", "12,000.00 USD", "120 %", "maker", "over the forced-close line", "DRILL", made.fingerprint.hex(),
        made.identity.hex(), "2030-03-17 17:46:39.000000 UTC",
    ):  # fmt: skip
        assert part in shown


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_another_instruction_shows_another_text(language: str) -> None:
    translate = translator(language)
    made = instruction()
    others = [
        instruction(account="A-101"),
        instruction(orders=(order(11),)),
        instruction(orders=(replace(order(), limit=order().limit + 1),)),
        instruction(orders=(replace(order(), highest=order().highest + 1),)),
        instruction(reason="another"),
        instruction(drill=True),
        instruction(even_if_cured=True),
        instruction(worst_cost=1),
        instruction(2),
    ]
    digests = {shown_digest(each, translate) for each in (made, *others)}
    assert len(digests) == 1 + len(others)
    assert Contract.parse(OIL).title in "".join(line.translated(translate)[1] for line in statement(made))


def test_expected_figures_are_read_back_and_their_digest_is_in_the_path() -> None:
    assert Expected.read(EXPECTED.content) == EXPECTED
    assert instruction().path.outputs == EXPECTED.digest
    with pytest.raises(BadInputError, match="expected figures"):
        Expected.read(EXPECTED.content[:-1])
