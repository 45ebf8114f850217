"""A gate that starts again on the record of the one before: what was held is held, what is over stays over."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from engine.span.parameters import ParameterSet
from engine.text import BadInputError, UserFacingError
from feeds.clock import SECOND
from feeds.gate_messages import LONGEST_LIFE, GateCancel, GateFilled, GateQuery, GateReply
from feeds.gate_records import FORMAT, Opened, opening
from feeds.gate_safety import GateLimits
from feeds.messages import VERSION
from feeds.sample_books import SampleMarket
from terminal.gate_files import NAME, claim, take_up
from terminal.gate_record import GateJournal
from tests.feeds.gate_stage import GENEROUS, Context, SampleDesk, Stage

SETTLING = GateLimits().settling
LARGE = 10**8


class Machine:
    """The clocks of a machine; its wall clock may be set, and it may be started again."""

    def __init__(self) -> None:
        self.wall, self.monotonic, self.boot = 10**18, 10**15, "a0"

    def wall_ns(self) -> int:
        return self.wall

    def monotonic_ns(self) -> int:
        return self.monotonic

    def advance(self, nanoseconds: int) -> None:
        self.wall += nanoseconds
        self.monotonic += nanoseconds

    def reboot(self, nanoseconds: int) -> None:
        """Off for so long."""
        self.wall += nanoseconds
        self.monotonic, self.boot = 5 * SECOND, self.boot + "1"


class Gates:
    """Gates on one record, one after the other; each ends without a word, as a killed one does."""

    def __init__(self, context: Context, desk: SampleDesk, machine: Machine, folder: Path) -> None:
        self.desk, self.machine, self.folder = desk, machine, folder
        self.most_bytes, self.most_files = LARGE, 3
        self._context = context
        self._end: Callable[[], None] = lambda: None

    @property
    def file(self) -> Path:
        return self.folder / NAME

    def start(self) -> Stage:
        """The next gate."""
        self.kill()
        self.desk.renew()
        taken_up = take_up(self.folder, self.machine, GENEROUS, self.machine.boot)
        journal = GateJournal(self.folder, self.most_bytes, self.most_files, 0.0, taken_up)
        stage = Stage(self._context, self.desk, self.machine, GENEROUS, journal, taken_up.earlier)

        def end() -> None:
            stage.close()
            journal.close()

        self._end = end
        return stage

    def kill(self) -> None:
        self._end()
        self._end = lambda: None

    def edit(self, change: Callable[[bytes], bytes]) -> None:
        """Change the file while nobody writes to it."""
        self.kill()
        self.file.write_bytes(change(self.file.read_bytes()))


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def gates(
    zmq_context: Context,
    sample_parameters: ParameterSet,
    sample_market: SampleMarket,
    machine: Machine,
    tmp_path: Path,
) -> Iterator[Gates]:
    desk = SampleDesk(sample_parameters, sample_market, machine)
    folder = tmp_path / "gate"
    folder.mkdir()
    gates = Gates(zmq_context, desk, machine, folder)
    yield gates
    gates.kill()


def test_the_last_headroom_is_not_given_twice(gates: Gates) -> None:
    most = gates.desk.most()
    assert gates.start().check(most).verdict == "passes"
    assert gates.start().check(1).verdict == "refused"


def test_an_order_passed_before_is_reported_by_its_client_alone(gates: Gates) -> None:
    most = gates.desk.most()
    held = gates.start().check(most).reservation
    stage = gates.start()
    assert stage.tell(GateCancel, held, client="other").state == "unknown"
    assert stage.filled(held, most - 3).remaining == (3,)
    assert stage.tell(GateCancel, held).state == "cancelled"


def test_what_was_cancelled_before_is_free(gates: Gates) -> None:
    most, stage = gates.desk.most(), gates.start()
    stage.tell(GateCancel, stage.check(most).reservation)
    stage = gates.start()
    assert stage.check(most).verdict == "passes"


def test_what_was_filled_before_counts_until_the_positions_show_it(gates: Gates, machine: Machine) -> None:
    most, stage = gates.desk.most(), gates.start()
    held = stage.check(most).reservation
    stage.filled(held, most)
    stage = gates.start()
    assert stage.tell(GateQuery, held).state == "filled"
    assert stage.check(1).verdict == "refused"
    machine.advance(SETTLING)
    gates.desk.renew()
    assert stage.check(1).verdict == "passes"


@pytest.mark.expects_log("used request .* for something else")
def test_a_cancellation_that_was_refused_gives_nothing_back(gates: Gates) -> None:
    most, stage = gates.desk.most(), gates.start()
    held = stage.check(most).reservation
    stage.tell(GateCancel, held, client="other")
    number = uuid.uuid4().bytes
    stage.ask(GateQuery(VERSION, "algo", number, held))
    stage.ask(GateCancel(VERSION, "algo", number, held))
    assert gates.start().check(1).verdict == "refused"


def test_a_reservation_ends_when_it_would_have_ended(gates: Gates, machine: Machine) -> None:
    most = gates.desk.most()
    gates.start().check(most, time_to_live=10 * SECOND)
    machine.advance(10 * SECOND - 1)
    stage = gates.start()
    assert stage.check(1).verdict == "refused"
    machine.advance(1)
    gates.desk.renew()
    assert stage.check(1).verdict == "passes"


def test_a_wall_clock_that_is_set_neither_shortens_nor_prolongs_what_is_held(gates: Gates, machine: Machine) -> None:
    most = gates.desk.most()
    for step in (3600 * SECOND, -3600 * SECOND):
        gates.start().check(most, time_to_live=10 * SECOND)
        machine.wall += step
        machine.advance(9 * SECOND)
        stage = gates.start()
        assert stage.check(1).verdict == "refused"
        machine.advance(SECOND)
        gates.desk.renew()
        assert stage.tell(GateCancel, stage.check(most).reservation).state == "cancelled"


def test_after_the_machine_was_off_the_wall_clock_tells_how_long(gates: Gates, machine: Machine) -> None:
    most = gates.desk.most()
    gates.start().check(most, time_to_live=60 * SECOND)
    machine.reboot(40 * SECOND)
    assert gates.start().check(1).verdict == "refused"
    machine.advance(19 * SECOND)
    stage = gates.start()
    assert stage.check(1).verdict == "refused"
    machine.advance(SECOND)
    gates.desk.renew()
    assert stage.check(1).verdict == "passes"


def test_a_wall_clock_that_has_gone_back_while_the_machine_was_off_ends_nothing_early(
    gates: Gates, machine: Machine
) -> None:
    most = gates.desk.most()
    gates.start().check(most, time_to_live=60 * SECOND)
    machine.reboot(-3600 * SECOND)
    stage = gates.start()
    machine.advance(59 * SECOND)
    gates.desk.renew()
    assert stage.check(1).verdict == "refused"
    machine.advance(SECOND)
    gates.desk.renew()
    assert stage.check(1).verdict == "passes"


def test_the_same_bytes_get_the_same_answer_from_the_next_gate(gates: Gates) -> None:
    stage = gates.start()
    passes, refused = stage.asking(2), stage.asking(gates.desk.most() + 1)
    answers = [stage.ask(each) for each in (passes, refused)]
    held = answers[0]
    assert isinstance(held, GateReply)
    report = GateFilled(VERSION, "algo", uuid.uuid4().bytes, held.reservation, (1,))
    answers.append(stage.ask(report))
    stage = gates.start()
    assert [stage.ask(each) for each in (passes, refused, report)] == answers
    assert len(stage.gate.reservations) == 1


@pytest.mark.expects_log("used request .* for something else")
def test_a_request_used_before_is_not_used_for_something_else(gates: Gates) -> None:
    stage = gates.start()
    asked = stage.asking(2)
    stage.ask(asked)
    stage = gates.start()
    other = stage.ask(msgspec.structs.replace(asked, account="other"))
    assert isinstance(other, GateReply)
    assert other.reasons == ("the request number was used for something else",)


def test_full_files_go_and_what_they_hold_does_not(gates: Gates) -> None:
    most = gates.desk.most()
    gates.most_bytes, gates.most_files = 20_000, 1
    stage = gates.start()
    held = stage.check(most, time_to_live=3600 * SECOND).reservation
    while not (gates.folder / "gate-3.jsonl").exists():
        stage.check(most)
    assert not (gates.folder / "gate-2.jsonl").exists()
    for file in gates.folder.glob("gate-*.jsonl"):
        file.unlink()
    stage = gates.start()
    assert stage.filled(held, 1).remaining == (most - 1,)
    assert stage.check(1).verdict == "refused"


def test_what_was_withdrawn_and_filled_before_goes_over_into_the_next_file(gates: Gates) -> None:
    gates.most_bytes = 20_000
    stage = gates.start()
    held = stage.check(5).reservation
    stage.tell(GateCancel, held)
    stage.filled(held, 2)
    while not (gates.folder / "gate-1.jsonl").exists():
        stage.check(1)
    gates.kill()
    (gates.folder / "gate-1.jsonl").unlink()
    told = gates.start().tell(GateQuery, held)
    assert (told.state, told.filled, told.remaining) == ("cancelled", (2,), (0,))


def test_what_is_over_is_let_go_of_and_nothing_else(
    gates: Gates, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.gate_course.MOST_EVENTS", 3)
    monkeypatch.setattr("feeds.gate_course.MOST_ENDED", 1)
    most, stage = gates.desk.most(), gates.start()
    kept = stage.check(most - 9).reservation
    stage.filled(kept, 4)
    settling = stage.check(3).reservation
    stage.filled(settling, 2)
    stage.tell(GateCancel, settling)
    over = [stage.check(1, time_to_live=SECOND).reservation for _ in range(3)]
    over += [stage.check(1).reservation for _ in range(3)]
    for each in over[3:]:
        stage.tell(GateCancel, each)
    machine.advance(SECOND)
    stage = gates.start()
    assert [stage.tell(GateQuery, each).state for each in (kept, settling)] == ["held", "cancelled"]
    assert [stage.tell(GateQuery, each).state for each in over] == ["unknown"] * 5 + ["cancelled"]
    assert stage.check(8).verdict == "refused"
    assert stage.check(7).verdict == "passes"


def test_a_file_that_was_not_begun_again_is_not_missed(gates: Gates) -> None:
    """Killed between the end of one file and the start of the next."""
    most = gates.desk.most()
    gates.start().check(most)
    gates.kill()
    gates.file.rename(gates.folder / "gate-7.jsonl")
    assert gates.start().check(1).verdict == "refused"
    gates.kill()
    (gates.folder / "gate-7.jsonl").unlink()
    assert gates.start().check(1).verdict == "refused"


@pytest.mark.expects_log("half a line at its end")
def test_half_a_line_at_the_end_is_set_aside_and_kept(gates: Gates) -> None:
    most = gates.desk.most()
    stage = gates.start()
    stage.check(most - 1)
    stage.check(1)
    gates.edit(lambda content: content[:-40])
    stage = gates.start()
    assert stage.check(2).verdict == "refused"
    assert stage.check(1).verdict == "passes"
    lines = [json.loads(line) for line in gates.file.read_text().splitlines()]
    assert '"gate-check"' in lines[2]["opened"]["set_aside"]
    assert gates.start().gate.closed_because is None


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a letter": lambda content: content.replace(b'"algo"', b'"alga"', 1),
    "the start": lambda content: b"x" + content[1:],
    "zeros": lambda content: content[:600] + bytes(64) + content[664:],
    "a whole line of something else": lambda content: content + b"something else\n",
}


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.expects_log("is damaged: what orders passed earlier hold is not known", "gate: the gate is closed")
def test_damage_lets_nothing_pass_but_what_reduces_risk_until_nothing_can_be_held(
    gates: Gates, machine: Machine, what: str
) -> None:
    stage = gates.start()
    stage.check(1, time_to_live=SECOND)
    gates.edit(DAMAGE[what])
    gates.desk.hold(10)
    stage = gates.start()
    refused = stage.check(1)
    assert refused.verdict == "refused"
    assert refused.reasons == (
        "the gate is closed: its record is damaged, and what orders passed earlier hold is not known",
    )
    assert stage.check(-1).verdict == "passes"
    machine.advance(LONGEST_LIFE - 2)
    stage = gates.start()
    assert stage.check(1).verdict == "refused"
    machine.advance(2)
    gates.desk.renew()
    assert stage.check(1).verdict == "passes"


@pytest.mark.expects_log("is damaged", "gate: the gate is closed")
def test_a_new_file_keeps_in_mind_that_an_earlier_one_was_damaged(gates: Gates) -> None:
    gates.most_bytes = 20_000
    gates.start().check(1)
    gates.edit(DAMAGE["a letter"])
    stage = gates.start()
    while not (gates.folder / "gate-1.jsonl").exists():
        stage.check(1)
    gates.kill()
    (gates.folder / "gate-1.jsonl").unlink()
    assert gates.start().check(1).verdict == "refused"


def test_damage_to_a_file_whose_successor_says_all_that_is_held_harms_nobody(gates: Gates) -> None:
    most = gates.desk.most()
    gates.most_bytes = 20_000
    stage = gates.start()
    stage.check(most, time_to_live=3600 * SECOND)
    while not (gates.folder / "gate-1.jsonl").exists():
        stage.check(1)
    gates.kill()
    ended = gates.folder / "gate-1.jsonl"
    ended.write_bytes(ended.read_bytes().replace(b'"algo"', b'"alga"'))
    stage = gates.start()
    assert stage.gate.closed_because is None
    assert stage.check(1).verdict == "refused"


@pytest.mark.expects_log("is damaged", "half a line")
def test_every_single_letter_that_is_changed_is_noticed(gates: Gates, tmp_path: Path) -> None:
    gates.start().check(1)
    gates.kill()
    content = gates.file.read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    for place in (*range(0, len(content) - 1, 7), len(content) - 1):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (other / NAME).write_bytes(changed)
        try:
            taken_up = take_up(other, gates.machine, GENEROUS, gates.machine.boot)
        except BadInputError:
            continue
        assert taken_up.earlier.closed_until or taken_up.torn, place


def test_a_record_of_the_first_format_is_not_taken_for_one_without_orders(gates: Gates) -> None:
    gates.file.write_text('{"received":1,"answered":2,"sha256":"","message":{"type":"gate-check"},"answer":{}}\n')
    with pytest.raises(BadInputError, match=r"gate\.jsonl:1: it is a record of another version .* move it"):
        gates.start()


def test_a_record_of_a_later_format_is_not_guessed_at(gates: Gates) -> None:
    gates.file.write_bytes(opening(Opened(FORMAT + 1, "a0", 1, 1, 0)))
    with pytest.raises(BadInputError, match="it is a record of another version"):
        gates.start()


def test_one_gate_a_folder(gates: Gates) -> None:
    lock = claim(gates.folder)
    with pytest.raises(BadInputError, match=r"palisade gate, process .* is using it"):
        claim(gates.folder)
    lock.close()
    claim(gates.folder).close()


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "gate").write_text("")
    with pytest.raises(UserFacingError, match="decisions cannot be recorded"):
        claim(tmp_path / "gate")


def test_a_record_that_cannot_be_read_is_told(gates: Gates) -> None:
    gates.file.mkdir()
    with pytest.raises(UserFacingError, match="the record is not readable"):
        gates.start()
