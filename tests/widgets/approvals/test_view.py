"""The Approvals view: what it shows of proposals, and what it lets whom do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.authorisation.approval import Act
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import Proposal
from engine.snapshot import FeedState
from engine.text import text
from tests.engine.authorisation.cast import EXPECTED, WALL, approved_by, instruction, proposed, staff
from widgets.approvals.proposals import Column
from widgets.approvals.view import ApprovalsView
from widgets.theme import Theme


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> ApprovalsView:
    made = ApprovalsView(theme)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    with qtbot.waitExposed(made):
        made.show()
    return made


def picture(*proposals: Proposal, state: FeedState = FeedState.LIVE) -> AuthorityPicture:
    views = tuple(ProposalView(proposal, EXPECTED, ()) for proposal in proposals)
    return AuthorityPicture(state, 1, WALL, executor=True, people=staff(), proposals=views)


def able(view: ApprovalsView) -> set[Act]:
    return {act for act, button in view.buttons.items() if button.isEnabled()}


def test_without_an_authority_it_says_so(view: ApprovalsView) -> None:
    view.show_unavailable(text("no authority is set"))
    assert view.is_empty
    assert view.placeholder.headline.text() == "No authority"


def test_without_proposals_it_says_how_one_is_made(view: ApprovalsView) -> None:
    view.show_picture(picture(), "officer", WALL)
    assert view.placeholder.headline.text() == "Nothing is proposed"


@pytest.mark.parametrize(
    ("person", "acts"),
    [
        ("maker", {Act.REVOKE}),
        ("officer", {Act.APPROVE, Act.VETO}),
        ("director", {Act.APPROVE, Act.VETO}),
        ("a stranger", set()),
    ],
)
def test_a_proposal_may_be_signed_by_approvers_and_withdrawn_by_its_maker(
    view: ApprovalsView, person: str, acts: set[Act]
) -> None:
    view.show_picture(picture(proposed(instruction())), person, WALL)
    assert able(view) == acts


def test_who_has_signed_cannot_sign_again(view: ApprovalsView) -> None:
    view.show_picture(picture(approved_by(proposed(instruction()), "officer")), "officer", WALL)
    assert able(view) == {Act.VETO, Act.REVOKE}


def test_a_second_officer_cannot_stand_in_for_the_director(view: ApprovalsView) -> None:
    view.show_picture(picture(approved_by(proposed(instruction()), "officer")), "officer 2", WALL)
    missing = view.model.index(0, Column.MISSING).data()
    assert "director" in missing
    assert "officer" not in missing.replace("Trading director", "")


@pytest.mark.parametrize("state", [FeedState.STALE, FeedState.SUSPECT])
def test_nothing_is_signed_while_the_authority_is_not_live(view: ApprovalsView, state: FeedState) -> None:
    view.show_picture(picture(proposed(instruction()), state=state), "officer", WALL)
    assert not able(view)


def test_why_the_gate_keeps_something_back_is_said_where_it_was_signed(view: ApprovalsView) -> None:
    reason = text(
        "the risk ratio of {account} is unknown: {reason}", account="A-100", reason=text("some prices are stale")
    )
    twice = approved_by(approved_by(proposed(instruction()), "officer"), "director")
    view.show_picture(picture(twice.waits(reason)), "officer", WALL)
    view.table.selectRow(0)
    assert view.message.text() == "the risk ratio of A-100 is unknown: some prices are stale"
    assert view.message.property("tone") == "call"


def accounts_to_approve(view: ApprovalsView) -> list[str]:
    return [each.proposal.instruction.account for each in view.batch_chosen]


def test_a_batch_is_all_that_waits_for_this_person_or_those_selected_the_oldest_first(view: ApprovalsView) -> None:
    third, second, first = (proposed(instruction(number, account=f"A-{number}")) for number in (3, 2, 1))
    view.show_picture(picture(third, approved_by(second, "officer"), first), "officer", WALL)
    assert accounts_to_approve(view) == ["A-1", "A-3"]
    view.show_picture(picture(third, approved_by(second, "officer"), first), "director", WALL)
    assert accounts_to_approve(view) == ["A-1", "A-2", "A-3"]
    for row in range(2):
        # Not by selectRow: it heeds modifier keys that another test has pressed.
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        view.table.selectionModel().select(view.model.index(row, 0), flags)
    assert accounts_to_approve(view) == ["A-2", "A-3"]
    assert view.batch.isEnabled()


@pytest.mark.parametrize("person", ["maker", "a stranger"])
def test_who_approves_nothing_has_no_batch(view: ApprovalsView, person: str) -> None:
    view.show_picture(picture(proposed(instruction(1)), proposed(instruction(2))), person, WALL)
    assert not view.batch_chosen
    assert not view.batch.isEnabled()


def test_the_model_keeps_the_rules_of_models(view: ApprovalsView, qtmodeltester: ModelTester) -> None:
    view.show_picture(picture(proposed(instruction(1)), proposed(instruction(2))), "officer", WALL)
    qtmodeltester.check(view.model, force_py=True)
    view.show_picture(picture(proposed(instruction(3))), "officer", WALL)
