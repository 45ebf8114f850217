"""`make demo SCENE=forced-close`: an account trades itself over its line; two people sign, and it is brought back.

Authority and executor gate are processes of their own; the maker sits at the window, the risk officer and the trading
director sign at stations without one. Every step is told in the window, and the records are verified at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import zmq
from PySide6.QtCore import QObject, QTimer, Slot

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.authorisation.proposal import State
from engine.numbers import NOT_COMPUTABLE
from engine.routing import RoutedOrder
from engine.text import Text, UserFacingError, text
from feeds.clock import SECOND, SystemClock
from feeds.gateway import LineState
from feeds.sample_gateway import SampleGateway
from terminal.app import Terminal
from terminal.audit_command import Trust, verify_audit
from terminal.audit_verifier import Problem, Report
from terminal.cast import APPROVERS, MAKER, PASSPHRASE, Cast, Colleague
from terminal.child_process import ChildProcess
from terminal.pipeline import View
from terminal.scenes.scene import Setting
from terminal.station import StationSetup
from widgets.approvals.proposing import ProposeDialog
from widgets.approvals.signing import SigningDialog
from widgets.workspace import views
from widgets.workspace.perspectives import Perspective

TICK: Final = 100
"""Milliseconds between two looks."""
READING: Final = 3 * SECOND
"""How long a colleague takes to read."""
REASON: Final = "over the forced-close line; the client does not answer"


class ForcedCloseScene(QObject):
    """The processes and people of the scene, and what happens next.

    Args:
        setting: What it plays on.
        reading: Nanoseconds that people take to read.
    """

    def __init__(self, setting: Setting, reading: int = READING) -> None:
        super().__init__()
        self.setting = setting
        self.failures: list[Text] = []
        self.over = False
        """Whether the account is back under its line and the records have been verified."""
        self._clock, self._reading = SystemClock(), reading
        self._folder = tempfile.TemporaryDirectory(prefix="palisade-scene-")
        self._cast = Cast(Path(self._folder.name), self._clock)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="scene")
        self._introduced: Future[bytes] | None = None
        self._processes: list[ChildProcess] = []
        self._colleagues: list[Colleague] = []
        self._gateway: SampleGateway | None = None
        self._terminal: Terminal | None = None
        self._parameters = Path()
        self._exchange: Mapping[str, object] = {}
        self._authority: Mapping[str, object] = {}
        self._account, self._orders, self._due = "", 0, 0
        self._step: Callable[[Terminal, View], None] = self._wait
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._tick)

    def start(self, terminal: Terminal, parameters: Path, exchange: Mapping[str, object]) -> None:
        """Start the authority; people and executor gate follow."""
        self._terminal, self._parameters, self._exchange = terminal, parameters, exchange
        self._gateway = SampleGateway(self._context, str(exchange["orders"]), self._clock)
        store = self._cast.folder / "authority"
        self._run(ChildProcess("terminal.cli", ["authority", f"--store={store}"], text("the authority")), self._on_said)
        terminal.window.workspace.switch(Perspective.RISK_OFFICER)
        self._timer.start()

    def stop(self) -> None:
        """End people and processes, the last first."""
        self._timer.stop()
        for colleague in self._colleagues:
            colleague.station.stop(5.0)
        for process in reversed(self._processes):
            process.stop()
        self._worker.shutdown(wait=True, cancel_futures=True)
        if self._gateway is not None:
            self._gateway.close()
        self._context.destroy(linger=0)
        self._folder.cleanup()

    def _run(self, process: ChildProcess, on_said: Callable[[Mapping[str, object]], None]) -> None:
        self._processes.append(process)
        process.said.connect(on_said)
        process.failed.connect(self._on_failed)
        process.start()

    @Slot(object)
    def _on_said(self, said: Mapping[str, object]) -> None:
        if "authority" in said:
            self._authority = said
            self._introduced = self._worker.submit(self._cast.introduce, str(said["authority"]))

    @Slot(object)
    def _on_failed(self, problem: Text) -> None:
        self.failures.append(problem)
        self._tell(problem)

    def _tell(self, words: Text) -> None:
        if self._terminal is not None:
            self._terminal.window.show_problem(words)

    def _tick(self) -> None:
        terminal = self._terminal
        view = terminal.desk.view() if terminal is not None and terminal.desk is not None else None
        if self._gateway is not None:
            self._gateway.service()
        for colleague in self._colleagues:
            colleague.look()
        if terminal is None or view is None or not view.snapshot.authoritative or self.failures:
            return
        if self._introduced is not None and self._introduced.done() and not self._colleagues:
            self._bring_in(terminal, self._introduced)
        if self._clock.monotonic_ns() >= self._due:
            self._step(terminal, view)

    def _pause(self, nanoseconds: int, then: Callable[[Terminal, View], None]) -> None:
        self._due, self._step = self._clock.monotonic_ns() + nanoseconds, then

    # What happens, step by step ----------------------------------------------------------------------------------

    def _bring_in(self, terminal: Terminal, introduced: Future[bytes]) -> None:
        """Everybody to their stations, and the executor gate on duty."""
        try:
            founding = introduced.result()
        except UserFacingError as error:
            self._on_failed(error.message)
            return
        endpoint = str(self._authority["authority"])

        def station(person: str) -> StationSetup:
            return StationSetup(endpoint, self._cast.key_of(person), f"station of the {person}", founding)

        terminal.join_authority(station(MAKER))
        for number, (person, role) in enumerate(APPROVERS.items(), 1):
            colleague = Colleague(station(person), role, number * self._reading, self._clock)
            colleague.station.start()
            self._colleagues.append(colleague)
        feeds = [f"--{name}={self._exchange[name]}" for name in ("positions", "snapshots", "quotes", "orders")]
        own = [f"--store={self._cast.folder / 'executor'}", f"--founding={founding.hex()}"]
        arguments = ["executor", f"--parameters={self._parameters}", *feeds, *own]
        arguments.append(f"--authority={self._authority['executor']}")
        self._run(ChildProcess("terminal.cli", arguments, text("the executor gate")), self._on_said)

    def _wait(self, terminal: Terminal, view: View) -> None:
        """Until people and executor gate are there; then one account begins to trade."""
        picture = terminal.window.view(views.APPROVALS).model.picture
        if picture is None or not picture.executor:
            return
        accounts = view.snapshot.accounts
        near = np.where(
            (accounts.ratio == NOT_COMPUTABLE) | (accounts.ratio >= view.snapshot.lines.call), -1, accounts.ratio
        )
        self._account = accounts.names[int(near.argmax())]
        terminal.window.accounts.choose(self._account)
        self._tell(text("{account} trades on, towards its forced-close line", account=self._account))
        self._pause(SECOND, self._trade)

    def _trade(self, terminal: Terminal, view: View) -> None:
        """One order after the other that adds to the largest future held, until the account is over its line."""
        ratio = self._ratio(view)
        if ratio >= view.snapshot.lines.close:
            self._tell(text("{account} is over its forced-close line: orders are planned", account=self._account))
            terminal.window.workspace.show_view(views.FORCED_CLOSE)
            self._pause(self._reading // 2, self._plan)
            return
        gateway = self._gateway
        if gateway is None or gateway.state is not LineState.LIVE:
            return
        contract, quantity = self._largest(view)
        self._orders += 1
        side = Side.BUY if quantity > 0 else Side.SELL
        size = max(1, abs(quantity) // 12)
        order = (self._account, contract, side, Effect.LOCK, size, PriceType.MARKET, 0)
        gateway.send(RoutedOrder(f"scene-{self._orders}", *order))
        self._pause(SECOND // 3, self._trade)

    def _plan(self, terminal: Terminal, _view: View) -> None:
        terminal.window.view(views.FORCED_CLOSE).ask()
        self._pause(self._reading, self._propose)

    def _propose(self, terminal: Terminal, _view: View) -> None:
        shown = terminal.window.view(views.FORCED_CLOSE)
        if shown.plan is None:
            return
        shown.propose_button.click()
        self._pause(self._reading // 2, self._fill_in)

    def _fill_in(self, terminal: Terminal, _view: View) -> None:
        for dialog in terminal.window.findChildren(ProposeDialog):
            dialog.reason.setText(REASON)
            dialog.go_on.click()
            self._pause(max(self._reading, 2 * SECOND), self._sign)

    def _sign(self, terminal: Terminal, _view: View) -> None:
        for dialog in terminal.window.findChildren(SigningDialog):
            dialog.passphrase.setText(PASSPHRASE)
            dialog.check()
            if dialog.sign.isEnabled():
                dialog.sign.click()
                terminal.window.workspace.show_view(views.APPROVALS)
                self._pause(SECOND, self._follow)

    def _follow(self, terminal: Terminal, view: View) -> None:
        """Both signatures and the fills, until the proposal has ended and the account is under its line."""
        proposals = terminal.window.view(views.APPROVALS).model.proposals
        if not proposals:
            return
        proposal = proposals[0].proposal
        if proposal.state in (State.EXPIRED, State.REQUOTE, State.REVOKED, State.VETOED):
            self._tell(text("the proposal has ended: {state}; planned anew", state=proposal.label))
            self._pause(SECOND, self._plan)
        elif proposal.state in (State.DONE, State.PARTIAL) and self._ratio(view) < view.snapshot.lines.call:
            self._verify()

    def _verify(self) -> None:
        checked = self._worker.submit(verify_audit, self._cast.folder / "authority", Trust())
        self._step = lambda _terminal, _view: self._tell_verified(checked)

    def _tell_verified(self, checked: Future[Report | Problem]) -> None:
        if not checked.done():
            return
        self._step = lambda _terminal, _view: None
        found = checked.result()
        if isinstance(found, Problem):
            self._on_failed(text("the records are not sound: {problem}", problem=str(found)))
            return
        self._tell(text("{account} is back under its line; every record of it is verified", account=self._account))
        self.over = True

    def _ratio(self, view: View) -> int:
        accounts = view.snapshot.accounts
        ratio = int(accounts.ratio[accounts.names.index(self._account)])
        # Without equity there is no ratio, and no account is further over its line.
        return 10**12 if ratio == NOT_COMPUTABLE else ratio

    def _largest(self, view: View) -> tuple[str, int]:
        """The future of which the account holds most, and how many, negative where short."""
        state = view.state
        own = state.book.positions.of(state.book.row(self._account))
        right = view.version.parameters.contracts.right
        outright = [
            place for place, column in enumerate(own.columns.tolist()) if column < len(right) and not right[column]
        ]
        place = max(outright, key=lambda each: abs(int(own.net[each])), default=0)
        return str(view.universe.contract(int(own.columns[place]))), int(own.net[place])


def setting(sample: Path) -> Setting:
    """What the scene plays on: the sample market, and an exchange that trades only what it is told to.

    Prices stand still: the sample market walks as far in seconds as others in an hour, out of any collar that people
    could sign meanwhile. `palisade drill --moving` shows what happens then.
    """
    exchange = ("--accounts", "40", "--quotes", "2000", "--fills", "0", "--seed", "11", "--still")
    return Setting(exchange, sample / "limits.toml", sample / "reference.toml", 100)


def scene(folder: Path, sample: Path) -> ForcedCloseScene:  # noqa: ARG001
    """The scene on the sample market."""
    return ForcedCloseScene(setting(sample))
