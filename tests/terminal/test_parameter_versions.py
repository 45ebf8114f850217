"""Versions of parameters: read beside the one in force, offered, confirmed, taken back; and what warns."""

import time
from contextlib import contextmanager
from datetime import datetime

import pytest

from engine.span.findings import Severity, Topic
from engine.span.progress import CancelledError
from engine.text import BadInputError
from feeds.clock import SECOND
from terminal import parameter_loading
from terminal.parameter_versions import LOOK, ParameterSource, ParameterVersions
from tests.feeds.driving import ManualClock
from tests.terminal.market_files import GONE, NEXT_DATE, NEXT_VERSION, VERSION, age, next_day, put, today

DAY = 86_400 * SECOND


def noon(date):
    """Wall nanoseconds of noon of that date on this machine."""
    return int(datetime.strptime(f"{date} 12", "%Y%m%d %H").timestamp()) * SECOND


@pytest.fixture
def file(tmp_path):
    return put(tmp_path / "market.spn", today())


@pytest.fixture
def clock():
    return ManualClock(noon("20261120"))


@pytest.fixture
def run(tmp_path, clock):
    """Starts versions on a place; each is closed at its end."""

    @contextmanager
    def begin(place, **more):
        versions = ParameterVersions(ParameterSource(place, folder=tmp_path / "cache", **more), clock)
        try:
            versions.start(lambda done, total: True)
            yield versions
        finally:
            versions.close()

    return begin


def until(versions, condition, what):
    """Let the versions work until a condition holds; whether another version came into force meanwhile."""
    deadline, switched = time.monotonic() + 30, False
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        switched |= versions.tick()
        time.sleep(0.002)
    return switched


def look(versions, clock, times=2):
    """Let the configured file be looked at."""
    for _ in range(times):
        clock.advance(LOOK)
        versions.tick()


def offer(versions):
    until(versions, lambda: versions.news().offer is not None, "an offer")
    return versions.news().offer


def in_force(versions):
    return versions.in_force.origin.version


def said(versions):
    return [str(warning) for warning in versions.warnings()]


def test_a_file_asked_for_is_offered_and_not_in_force(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        found = offer(versions)
        assert (found.in_force.version, found.new.version, found.asked_for) == (VERSION, NEXT_VERSION, True)
        assert in_force(versions) == VERSION


def test_an_offer_tells_what_differs(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day(scan="35000.000000")))
        found = offer(versions)
        gone = next(one for one in found.findings if one.topic is Topic.CONTRACTS_GONE)
        assert GONE in str(gone.sentence)
        assert {one.topic for one in found.findings if one.severity is Severity.WARNING} >= {Topic.PRICE_RANGE}
        assert not found.blocked


def test_what_is_accepted_is_in_force(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.accept(offer(versions).number)
        assert versions.tick()
        assert in_force(versions) == NEXT_VERSION
        assert versions.news().offer is None
        assert versions.news().other.version == VERSION
        assert not versions.tick()


def test_an_answer_to_an_earlier_offer_does_nothing(run, file, tmp_path):
    with run(file) as versions:
        other = put(tmp_path / "other.spn", next_day())
        versions.load(other)
        first = offer(versions).number
        versions.load(put(other, next_day(remark="again")))
        until(versions, lambda: offer(versions).number != first, "another offer")
        versions.accept(first)
        assert not versions.tick()
        assert in_force(versions) == VERSION


def test_a_blocked_offer_cannot_be_put_in_force(run, file, tmp_path):
    with run(put(file, next_day())) as versions:
        versions.load(put(tmp_path / "old.spn", today()))
        found = offer(versions)
        assert found.blocked
        versions.accept(found.number)
        assert not versions.tick()
        assert in_force(versions) == NEXT_VERSION


def test_a_declined_file_is_let_go(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.decline(offer(versions).number)
        assert not versions.tick()
        assert (versions.news().offer, said(versions)) == (None, [])


def test_one_goes_back_and_forth_between_two_versions(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.accept(offer(versions).number)
        versions.tick()
        versions.switch_back(versions.news().other.sha256)
        assert versions.tick()
        assert in_force(versions) == VERSION
        assert said(versions) == [f"{VERSION} is in force again, {NEXT_VERSION} is set aside"]
        versions.switch_back(versions.news().other.sha256)
        assert versions.tick()
        assert (in_force(versions), said(versions)) == (NEXT_VERSION, [])


def test_going_back_to_a_version_that_is_not_at_hand_does_nothing(run, file):
    with run(file) as versions:
        versions.switch_back("0" * 64)
        assert not versions.tick()


def test_what_waits_is_compared_again_after_going_back(run, file, tmp_path, clock):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.accept(offer(versions).number)
        versions.tick()
        put(file, next_day(date="20261124"))
        look(versions, clock)
        assert offer(versions).in_force.version == NEXT_VERSION
        versions.switch_back(versions.news().other.sha256)
        versions.tick()
        assert versions.news().offer is None
        assert offer(versions).in_force.version == VERSION


@pytest.mark.parametrize("content", ["", "<spanFile><fileFormat>4.00</fileFormat>", "no parameters"])
def test_a_broken_file_asked_for_is_told_and_changes_nothing(run, file, tmp_path, content):
    with run(file) as versions:
        versions.load(put(tmp_path / "broken.spn", content))
        until(versions, lambda: versions.news().problem is not None, "the problem")
        assert "broken.spn" in str(versions.news().problem)
        assert (in_force(versions), said(versions)) == (VERSION, [])


def test_a_file_that_is_refused_is_not_offered(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "refused.spn", next_day().replace("PERIOD</oop", "CONTRACT</oop")))
        until(versions, lambda: versions.news().problem is not None, "the problem")
        assert "oopDeltaMeth" in str(versions.news().problem)


def test_the_file_in_force_asked_for_again_is_told_as_such(run, file):
    with run(file) as versions:
        versions.load(file)
        until(versions, lambda: versions.news().problem is not None, "the answer")
        assert str(versions.news().problem) == f"market.spn is in force already: {VERSION}"


def test_reading_can_be_cancelled_and_says_how_far_it_is(run, file, tmp_path, monkeypatch):
    monkeypatch.setattr(parameter_loading, "LONG", 0)
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.cancel()
        versions.tick()
        assert versions.news().loading.file == "other.spn"
        until(versions, lambda: versions.news().loading is None, "the end")
        assert (versions.news().offer, versions.news().problem) == (None, None)


def test_the_configured_file_written_anew_is_offered_and_a_warning_lasts(run, file, clock):
    with run(file) as versions:
        put(file, next_day())
        look(versions, clock)
        found = offer(versions)
        assert not found.asked_for
        versions.decline(found.number)
        look(versions, clock, 5)
        assert said(versions) == [f"{NEXT_VERSION} (market.spn) is there and not in force: review it"]
        versions.accept(found.number)
        versions.tick()
        assert (in_force(versions), said(versions)) == (NEXT_VERSION, [])


def test_a_file_that_is_still_being_written_is_not_read(run, file, clock):
    with run(file) as versions:
        for length in (1000, 2000, 3000):
            put(file, next_day()[:length])
            look(versions, clock, 1)
            assert versions.news().loading is None
        assert said(versions) == []


def test_the_same_content_written_anew_is_no_news(run, file, clock):
    with run(file) as versions:
        put(file, today())
        look(versions, clock)
        until(versions, lambda: versions.news().loading is None, "the end of the reading")
        assert (versions.news().offer, versions.news().problem, said(versions)) == (None, None, [])


def test_the_newest_file_of_a_folder_counts(run, tmp_path, clock):
    folder = tmp_path / "daily"
    folder.mkdir()
    age(put(folder / "a.spn", today()), 60)
    (folder / "notes.txt").write_text("not this")
    with run(folder) as versions:
        assert in_force(versions) == VERSION
        put(folder / "b.spn", next_day())
        look(versions, clock)
        assert offer(versions).new.file == "b.spn"


def test_a_broken_file_at_a_switch_leaves_the_old_in_force_and_a_warning_until_it_is_whole(run, file, clock):
    with run(file) as versions:
        put(file, today()[:50_000])
        look(versions, clock)
        until(versions, lambda: said(versions), "the warning")
        assert said(versions)[0].endswith(f"; {VERSION} stays in force")
        assert said(versions)[0].startswith("market.spn: ")
        look(versions, clock, 5)
        assert len(said(versions)) == 1
        put(file, next_day())
        look(versions, clock)
        versions.accept(offer(versions).number)
        versions.tick()
        assert (in_force(versions), said(versions)) == (NEXT_VERSION, [])


def test_a_missing_file_is_warned_of_until_it_is_back(run, file, clock):
    with run(file) as versions:
        file.unlink()
        look(versions, clock)
        assert said(versions) == [f"{file} is missing; {VERSION} stays in force"]
        put(file, today())
        look(versions, clock)
        until(versions, lambda: not said(versions), "the end of the warning")


def test_a_person_decides_in_peace_and_the_configured_file_has_its_turn_after(run, file, tmp_path, clock):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        asked = offer(versions)
        put(file, next_day(date="20261124"))
        look(versions, clock, 5)
        assert versions.news().offer is asked
        versions.decline(asked.number)
        look(versions, clock)
        assert offer(versions).new.business_date == "20261124"


def test_a_configured_file_that_had_to_make_way_is_offered_again(run, file, tmp_path, clock):
    with run(file) as versions:
        put(file, next_day(date="20261124"))
        look(versions, clock)
        first = offer(versions)
        versions.load(put(tmp_path / "other.spn", next_day()))
        until(versions, lambda: versions.news().offer is not first, "the other offer")
        versions.decline(versions.news().offer.number)
        look(versions, clock, 3)
        assert offer(versions).new == first.new


@pytest.mark.expects_log("falling back on SAMPLE-20261120-final")
@pytest.mark.parametrize("damage", ["missing", "broken", "refused"])
def test_at_the_start_the_version_last_in_force_stands_in(run, file, clock, damage):
    with run(file):
        pass
    if damage == "missing":
        file.unlink()
    elif damage == "broken":
        put(file, next_day()[:70_000])
    else:
        put(file, next_day().replace("PERIOD</oop", "CONTRACT</oop"))
    with run(file) as versions:
        assert in_force(versions) == VERSION
        assert len(said(versions)) == 1
        assert said(versions)[0].endswith(f"; {VERSION} stays in force")
        look(versions, clock, 3)
        assert len(said(versions)) == 1
        put(file, next_day())
        look(versions, clock)
        versions.accept(offer(versions).number)
        versions.tick()
        assert (in_force(versions), said(versions)) == (NEXT_VERSION, [])


@pytest.mark.expects_log("falling back on SAMPLE-20261123-final")
def test_the_version_last_confirmed_is_the_one_that_stands_in(run, file, tmp_path):
    with run(file) as versions:
        versions.load(put(tmp_path / "other.spn", next_day()))
        versions.accept(offer(versions).number)
        versions.tick()
    file.unlink()
    with run(file) as versions:
        assert in_force(versions) == NEXT_VERSION


def test_without_a_version_to_stand_in_the_error_is_told(run, tmp_path):
    with pytest.raises(BadInputError, match="the file does not exist"), run(tmp_path / "none.spn"):
        pass


@pytest.mark.expects_log("the record of the parameters last in force is damaged")
def test_a_damaged_record_is_noticed(run, file, tmp_path):
    with run(file):
        pass
    (record,) = (tmp_path / "cache").glob("*.in-force")
    record.write_text(record.read_text().replace(VERSION, NEXT_VERSION))
    file.unlink()
    with pytest.raises(BadInputError, match="the file does not exist"), run(file):
        pass


@pytest.mark.expects_log("the record of the parameters last in force cannot be used")
@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"{}", b"[1]"])
def test_a_record_that_is_none_is_noticed(run, file, tmp_path, content):
    with run(file):
        pass
    (record,) = (tmp_path / "cache").glob("*.in-force")
    record.write_bytes(content)
    file.unlink()
    with pytest.raises(BadInputError, match="the file does not exist"), run(file):
        pass


def test_a_cancelled_start_falls_back_on_nothing(file, tmp_path, clock):
    source = ParameterSource(file, folder=tmp_path / "cache")
    versions = ParameterVersions(source, clock)
    with pytest.raises(CancelledError):
        versions.start(lambda done, total: False)


def test_old_parameters_are_warned_of_once_the_days_have_passed(run, file, clock):
    with run(file, max_age_days=4) as versions:
        clock.now = noon("20261124")
        assert said(versions) == []
        clock.advance(DAY)
        assert said(versions) == ["the parameters in force are 5 days old"]


def test_the_age_can_be_let_be(run, file, clock):
    with run(file) as versions:
        clock.advance(1000 * DAY)
        assert said(versions) == []


def test_a_convention_chosen_by_name_does_not_hang_on_the_file(run, file, tmp_path):
    with run(file, convention="CME") as versions:
        versions.load(put(tmp_path / "other.spn", next_day().replace("<ec>SAMPLE</ec>", "<ec>NOBODY</ec>")))
        found = offer(versions)
        blocking = [one.place for one in found.findings if one.severity is Severity.ERROR]
        assert blocking == ["clearingOrg"]
        assert found.new.business_date == NEXT_DATE


def test_yesterdays_version_is_at_hand_from_the_start_and_what_changed_is_known(run, file, clock):
    with run(file):
        pass
    put(file, next_day())
    for _ in range(2):
        with run(file) as versions:
            until(versions, lambda: versions.news().other is not None, "yesterday's version")
            assert (in_force(versions), versions.news().other.version) == (NEXT_VERSION, VERSION)
            changes = {one.topic for one in versions.news().since.findings}
            assert Topic.CONTRACTS_GONE in changes
            assert said(versions) == []


def test_one_goes_back_to_yesterdays_version_after_a_start(run, file):
    with run(file):
        pass
    put(file, next_day())
    with run(file) as versions:
        until(versions, lambda: versions.news().other is not None, "yesterday's version")
        versions.switch_back(versions.news().other.sha256)
        assert versions.tick()
        assert in_force(versions) == VERSION


def test_an_empty_folder_is_told_as_such(run, tmp_path):
    (tmp_path / "daily").mkdir()
    with pytest.raises(BadInputError, match="there is no parameter file in this folder"), run(tmp_path / "daily"):
        pass
