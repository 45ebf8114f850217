"""`make demo SCENE=archegos`: a book grows into two names across four accounts of one controller.

Every order asks the gate before it goes to the exchange. Margin stays calm and so does each account by itself; the
limits of the related accounts fire one after the other, and the last of them refuses the order that crosses it. An
order that reduces passes. The ticket shows the next order all the while, with every limit it would meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PySide6.QtCore import QObject, Slot

from engine.decision import Order
from engine.instruments import Contract
from engine.text import Text, text
from terminal.app import Terminal
from terminal.child_process import ChildProcess
from terminal.scenes.scene import Setting

WATCHED: Final = "Cobalt Row Trading"
"""Account whose ticket is on screen."""
NEXT: Final = Order(Contract.parse("SIM:SI:FUT:202703"), 30)
SETTLING: Final = 400
"""Milliseconds after which fills are among the positions for sure: the scene's exchange is on this machine."""


class ArchegosScene(QObject):
    """The gate and the router of the scene, and what the window tells of them.

    Args:
        script: File of the scene.
        setting: What it plays on.
        speed: How much faster than written.
        record: Folder for the gate's record; by default one that goes with the scene, as its orders are nobody's.
    """

    def __init__(self, script: Path, setting: Setting, speed: float = 1.0, record: Path | None = None) -> None:
        super().__init__()
        self.setting = setting
        self.failures: list[Text] = []
        self.orders: list[Mapping[str, object]] = []
        """What became of each order so far."""
        self.over = False
        self._script = script
        self._speed = speed
        self._record = record
        self._folder: TemporaryDirectory[str] | None = None
        self._terminal: Terminal | None = None
        self._exchange: Mapping[str, object] = {}
        self._processes: list[ChildProcess] = []

    def start(self, terminal: Terminal, parameters: Path, exchange: Mapping[str, object]) -> None:
        """Start the gate; the router follows once it listens."""
        self._terminal, self._exchange = terminal, exchange
        feeds = [f"--{name}={exchange[name]}" for name in ("positions", "snapshots", "quotes")]
        files = [f"--limits={self.setting.limits}", f"--reference={self.setting.reference}"]
        if self._record is None:
            self._folder = TemporaryDirectory(prefix="palisade-", ignore_cleanup_errors=True)
        files.append(f"--record={self._folder.name if self._folder is not None else self._record}")
        arguments = ["gate", f"--parameters={parameters}", *feeds, *files, f"--settling={SETTLING}"]
        self._run(ChildProcess("terminal.cli", arguments, text("the gate")), self._on_gate)

    def stop(self) -> None:
        """End the processes, the last first."""
        for process in reversed(self._processes):
            process.stop()
        if self._folder is not None:
            self._folder.cleanup()

    def _run(self, process: ChildProcess, on_said: object) -> None:
        self._processes.append(process)
        process.said.connect(on_said)
        process.failed.connect(self._on_failed)
        process.start()

    @Slot(object)
    def _on_gate(self, said: Mapping[str, object]) -> None:
        if "gate" not in said:
            return
        options = [f"--scene={self._script}", f"--gate={said['gate']}", f"--orders={self._exchange['orders']}"]
        router = ChildProcess(
            "feeds.sample_router", [*options, f"--speed={self._speed}"], text("the order router"), goes_on=False
        )
        router.ended.connect(self._on_over)
        self._run(router, self._on_order)

    @Slot(object)
    def _on_order(self, said: Mapping[str, object]) -> None:
        first = not self.orders
        self.orders.append(said)
        if self._terminal is None:
            return
        window = self._terminal.window
        if first:
            window.accounts.choose(WATCHED)
            window.ticket.add_order(NEXT)
            window.docks["concentration"].raise_()
        if said["verdict"] != "passes":
            window.show_problem(refusal(said))

    @Slot()
    def _on_over(self) -> None:
        self.over = True

    @Slot(object)
    def _on_failed(self, problem: Text) -> None:
        self.failures.append(problem)
        if self._terminal is not None:
            self._terminal.window.show_problem(problem)


def refusal(said: Mapping[str, object]) -> Text:
    """What the gate refused, and why."""
    contract, quantity = Contract.parse(str(said["contract"])), int(str(said["quantity"]))
    reasons = said["reasons"] if isinstance(said["reasons"], list) else []
    return text(
        "The gate refused {order} of {account}: {reasons}; largest that passes: {largest}",
        order=f"{quantity:+} {contract.title}",
        account=said["account"],
        reasons=" · ".join(map(str, reasons)),
        largest="–" if said["largest"] is None else said["largest"],
    )


def scene(folder: Path, sample: Path) -> ArchegosScene:  # noqa: ARG001
    """The scene on the sample market."""
    script = folder / "archegos.toml"
    exchange = ("--accounts", "40", "--quotes", "2000", "--fills", "2", "--seed", "7", "--scene", str(script))
    setting = Setting(exchange, folder / "archegos-limits.toml", folder / "archegos-reference.toml", 70)
    return ArchegosScene(script, setting)
