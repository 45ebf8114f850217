"""All benchmarks, or those whose module is named: ``python -m tests.bench [live] [margin] ...``."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.measure import Figure, report

MODULES = (
    "live",
    "loading",
    "large_xml",
    "positional",
    "margin",
    "decision",
    "large_desk",
    "freeing",
    "concentration",
    "gate",
    "audit",
    "liquidation",
    "forced_close",
    "scenarios",
    "views",
    "surface",
    "window",
    "workspace",
    "start",
)


def main(chosen: list[str]) -> int:
    """Run and report."""
    taken: list[Figure] = []
    for name in chosen or MODULES:
        if name not in MODULES:
            print(f"unknown benchmark {name}; choose from {', '.join(MODULES)}", file=sys.stderr)
            return 2
        taken += import_module(f"tests.bench.{name}").figures()
    report(taken)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
