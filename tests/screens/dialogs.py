"""The dialogs of a forced close and of new parameters, as maker, risk officer and trading director meet them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from engine.authorisation.approval import Act
from engine.authorisation.batch import Stage
from engine.authorisation.break_glass import Measure
from engine.authorisation.proposal import State
from engine.numbers import RATIO
from terminal.app import Terminal
from terminal.scenes.forced_close import REASON
from tests.end_to_end.forced_close import WORDS
from tests.screens.scenes import DOCK, WINDOW, settle
from tests.screens.staging import Cast, Watched, expect, opened, patiently, shown
from tests.terminal.market_files import next_day, put
from widgets.approvals.batch import BatchDialog
from widgets.approvals.glass import GlassDialog
from widgets.approvals.proposing import ProposeDialog
from widgets.approvals.signing import SigningDialog
from widgets.workspace.perspectives import Perspective
from widgets.workspace.views import APPROVALS, AUDIT, FORCED_CLOSE, POSITIONS, ViewSpec, ViewType

SEVERAL: Final = 4
"""Accounts of a batch."""
BELOW: Final = 0.8
"""Target of the batch's plans, as a share of the lowest ratio in it: every account has something to close."""
HOUR: Final = 60
PERCENT: Final = RATIO // 100
Keep = Callable[[str, QWidget], None]
"""Takes a picture of a widget under a name."""


async def take_forced_close(terminal: Terminal, cast: Cast, keep: Keep) -> None:
    """A batch; a proposal, the first signature, orders held back, the second signature with its code; the records."""
    window = terminal.window
    window.resize(WINDOW)
    window.workspace.switch(Perspective.RISK_OFFICER)
    await cast.seat(terminal, "maker")
    await patiently(terminal, partial(_batch, terminal, keep))
    await patiently(terminal, partial(_propose, terminal, keep))
    await cast.seat(terminal, "officer")
    await patiently(terminal, partial(_approve, terminal, keep, "dialog-first_signature", State.PROPOSED, sign=True))
    window.commands["break_glass"].action.trigger()
    glass = await shown(terminal, GlassDialog)
    await settle()
    keep("dialog-break_glass", glass)
    glass.reject()
    await cast.seat(terminal, "director")
    await patiently(terminal, partial(_approve, terminal, keep, "dialog-second_signature", State.SIGNED1, sign=False))
    await _floated(terminal, APPROVALS, keep, f"view-{APPROVALS.name}")
    await _records(terminal, cast)
    await _floated(terminal, AUDIT, keep, f"view-{AUDIT.name}")


async def break_glass(terminal: Terminal, cast: Cast) -> None:
    """Have the officer break the glass, for what every window shows from then on."""
    await cast.seat(terminal, "officer")
    terminal.window.commands["break_glass"].action.trigger()
    dialog = await shown(terminal, GlassDialog)
    dialog.measures[Measure.BLOCK_OPENS].click()
    dialog.words.setText(REASON)
    dialog.passphrase.setText(WORDS)
    await expect(dialog.sign.isEnabled, "the officer may break the glass")
    dialog.sign.click()
    await expect(lambda: terminal.window.glass.in_force, "the broken glass")


async def take_broken_glass(terminal: Terminal, keep: Keep) -> None:
    """The countdown in the window, and in a dock that is a window of its own."""
    terminal.window.arrange_docks()
    await settle()
    keep("window-break_glass", terminal.window)
    await _floated(terminal, POSITIONS, keep, "dock-break_glass")


async def take_change(terminal: Terminal, file: Path, keep: Keep) -> None:
    """What differs in the next day's file, and whether it is to be put in force; it is left out of force."""
    changes = terminal.window.changes
    if not changes.warning.isVisible():
        put(file, next_day())
    await expect(changes.warning.review.isVisible, "the new file")
    changes.warning.review.click()
    await expect(lambda: changes.dialog is not None and changes.dialog.isVisible(), "the dialog of the new file")
    dialog = changes.dialog
    assert dialog is not None
    await settle()
    keep("dialog-parameter_change", dialog)
    dialog.reject()
    await expect(lambda: changes.dialog is None, "the end of the dialog of the new file")


async def _batch(terminal: Terminal, keep: Keep) -> None:
    """Several accounts in one dialog, the first of them visited; nothing is signed."""
    accounts, ratios = worst_of(terminal, SEVERAL)
    target = terminal.window.view(FORCED_CLOSE).target
    usual = target.value()
    target.setValue(ratios[-1] * BELOW)
    try:
        await _planned_batch(terminal, accounts, keep)
    finally:
        target.setValue(usual)


async def _planned_batch(terminal: Terminal, accounts: list[str], keep: Keep) -> None:
    terminal.window.accounts.batch_requested.emit(tuple(accounts))
    first = await shown(terminal, ProposeDialog)
    first.reason.setText(REASON)
    first.minutes.setValue(HOUR)
    # Only the worst is over its line in this story.
    first.cured.setChecked(True)
    first.go_on.click()
    dialog = await shown(terminal, BatchDialog)
    watched = Watched(dialog)
    await expect(lambda: all(page.stage is not Stage.AWAITED for page in dialog.batch.pages), "plans", watched)
    await expect(lambda: dialog.page.read, "the first account read", watched)
    dialog.go_to_next()
    await settle()
    await expect(lambda: any(page.is_ready for page in dialog.batch.pages), "accounts that can be signed", watched)
    keep("dialog-batch", dialog)
    dialog.reject()
    await expect(lambda: opened(terminal, BatchDialog) is None, "the end of the batch")


async def _propose(terminal: Terminal, keep: Keep) -> None:
    """The terms of a proposal, and its instruction, which is signed."""
    window = terminal.window
    (account,), _ = worst_of(terminal, 1)
    window.accounts.choose(account)
    window.workspace.show_view(FORCED_CLOSE)
    plans = window.view(FORCED_CLOSE)
    await expect(lambda: plans.account == account, "the account")
    plans.ask()
    await expect(lambda: plans.answer is not None and plans.answer.finished and plans.plan, "plans")
    plans.propose_button.click()
    first = await shown(terminal, ProposeDialog)
    first.reason.setText(REASON)
    await settle()
    keep("dialog-propose", first)
    first.go_on.click()
    await _signed(terminal, keep, "dialog-sign_proposal", sign=True)


async def _approve(terminal: Terminal, keep: Keep, name: str, state: State, *, sign: bool) -> None:
    """Open the newest proposal for approval, once it stands where it has to."""
    view = terminal.window.view(APPROVALS)
    await expect(lambda: view.model.proposals and view.model.proposals[0].proposal.state is state, f"it is {state}")
    view.table.selectRow(0)
    await expect(view.buttons[Act.APPROVE].isEnabled, "a button to approve it")
    view.buttons[Act.APPROVE].click()
    await _signed(terminal, keep, name, sign=sign)


async def _signed(terminal: Terminal, keep: Keep, name: str, *, sign: bool) -> None:
    """The dialog in which something is signed, as it is once it has been read and a passphrase typed."""
    dialog = await shown(terminal, SigningDialog)
    watched = Watched(dialog)
    dialog.passphrase.setText(WORDS)
    wanted = int(dialog.code_wanted)
    # Armed after a while; the code is for people to type.
    await expect(lambda: len(dialog.obstacles) <= wanted, "a dialog to sign", watched)
    await settle()
    watched.check()
    keep(name, dialog)
    if sign:
        dialog.sign.click()
    else:
        dialog.reject()
    await expect(lambda: opened(terminal, SigningDialog) is None, f"the end of {name}", watched)


async def _records(terminal: Terminal, cast: Cast) -> None:
    """The authority's records, verified, the newest in full."""
    terminal.window.workspace.show_view(AUDIT)
    audit = terminal.window.view(AUDIT)
    if audit.picture is None:
        audit.open_requested.emit(str(cast.store))
    await expect(audit.records.rowCount, f"records: {audit.placeholder.hint.text()}")
    audit.verify_requested.emit()
    await expect(lambda: audit.verdict.text().startswith("✓"), "records that are sound")
    audit.table.selectRow(0)
    await expect(audit.detail.toPlainText, "a record in full")


async def _floated(terminal: Terminal, spec: ViewSpec[ViewType], keep: Keep, name: str) -> None:
    """A dock for itself."""
    terminal.window.workspace.show_view(spec)
    dock = terminal.window.docks[spec.name]
    dock.setFloating(True)
    dock.resize(DOCK)
    await settle()
    keep(name, dock)
    dock.setFloating(False)


def worst_of(terminal: Terminal, count: int) -> tuple[list[str], list[float]]:
    """The accounts with the highest risk ratios, and these in percent."""
    view = terminal.desk.view() if terminal.desk is not None else None
    assert view is not None
    accounts = view.snapshot.accounts
    rows = (-accounts.ratio).argsort(kind="stable")[:count]
    return [accounts.names[row] for row in rows], [int(accounts.ratio[row]) / PERCENT for row in rows]
