"""A close that was really proposed, signed and filled, reviewed from its records; written as JSON and as PDF."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.audit import Record, encode_payload
from engine.audit_events import OrderReported, PlannedOrder, Proposed, told
from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from engine.authorisation.statement import shown_digest
from engine.close_fills import Fill
from engine.close_review import review_of
from engine.numbers import PRICE
from feeds.checkpoints import Checkpoints
from feeds.clock import SystemClock
from terminal.catalogue import translator
from terminal.cli import main
from terminal.close_json import review_as_json
from terminal.close_pdf import review_as_report
from terminal.close_words import basis_points
from tests.engine.authorisation.cast import staff_changes
from tests.feeds.audit_trail import altered
from tests.feeds.authority_stage import Context, Stage
from tests.terminal.archives import LOG


@pytest.fixture
def closed(zmq_context: Context, tmp_path: Path) -> Instruction:
    """A close that went through, after its maker had tried to approve it; its stores are signed and closed."""
    stage = Stage(zmq_context, tmp_path, SystemClock(), with_people=False)
    for change in staff_changes():
        assert stage.answer(stage.client.change_people(change)).accepted
    executor = stage.open_executor()
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    assert not stage.sign(made, Act.APPROVE, made.maker).accepted
    for person, role, language, shown in (
        ("officer", "risk officer", "en", shown_digest(made, translator("en")).hex()),
        ("director", "trading director", "zh_Hans", "something else"),
    ):
        words = (role, f"station of {person}", language, shown)
        assert stage.answer(stage.client.saw(made.fingerprint, person, *words)).accepted
    assert stage.sign(made, Act.APPROVE, "officer").accepted
    assert stage.sign(made, Act.APPROVE, "director").accepted
    stage.until_state(made, State.DONE)
    for records in (stage.store.records, executor._store.records):
        Checkpoints(records, LOG, "close/log", stage.clock).sign()
    stage.close()
    return made


def report(folder: Path, instruction: str, *options: object) -> int:
    stores = ["--store", str(folder / "authority"), "--store", str(folder / "executor")]
    return main(["audit", "report", instruction, *stores, *map(str, options)])


def test_the_review_tells_who_signed_what_when_and_plan_against_fills(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(tmp_path, closed.identity.hex()) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["instruction"], found["state"], found["account"]) == (closed.identity.hex(), "done", closed.account)
    signed = [(each["act"], each["person"]) for each in found["seen_and_signed"] if "act" in each]
    assert signed == [("propose", closed.maker), ("approve", "officer"), ("approve", "director")]
    assert [each["signature_holds"] for each in found["seen_and_signed"] if "act" in each] == [True] * 3
    assert [step["step"] for step in found["steps"]] == [
        "first signature",
        "second signature",
        "reserved",
        "first order sent",
        "last report",
    ]
    since = [step["microseconds_since_proposal"] for step in found["steps"]]
    assert since == sorted(since)
    (order,) = found["orders"]
    assert (order["filled"], order["quantity"], order["state"]) == (10, 10, "filled")
    assert order["sent"] <= order["ended"]
    assert any(moment["kind"] == "attempt refused" for moment in found["timeline"])
    times = [moment["time"] for moment in found["timeline"]]
    assert times == sorted(times)
    assert all(len(time) == len("2026-11-28T04:00:00.000000Z") for time in times)
    assert all(each["sound"] for each in found["verified"])


def test_what_a_person_saw_and_signed_is_the_same_text_unless_their_station_showed_another(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(tmp_path, closed.identity.hex()) == 0
    found = json.loads(capsys.readouterr().out)["seen_and_signed"]
    signed = {each["person"]: each["text"] for each in found if each.get("act") == "approve"}
    saw = {each["person"]: each["text"] for each in found if "act" not in each}
    assert saw["officer"] == signed["officer"]
    assert saw["director"] != signed["director"]


def test_slippage_is_told_in_points_and_in_money_by_the_snapshot_that_was_signed(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten contracts of a thousand barrels were sold at 70; planned on 72, in a market of 71.98 to 72.04."""
    assert report(tmp_path, closed.identity.hex()) == 0
    found = json.loads(capsys.readouterr().out)
    (order,) = found["orders"]
    assert (order["currency"], order["arrival"], order["slippage"]) == ("USD", "72.01", "2")
    assert order["against_expected"] == {"points": "2", "money": "20000.00", "problem": None}
    assert order["against_arrival"] == {"points": "2.01", "money": "20100.00", "problem": None}
    (contract,) = found["slippage"]["by_contract"]
    assert (contract["contract"], contract["filled"]) == (closed.orders[0].contract, 10)
    assert contract["against_arrival"] == {"points_times_contracts": "20.1", "money": "20100.00", "problem": None}
    (currency,) = found["slippage"]["by_currency"]
    assert currency == found["slippage"]["in_desk_currency"]
    assert (currency["currency"], currency["against_expected"]["money"]) == ("USD", "20000.00")


@pytest.mark.parametrize(
    ("alteration", "said"),
    [
        ("DELETE FROM blobs WHERE sha256 = x'{inputs}'", "input snapshot: it is not kept"),
        (
            "UPDATE records SET payload = CAST(replace(CAST(payload AS TEXT), '{inputs}', '{zeros}') AS BLOB)",
            "the input snapshot on record is not the one that the instruction names",
        ),
    ],
)
def test_without_the_snapshot_that_was_signed_money_is_not_told_and_the_reason_is(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str], alteration: str, said: str
) -> None:
    altered(tmp_path / "authority", alteration.format(inputs=closed.path.inputs.hex(), zeros="0" * 64))
    report(tmp_path, closed.identity.hex())
    found = json.loads(capsys.readouterr().out)
    (order,) = found["orders"]
    assert order["against_expected"] == {"points": "2", "money": None, "problem": said}
    assert order["against_arrival"] == {"points": None, "money": None, "problem": said}
    assert found["slippage"]["by_currency"][0]["against_expected"]["problem"] == said


def test_the_beginning_of_an_identity_is_enough_and_an_unknown_one_is_refused(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(tmp_path, closed.identity.hex()[:6], "--json", tmp_path / "review.json") == 0
    assert json.loads((tmp_path / "review.json").read_text("utf-8"))["state"] == "done"
    assert report(tmp_path, "ffff") == 2
    said = capsys.readouterr().err
    assert "it names no instruction, or more than one; the last ones are" in said
    assert closed.identity.hex() in said


def test_the_review_is_written_as_pdf(closed: Instruction, tmp_path: Path, qapp: object) -> None:
    assert report(tmp_path, closed.identity.hex(), "--pdf", tmp_path / "review.pdf") == 0
    content = (tmp_path / "review.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(content) > 10_000


def test_records_that_were_altered_are_said_to_be_so(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    altered(tmp_path / "authority", "UPDATE records SET actor = 'somebody' WHERE kind = 'attempt refused'")
    assert report(tmp_path, closed.identity.hex()) == 1
    found = json.loads(capsys.readouterr().out)["verified"]
    assert [each["sound"] for each in found] == [False, True]
    assert "is not the record that its hash was made of" in found[0]["finding"]


@pytest.mark.parametrize(
    ("alteration", "said"),
    [
        (
            "UPDATE blobs SET content = zeroblob(3373) WHERE length(content) = 3373",
            "missing or altered",
        ),
        ("DELETE FROM blobs WHERE length(content) = 3373", "it is not kept"),
        ("DELETE FROM records WHERE kind = 'people changed'", "the key is not on record"),
    ],
)
def test_signatures_that_cannot_be_proven_are_said_to_be_so(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str], alteration: str, said: str
) -> None:
    altered(tmp_path / "authority", alteration)
    assert report(tmp_path, closed.identity.hex()) == 1
    found = [each for each in json.loads(capsys.readouterr().out)["seen_and_signed"] if "act" in each]
    assert not any(each["signature_holds"] for each in found)
    assert all(said in each["signature_problem"] for each in found)


def test_a_record_that_tells_of_other_words_than_were_signed_is_found(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replaced = """replace(CAST(payload AS TEXT), '"act":"approve"', '"act":"veto"')"""
    altered(tmp_path / "authority", f"UPDATE records SET payload = CAST({replaced} AS BLOB)")
    assert report(tmp_path, closed.identity.hex()) == 1
    found = [each for each in json.loads(capsys.readouterr().out)["seen_and_signed"] if "act" in each]
    assert [each["signature_problem"] for each in found] == [None] + [
        "the words that were signed are not those on record"
    ] * 2


def test_an_archive_is_reviewed_like_its_store(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("authority", "executor"):
        assert main(["audit", "export", str(tmp_path / name), str(tmp_path / f"{name}.archive")]) == 0
    capsys.readouterr()
    sources = ["--store", str(tmp_path / "authority.archive"), "--store", str(tmp_path / "executor.archive")]
    assert main(["audit", "report", closed.identity.hex(), *sources]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["signature_holds"] for each in found["seen_and_signed"] if "act" in each] == [True] * 3


def test_a_payload_that_does_not_fit_its_kind_is_named(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = encode_payload({"other": 1}).hex()
    altered(tmp_path / "executor", f"UPDATE records SET payload = x'{payload}' WHERE kind = 'order sent'")
    assert report(tmp_path, closed.identity.hex()) == 2
    assert "verify the records first" in capsys.readouterr().err


def test_stores_without_instructions_are_told(
    closed: Instruction, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "report", "ab", "--store", str(tmp_path / "executor")]) == 2
    assert "no instruction is on record; give the authority's record store" in capsys.readouterr().err


ORDER = PlannedOrder("ab-000", "SIM:CL:FUT:202701", "sell", "close", 10, 70 * PRICE, 72 * PRICE)


@pytest.mark.parametrize(
    ("side", "average", "worse", "points"),
    [
        ("sell", 71 * PRICE, 1 * PRICE, "138.9"),
        ("buy", 71 * PRICE, -1 * PRICE, "-138.9"),
        ("sell", 73 * PRICE, -PRICE, "-138.9"),
    ],
)
def test_slippage_is_how_much_worse_than_expected(side: str, average: int, worse: int, points: str) -> None:
    planned = PlannedOrder("ab-000", ORDER.contract, side, "close", 10, None, 72 * PRICE)
    fill = Fill(planned, 1, "filled", 10, average, 2)
    assert (fill.slippage, basis_points(fill)) == (worse, points)


def test_what_is_known_of_fills_never_shrinks() -> None:
    """The gate and the authority tell of the same order one after the other."""
    proposed = Proposed(
        "ab", "cd", "A-1", "maker", "desk 1", "why", "USD", 1, 1, None, None, None, None, 0, 1, True, "", (), (ORDER,)
    )
    events = [
        proposed,
        OrderReported("ab", "ab-000", "working", 4, 71 * PRICE, "", 0),
        OrderReported("ab", "ab-000", "filled", 10, 71 * PRICE, "", 0),
        OrderReported("ab", "ab-000", "working", 4, 71 * PRICE, "", 0),
    ]
    records = [
        Record(number, number, number, bytes(16), 0, "gate", kind, encode_payload(payload))
        for number, (kind, payload) in enumerate(map(told, events))
    ]
    review = review_of("ab", records)
    assert review is not None
    assert (review.fills[0].filled, review.fills[0].state, review.fills[0].sent) == (10, "filled", None)
    assert review_of("ef", records) is None


def test_orders_that_were_one_are_told_as_one_and_older_records_are_still_read() -> None:
    legs = tuple(replace(ORDER, order=f"ab-00{place}", group=1) for place in range(2))
    proposed = Proposed(
        "ab", "cd", "A-1", "maker", "desk 1", "why", "USD", 1, 1, None, None, None, None, 0, 1, True, "", (), legs
    )
    kind, payload = told(proposed)
    records = [Record(0, 0, 0, bytes(16), 0, "authority", kind, encode_payload(payload))]
    review = review_of("ab", records)
    assert review is not None
    document = json.loads(review_as_json(review, ()))
    assert [each["all_or_none_group"] for each in document["orders"]] == [1, 1]
    (orders,) = [table for table in review_as_report(review, ()).tables if str(table.title) == "Plan against fills"]
    assert [str(row[1]) for row in orders.rows] == ["sell close, all or none 1"] * 2
    for each in payload["orders"]:
        del each["group"]
    older = Record(0, 0, 0, bytes(16), 0, "authority", kind, encode_payload(payload))
    review = review_of("ab", [older])
    assert review is not None
    assert [fill.planned.group for fill in review.fills] == [0, 0]
