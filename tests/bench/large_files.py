"""Generated positional parameter files of any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from resources.sample.positional import Values, line

PRODUCTS, MONTHS, ARRAYS = 50, 20, 997
MOVES = (0, 0, -1, -1, 1, 1, -2, -2, 2, 2, -3, -3, 3, 3, -3, 3)
HEADER = "0 LARGE 20301202SF     203012021814U2YNCLR        C CUST  H HEDGE 1 CORE  M MAINT\n1 SIM  01\n"
PARAMETERS: Values = {
    "base volatility": "0.25",
    "volatility scan range": "0.3",
    "volatility scan range method": "P",
    "price scan range": 6000,
    "extreme move multiplier": 3,
    "extreme move covered fraction": "0.33",
    "interest rate": "0.041",
    "time to expiration": "0.19726",
    "delta scaling factor": 1,
    "expiration date": 20310315,
}


def write_positional(path: Path, contracts: int) -> None:
    """Write a file of ``contracts`` contracts, a multiple of 1,000: futures, and options on them, no two arrays alike.

    As in published files, the arrays of a series stand together and lines end where their last value does.
    """
    options = contracts // PRODUCTS - MONTHS
    with path.open("w", encoding="ascii", newline="\r\n") as out:
        out.write(HEADER)
        for product in range(PRODUCTS):
            code = f"P{product:02d}"
            out.writelines(f"{record}\n" for record in _definitions(code))
            arrays = [_array(product * 31 + number * 7 + 11) for number in range(ARRAYS)]
            for month in range(MONTHS):
                out.write(_contract(code, "FUT", " ", month, 0, 6200_00, arrays[month]))
            for month in range(MONTHS):
                count = options // MONTHS + (month < options % MONTHS)
                out.writelines(_series(code, month, count, arrays))


def _definitions(code: str) -> Iterator[str]:
    """Records P, 2, 3, 4, C and B of a product, its options, and the combined commodity of both."""
    own: Values = {"exchange": "SIM", "product": code}
    quoted: Values = {"price decimals": 2, "strike decimals": 2, "contract value factor": 50, "currency": "USD"}
    yield line("P", {**own, **quoted, "product type": "FUT", "long name": f"Product {code}", "valuation": "FUT"})
    yield line("P", {**own, **quoted, "product type": "OOF", "long name": f"Options {code}", "valuation": "EQTY"})
    links = {"product 1": code, "product type 1": "FUT", "product 2": code, "product type 2": "OOF"}
    yield line("2", {"exchange": "SIM", "combined commodity": code, "risk exponent": 0, "currency": "USD", **links})
    yield line("3", {"combined commodity": code, "spread charge method": "01"})
    yield line("4", {"combined commodity": code, "delivery method": "01", "short option minimum": 50})
    legs: Values = {"tier 1": 0, "ratio 1": 1, "side 1": "A", "tier 2": 0, "ratio 2": 1, "side 2": "B"}
    yield line("C", {"combined commodity": code, "priority": 1, "number of legs": 2, "rate": 450, **legs})
    for month in range(MONTHS):
        yield line("B", {**own, "product type": "FUT", "futures month": _month(month), **PARAMETERS})
        months = {"futures month": _month(month), "option month": _month(month)}
        yield line("B", {**own, "product type": "OOF", **months, **PARAMETERS})


def _series(code: str, month: int, count: int, arrays: Sequence[tuple[str, str]]) -> Iterator[str]:
    for number in range(count):
        strike = 4000_00 + number // 2 * 500
        array = arrays[(month * 53 + number) % ARRAYS]
        yield _contract(code, "OOF", "CP"[number % 2], month, strike, 100 + number * 13 % 90_000, array)


def _contract(code: str, kind: str, right: str, month: int, strike: int, price: int, array: tuple[str, str]) -> str:
    period = _month(month)
    option = period if right != " " else ""
    identity = f"SIM{code:<10}{code:<10}{kind}{right}{period}   {option:<9}{strike:07d}"
    first, second = array
    return f"81{identity}{first}{price:014d}N\n82{identity}{second}00{price % 900 + 100:03d}000{price:07d}++05000+C\n"


def _month(month: int) -> str:
    return f"{2031 + month // 12}{month % 12 + 1:02d}"


def _array(scan: int) -> tuple[str, str]:
    """Both halves of an array as they are written, the second with the composite delta."""
    texts = [f"{abs(move * scan):05d}{'-' if move < 0 else '+'}" for move in MOVES]
    return "".join(texts[:9]), "".join(texts[9:]) + f"{scan % 10_000:05d}+"
