"""Who goes first at the processors."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable

import pytest

from terminal.real_time import BEHIND, behind_real_time, on_one_processor, real_time

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")


def allowed() -> bool:
    with real_time() as first:
        return first


needs_right = pytest.mark.skipif(sys.platform == "linux" and not allowed(), reason="the system does not allow it here")


def in_a_thread(work: Callable[[], object]) -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def policy() -> int:
    return os.sched_getscheduler(0)


@needs_right
def test_a_thread_and_those_it_starts_go_first_until_the_end() -> None:
    with real_time() as first:
        assert first
        assert policy() == in_a_thread(policy) == os.SCHED_RR
    assert policy() == in_a_thread(policy) == os.SCHED_OTHER


@needs_right
def test_long_work_goes_behind_but_before_other_programs() -> None:
    def stepped_back() -> tuple[int, int]:
        behind_real_time()
        return policy(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with real_time():
        assert in_a_thread(stepped_back) == (os.SCHED_OTHER, BEHIND)


@needs_right
def test_a_thread_in_real_time_may_be_kept_on_one_processor() -> None:
    everywhere = os.sched_getaffinity(0)
    with real_time(), on_one_processor():
        assert len(os.sched_getaffinity(0)) == 1
        assert os.sched_getaffinity(0) <= everywhere
    assert os.sched_getaffinity(0) == everywhere


def test_an_ordinary_thread_runs_wherever_there_is_room() -> None:
    everywhere = os.sched_getaffinity(0)
    with on_one_processor():
        assert os.sched_getaffinity(0) == everywhere


def test_work_of_an_ordinary_thread_stays_where_it_is() -> None:
    def niceness() -> tuple[int, int]:
        behind_real_time()
        return policy(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert in_a_thread(niceness) == (os.SCHED_OTHER, os.getpriority(os.PRIO_PROCESS, 0))


def test_a_system_that_does_not_allow_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refused)
    with real_time() as first:
        assert not first
    assert policy() == os.SCHED_OTHER


def test_nobody_goes_first_who_does_not_ask_for_it() -> None:
    with real_time(wanted=False) as first:
        assert not first
        assert policy() == os.SCHED_OTHER
