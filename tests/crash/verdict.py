"""Whether a store that was killed has all that was acknowledged, nothing by halves, and every hash right."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from engine.merkle import Tree, root_of
from feeds.audit_archive import write_archive
from feeds.record_store import RecordStore
from terminal.audit_verifier import Verifier
from tests.crash.work import COUNTERS


def faults_of(folder: Path, acknowledged: int) -> list[str]:
    """What is wrong with the store in ``folder``, of which rows below ``acknowledged`` had been acknowledged."""
    store = RecordStore(folder, COUNTERS, "the judge")
    faults = list[str]()
    try:
        rows = [row[0] for row in store.query("SELECT k FROM counters ORDER BY k")]
        records, tree = list(store.records()), Tree()
        for record in records:
            tree, _ = tree.grown(record.leaf)
        if rows != list(range(len(rows))):
            faults.append(f"rows are missing: {rows[:3]} to {rows[-3:]}")
        if [record.content()["k"] for record in records] != rows:
            faults.append(f"{len(records)} records, {len(rows)} rows")
        if len(rows) < acknowledged:
            faults.append(f"{acknowledged} were acknowledged, {len(rows)} are there")
        if not tree.root == store.root == root_of(store.node, store.size):
            faults.append("the tree is not that of the records")
        if store.newest_checkpoint() is not None:
            archive = BytesIO()
            write_archive(store, archive)
            archive.seek(0)
            Verifier().verify(archive)
    finally:
        store.close()
    return faults
