"""What a process has done before its first answer: no kernel is loaded or compiled while somebody waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIRST_ORDERS = """
import sys
from terminal.warm_up import load_checks

def kernels():
    every = [
        kernel
        for name, module in list(sys.modules.items())
        if name.startswith("engine.")
        for kernel in vars(module).values()
        if hasattr(kernel, "overloads") and "always" not in str(kernel.targetoptions.get("inline"))
    ]
    return {f"{each.py_func.__module__}.{each.__name__} {kinds}" for each in every for kinds in each.overloads}

load_checks()
loaded = kernels()

from pathlib import Path
from engine.decision import Order, Request
from engine.desk_limits import DeskLimits
from engine.instruments import Contract
from engine.limit_file import read_limits
from engine.pre_trade import DeskCheck
from engine.reference import read_reference
from engine.reservations import Reservations, Reserve
from tests.engine.desks import JUNE, SmallDesk

desk = SmallDesk()
row = desk.account("A", cash=10_000)
desk.hold(row, JUNE, 10)
desk.hold(desk.account("B", cash=10_000), JUNE, -4)
desk.quote_all()
state = desk.state()
valued = kernels()
sample = Path("resources/sample")
limits = read_limits((sample / "limits.toml").read_text(), "limits.toml")
in_force = DeskLimits(limits, read_reference(sample / "reference.toml"), desk.universe, desk.parameters)
held, verdicts = Reservations(settling=0), []
for number, (account, quantity) in enumerate((("A", 2), ("A", -3), ("A", 5_000), ("B", 1), ("B", -1), ("A", 1))):
    check = DeskCheck(state, desk.universe, in_force.on(state, 10**9))
    working = check.beside(held)
    request = Request(number, account, (Order(Contract.parse(JUNE), quantity),), with_curve=False)
    verdicts.append(check.check(request, working.working(account), working, briefly=True).verdict.value)
    held.hold(Reserve(bytes([number]) * 16, "", account, request.orders, together=False, expiry=10**12))
print(sorted(kernels() - valued - loaded), len(loaded), verdicts)
"""


def test_the_first_orders_load_no_kernel_once_checks_are_loaded(project_root: Path) -> None:
    asked = [sys.executable, "-c", FIRST_ORDERS]
    done = subprocess.run(asked, cwd=project_root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[] ")
    assert "passes" in done.stdout
    assert "refused" in done.stdout
