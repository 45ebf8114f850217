"""The dialogs of a forced close and of new parameters, as maker, risk officer and trading director meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QDialog

from engine.authorisation.approval import Act
from engine.authorisation.batch import Stage
from engine.authorisation.proposal import State
from engine.snapshot import FeedState
from terminal.app import Terminal
from terminal.scenes.forced_close import REASON
from terminal.station import StationSetup
from tests.end_to_end.forced_close import WORDS, Processes
from tests.screens.scenes import DOCK, WINDOW, Shot, settle, until
from tests.terminal.market_files import next_day, put
from widgets.approvals.batch import BatchDialog
from widgets.approvals.glass import GlassDialog
from widgets.approvals.proposing import ProposeDialog
from widgets.approvals.signing import SigningDialog
from widgets.workspace.perspectives import Perspective
from widgets.workspace.views import APPROVALS, FORCED_CLOSE

PATIENCE: Final = 30.0
SEVERAL: Final = 4
"""Accounts of a batch."""


class Cast:
    """Authority, executor gate and three people with keys, on the exchange of a running terminal.

    Args:
        folder: For keys and record stores.
        exchange: Where the exchange listens.
    """

    def __init__(self, folder: Path, exchange: Mapping[str, object]) -> None:
        self._folder, self._processes = folder, Processes(folder)
        self._authority = self._processes.authority()
        self._founding = self._processes.found_people(self._authority["authority"])
        self._processes.executor(dict(exchange), self._authority, self._founding)

    async def seat(self, terminal: Terminal, person: str) -> None:
        """Have a person sit down at the window."""
        key, founding = self._folder / f"{person}.key", bytes.fromhex(self._founding)
        terminal.join_authority(StationSetup(self._authority["authority"], key, f"station of the {person}", founding))
        view = terminal.window.view(APPROVALS)

        def seated() -> bool:
            picture = view.model.picture
            live = picture is not None and picture.state is FeedState.LIVE and picture.executor
            return live and view.person == person and bool(view.roles)

        await expect(seated, f"{person} at the window")

    def close(self) -> None:
        """End the processes."""
        self._processes.close()


async def expect(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition. Raises TimeoutError where it does not come true in time."""
    if not await until(condition, PATIENCE):
        raise TimeoutError(what)


def _open(terminal: Terminal, kind: type[QDialog]) -> QDialog | None:
    return next((each for each in terminal.window.findChildren(kind) if each.isVisible()), None)


async def _shown(terminal: Terminal, kind: type[QDialog]) -> QDialog:
    await expect(lambda: _open(terminal, kind) is not None, kind.__name__)
    dialog = _open(terminal, kind)
    assert dialog is not None
    return dialog


async def _signing(terminal: Terminal) -> SigningDialog:
    """The dialog in which something is signed, as it is once it has been read and a passphrase typed."""
    dialog = await _shown(terminal, SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.passphrase.setText(WORDS)
    # Armed after a while; the code is for people to type.
    await expect(lambda: dialog.check() is None and len(dialog.obstacles) <= dialog.code_field.isVisible(), "armed")
    await settle()
    return dialog


async def _sign(terminal: Terminal, dialog: SigningDialog) -> None:
    dialog.sign.click()
    await expect(lambda: _open(terminal, SigningDialog) is None, "the signature")


async def _review(terminal: Terminal, state: State) -> SigningDialog:
    """Open the newest proposal for approval, once it stands where it has to."""
    view = terminal.window.view(APPROVALS)
    await expect(lambda: view.model.proposals and view.model.proposals[0].proposal.state is state, str(state))
    view.table.selectRow(0)
    await expect(view.buttons[Act.APPROVE].isEnabled, "the button")
    view.buttons[Act.APPROVE].click()
    return await _signing(terminal)


async def batch_shot(terminal: Terminal) -> Shot:
    """Several accounts in one dialog, the first of them visited; nothing is signed."""
    accounts = terminal.window.accounts
    accounts.batch_requested.emit(tuple(worst_of(terminal, SEVERAL)))
    first = await _shown(terminal, ProposeDialog)
    assert isinstance(first, ProposeDialog)
    first.reason.setText(REASON)
    first.go_on.click()
    dialog = await _shown(terminal, BatchDialog)
    assert isinstance(dialog, BatchDialog)
    await expect(lambda: all(page.stage is not Stage.AWAITED for page in dialog.batch.pages), "every account planned")
    await expect(lambda: dialog.page.read, "the first account read")
    dialog.go_to_next()
    await settle()
    shot = Shot("dialog-batch", dialog.grab().toImage(), dialog)
    dialog.reject()
    await expect(lambda: _open(terminal, BatchDialog) is None, "the end of the batch")
    return shot


async def forced_close_shots(terminal: Terminal, cast: Cast) -> AsyncIterator[Shot]:
    """A batch; a proposal, the first signature, orders held back, the second signature with its code."""
    window = terminal.window
    window.resize(WINDOW)
    window.workspace.switch(Perspective.RISK_OFFICER)
    await cast.seat(terminal, "maker")
    yield await batch_shot(terminal)
    (account,) = worst_of(terminal, 1)
    window.accounts.choose(account)
    window.workspace.show_view(FORCED_CLOSE)
    plans = window.view(FORCED_CLOSE)
    await expect(lambda: plans.account == account, "the account")
    plans.ask()
    await expect(lambda: plans.answer is not None and plans.answer.finished and plans.plan, "plans")
    plans.propose_button.click()
    first = await _shown(terminal, ProposeDialog)
    assert isinstance(first, ProposeDialog)
    first.reason.setText(REASON)
    await settle()
    yield Shot("dialog-propose", first.grab().toImage(), first)
    first.go_on.click()
    dialog = await _signing(terminal)
    yield Shot("dialog-sign_proposal", dialog.grab().toImage(), dialog)
    await _sign(terminal, dialog)
    await cast.seat(terminal, "officer")
    dialog = await _review(terminal, State.PROPOSED)
    yield Shot("dialog-first_signature", dialog.grab().toImage(), dialog)
    await _sign(terminal, dialog)
    window.commands["break_glass"].action.trigger()
    glass = await _shown(terminal, GlassDialog)
    await settle()
    yield Shot("dialog-break_glass", glass.grab().toImage(), glass)
    glass.reject()
    await cast.seat(terminal, "director")
    dialog = await _review(terminal, State.SIGNED1)
    yield Shot("dialog-second_signature", dialog.grab().toImage(), dialog)
    dialog.reject()
    window.workspace.show_view(APPROVALS)
    dock = window.docks[APPROVALS.name]
    dock.setFloating(True)
    dock.resize(DOCK)
    await settle()
    yield Shot(f"view-{APPROVALS.name}", dock.grab().toImage(), dock)
    dock.setFloating(False)


async def change_shot(terminal: Terminal, file: Path) -> Shot:
    """What differs in the next day's file, and whether it is to be put in force; it is left out of force."""
    changes = terminal.window.changes
    if not changes.warning.isVisible():
        put(file, next_day())
    await expect(changes.warning.review.isVisible, "the new file")
    changes.warning.review.click()
    await expect(lambda: changes.dialog is not None and changes.dialog.isVisible(), "the dialog")
    dialog = changes.dialog
    assert dialog is not None
    await settle()
    shot = Shot("dialog-parameter_change", dialog.grab().toImage(), dialog)
    dialog.reject()
    await expect(lambda: changes.dialog is None, "the end of the dialog")
    return shot


def worst_of(terminal: Terminal, count: int) -> list[str]:
    """The accounts with the highest risk ratios."""
    view = terminal.desk.view() if terminal.desk is not None else None
    assert view is not None
    accounts = view.snapshot.accounts
    return [accounts.names[row] for row in (-accounts.ratio).argsort(kind="stable")[:count]]
