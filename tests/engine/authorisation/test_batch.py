"""A batch: nothing is signed that was not visited, and no account keeps another from being signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.batch import Batch, Page, Stage
from engine.authorisation.instruction import Instruction
from engine.text import text
from tests.engine.authorisation.cast import instruction

MADE = tuple(instruction(number, account=f"A-{number}") for number in range(1, 6))
WHY = text("the market has left")


def page(made: Instruction, **changes: object) -> Page:
    return Page(made.account, Stage.OPEN, made, **changes)  # type: ignore[arg-type]


@st.composite
def pages(draw: st.DrawFn) -> Batch:
    """Accounts in any condition."""
    made = []
    for each in MADE:
        stage = draw(st.sampled_from(Stage))
        code = draw(st.sampled_from(("", each.code, MADE[0].code, each.code.lower())))
        made.append(
            Page(
                each.account,
                stage,
                None if stage is Stage.AWAITED else each,
                code_wanted=draw(st.booleans()),
                read=draw(st.booleans()),
                typed=code,
                obstacle=draw(st.sampled_from((None, WHY))),
            )
        )
    return Batch(tuple(made))


@given(pages())
def test_only_what_was_seen_and_whose_code_was_typed_is_ever_on_its_way(batch: Batch) -> None:
    for before, after in zip(batch.pages, batch.submitted().pages, strict=True):
        if after.stage is Stage.SIGNING and before.stage is not Stage.SIGNING:
            assert before.stage is Stage.OPEN
            assert before.read
            assert before.obstacle is None
            assert before.instruction is not None
            assert not before.code_wanted or before.typed.upper() == before.instruction.code
        else:
            assert after == before


@given(pages())
def test_nothing_is_submitted_while_an_account_that_could_be_signed_was_not_visited(batch: Batch) -> None:
    if batch.waiting:
        assert batch.submitted() is batch


@given(pages(), st.integers(0, len(MADE) - 1))
def test_a_blocked_account_blocks_no_other(batch: Batch, place: int) -> None:
    others = set(batch.signable) - {place}
    blocked = batch.changed(place, obstacle=WHY)
    assert set(blocked.signable) == others
    if blocked.pages[place].stage is not Stage.AWAITED:
        assert place not in blocked.waiting


@given(pages())
def test_the_next_unvisited_leads_through_all_of_them(batch: Batch) -> None:
    place, seen = batch.next_unvisited(-1), []
    while place is not None:
        seen.append(place)
        made = batch.pages[place].instruction
        assert made is not None
        batch = batch.changed(place, read=True, typed=made.code)
        place = batch.next_unvisited(place)
    assert len(set(seen)) == len(seen)
    assert all(each.stage is Stage.AWAITED for each in batch.pages if each.holds_back)


def test_the_code_of_one_page_does_not_serve_for_another() -> None:
    first, second = MADE[:2]
    batch = Batch((page(first, code_wanted=True, read=True, typed=second.code),))
    assert batch.signable == ()


def test_another_instruction_has_to_be_visited_anew() -> None:
    batch = Batch((page(MADE[0], read=True, shown_at=5),))
    assert batch.signable == (0,)
    assert batch.changed(0, instruction=MADE[1]).signable == ()


def test_one_refusal_leaves_the_others_signed_and_may_be_tried_again() -> None:
    batch = Batch(tuple(page(made, read=True) for made in MADE[:2])).submitted()
    batch = batch.settled(0, None).settled(1, WHY)
    assert [each.stage for each in batch.pages] == [Stage.SIGNED, Stage.OPEN]
    assert batch.pages[1].reason == WHY
    assert [each.stage for each in batch.submitted().pages] == [Stage.SIGNED, Stage.SIGNING]


def test_an_outcome_that_comes_twice_changes_nothing() -> None:
    batch = Batch((page(MADE[0], read=True),)).submitted().settled(0, None)
    assert batch.settled(0, WHY) is batch


@pytest.mark.parametrize("stage", [Stage.SIGNING, Stage.SIGNED, Stage.OUT])
def test_what_is_signed_or_out_cannot_be_left_out(stage: Stage) -> None:
    batch = Batch((Page("A-1", stage, MADE[0]),))
    assert batch.left_out(0) is batch


def test_an_account_left_out_does_not_hold_the_others_back_and_can_be_put_back() -> None:
    batch = Batch((Page("A-9"), page(MADE[0], read=True)))
    assert not batch.may_submit
    without = batch.left_out(0)
    assert without.submitted().pages[1].stage is Stage.SIGNING
    assert without.left_out(0) == batch
