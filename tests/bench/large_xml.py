"""Speed and size of loading a generated XML file of 160,000 options, and of what comes from the cache after that."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.large_books import SAMPLE
from tests.bench.measure import Figure, median_seconds

RUNS = 5
PRODUCTS, MONTHS, STRIKES = 40, 10, 200
OPTIONS = PRODUCTS * MONTHS * STRIKES * 2
MODEL = 500_000
"""Contracts of the larger model that the cache is measured with."""
STAND_IN = 150 << 20
"""Bytes of the file that stands for the one such a model is read from."""
MOVES = (0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3, 9, -9)
LINKS = "<sc>1.000000</sc><cmbMeth>NONE</cmbMeth><applyBasisRisk>0</applyBasisRisk><arrayPrecision>6</arrayPrecision>"

LOAD = """
import gc, json, resource, sys, time
from pathlib import Path
import psutil
from engine.span.reading import read_parameters
from terminal.parameter_cache import load_parameters
path, folder = map(Path, sys.argv[1:3])
gc.collect()
before = psutil.Process().memory_info().rss
start = time.perf_counter()
parameters = read_parameters(path) if sys.argv[3] == "file" else load_parameters(path, folder=folder)
taken = time.perf_counter() - start
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
gc.collect()
after = psutil.Process().memory_info().rss
print(json.dumps([taken, (after - before) / 2**20, (most - after) / 2**20, len(parameters)]))
"""
KEEP_LARGER = """
import sys
from dataclasses import fields, replace
from pathlib import Path
import numpy as np
from terminal import parameter_cache
path, folder, stand_in = map(Path, sys.argv[1:4])
parameters = parameter_cache.load_parameters(path, folder=folder)
rows = np.arange(int(sys.argv[4])) % len(parameters)
def longer(columns):
    return replace(columns, **{
        each.name: getattr(columns, each.name)[rows]
        for each in fields(columns)
        if each.name != "arrays" and getattr(columns, each.name) is not None
    })
arrays = {number: longer(one) for number, one in parameters.contracts.arrays.items()}
table = replace(longer(parameters.contracts), arrays=arrays)
parameter_cache.read_parameters = lambda path, progress: replace(parameters, contracts=table)
parameter_cache.load_parameters(stand_in, folder=folder)
"""


def figures() -> list[Figure]:
    """xml160k_s, xml160k_peak_mb, cached_load_s and cached500k_mb."""
    with tempfile.TemporaryDirectory() as name:
        path, folder, stand_in = Path(name, "large.spn"), Path(name, "cache"), Path(name, "stand-in.pa2")
        write_large_file(path)
        read = _runs(path, folder, "file")
        with stand_in.open("wb") as out:
            out.truncate(STAND_IN)
        _child(KEEP_LARGER, path, folder, stand_in, MODEL)
        cached, larger = _runs(path, folder, "cache"), _runs(stand_in, folder, "cache")
        hashed = [_hash_seconds(each) for each in (path, stand_in)]
    above = f"above the model, {read[1]:.0f} MiB; its arrays {read[3] * 17 * 8 / 2**20:.0f} MiB"
    return [
        Figure("xml160k_s", read[0], "s", 4, f"SHA-256 of the file alone {hashed[0]:.3f} s ({OPTIONS} options)"),
        Figure("xml160k_peak_mb", read[2], "MiB", 150, above),
        Figure(
            "cached_load_s",
            max(cached[0], larger[0]),
            "s",
            0.5,
            f"the worse of {cached[0]:.3f} s and {larger[0]:.3f} s ({MODEL} contracts), SHA-256 of the files alone "
            f"{hashed[0]:.3f} s and {hashed[1]:.3f} s",
        ),
        Figure("cached500k_mb", larger[1], "MiB", 400, f"risk arrays alone {MODEL * 17 * 8 / 2**20:.0f} MiB"),
    ]


def _child(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _runs(path: Path, folder: Path, way: str) -> list[float]:
    """Medians of seconds, growth and what was needed above it in MiB, each run in a process of its own; contracts."""
    runs = [json.loads(_child(LOAD, path, folder, way)) for _ in range(RUNS)]
    return [median(figure) for figure in zip(*runs, strict=True)]


def _hash_seconds(path: Path) -> float:
    def work() -> None:
        with path.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")

    return median_seconds(work, RUNS)


def write_large_file(path: Path) -> None:
    """Write the file, one element a line as clearing houses do; the same bytes each time."""
    head = SAMPLE.read_text("utf-8").partition("<exchange>")[0]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(head + "<exchange>\n<exch>SIM</exch>\n")
        for product in range(1, PRODUCTS + 1):
            out.writelines(_futures(product))
            out.writelines(_options(product))
        out.write("</exchange>\n")
        out.writelines(_commodity(product) for product in range(1, PRODUCTS + 1))
        out.write("</clearingOrg>\n</pointInTime>\n</spanFile>\n")


def period(month: int) -> str:
    """Contract month number ``month``, from 0."""
    return f"2030{month + 1:02d}"


def _array(scan: int, delta: str) -> str:
    """16 amounts, no two arrays alike."""
    amounts = (move * scan * 1_000_003 // 3 for move in MOVES)
    texts = (f"{'-' if amount < 0 else ''}{abs(amount) // 10**6}.{abs(amount) % 10**6:06d}" for amount in amounts)
    return f"<ra><r>1</r>{''.join(f'<a>{text}</a>' for text in texts)}<d>{delta}</d></ra>\n"


def family(product: int, number: int, valuation: str) -> str:
    """The head of a family of contracts."""
    return (
        f"<pfId>{number}</pfId>\n<pfCode>P{product:02d}</pfCode>\n<name>Product {product}</name>\n"
        f"<currency>USD</currency>\n<cvf>50.0000000</cvf>\n<priceDl>2</priceDl>\n<valueMeth>{valuation}</valueMeth>\n"
        "<priceMeth>STD</priceMeth>\n<setlMeth>DELIV</setlMeth>\n"
    )


def _futures(product: int) -> Iterator[str]:
    yield "<futPf>\n" + family(product, product, "FUT")
    for month in range(MONTHS):
        yield (
            f"<fut>\n<cId>{month}</cId>\n<pe>{period(month)}</pe>\n<p>{6200 + month}.00</p>\n<d>1.000000</d>\n"
            "<v>0.000000</v>\n<cvf>50.0000000</cvf>\n<val>310000.00</val>\n<sc>1.000000</sc>\n"
            "<setlDate>20301218</setlDate>\n<t>0.076712</t>\n"
            "<scanRate>\n<r>1</r>\n<priceScan>17500.000000</priceScan>\n<volScan>0</volScan>\n</scanRate>\n"
        ) + _array(17500, "1.000000")
        yield "</fut>\n"
    yield "</futPf>\n"


def _options(product: int) -> Iterator[str]:
    yield "<oofPf>\n" + family(product, product + 100, "EQTY")
    for month in range(MONTHS):
        yield (
            f"<series>\n<pe>{period(month)}</pe>\n<v>0.158000</v>\n<setlDate>20301218</setlDate>\n<t>0.076712</t>\n"
            "<cvf>50.0000000</cvf>\n<svf>50.0000000</svf>\n<sc>1.000000</sc>\n\n"
            f"<undC>\n<exch>SIM</exch>\n<pfId>{product}</pfId>\n<cId>{month}</cId>\n<s>A</s>\n<i>1.000000</i>\n</undC>\n\n"
            "<intrRate>\n<val>0.041000</val>\n<rl>0</rl>\n</intrRate>\n\n<divRate>\n<val>0.000000</val>\n</divRate>\n\n"
            "<scanRate>\n<r>1</r>\n<priceScan>17500.000000</priceScan>\n<volScanPct>0.320000</volScanPct>\n</scanRate>\n\n"
        )
        for number in range(2 * STRIKES):
            yield _option(product * 97 + month * 7 + number, 5000 + number // 2 * 5, "CP"[number % 2])
        yield "</series>\n"
    yield "</oofPf>\n"


def _option(number: int, strike: int, right: str) -> str:
    return (
        f"<opt>\n<cId>{number}</cId>\n<o>{right}</o>\n<k>{strike}.00</k>\n<p>{strike % 97}.{number % 100:02d}</p>\n"
        f"<pq>0</pq>\n<d>0.000000</d>\n<v>0.{number % 9999:04d}00</v>\n<val>35150.00</val>\n\n"
        f"{_array(50 + number % 400, f'0.{number % 9973:04d}67')}</opt>\n\n"
    )


def _commodity(product: int) -> str:
    links = "".join(
        f"<pfLink><exch>SIM</exch><pfId>{number}</pfId><pfCode>P{product:02d}</pfCode><pfType>{kind}</pfType>{LINKS}"
        "</pfLink>\n"
        for number, kind in ((product, "FUT"), (product + 100, "OOF"))
    )
    legs = "".join(f"<tLeg><cc>P{product:02d}</cc><tn>0</tn><rs>{side}</rs><i>1.0</i></tLeg>\n" for side in "AB")
    return (
        f"<ccDef>\n<cc>P{product:02d}</cc>\n<name>Product {product}</name>\n<currency>USD</currency>\n{links}"
        "<intraTiers><tier><tn>0</tn></tier></intraTiers>\n<interTiers><tier><tn>0</tn></tier></interTiers>\n"
        "<dSpread><spread>1</spread><chargeMeth>F</chargeMeth>\n<rate><r>1</r><val>450.0</val></rate>\n"
        f"{legs}</dSpread>\n</ccDef>\n"
    )
