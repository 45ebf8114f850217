"""The verifier finds every flipped bit of an archive, and what was deleted, swapped, cut off or taken back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from terminal.audit_verifier import PROBLEMS, SECTION, Newest, Problem, Report, Verifier, entries, read_newest
from tests.terminal.archives import (
    LOG,
    OTHER,
    WITNESS,
    Trail,
    flips_found,
    joined,
    make_trail,
    resealed,
    sections_of,
)


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    trail = make_trail(tmp_path_factory.mktemp("trail"), changes=40, checkpoint_every=20)
    yield trail
    trail.close()


def verified(
    archive: bytes, log: str | None = None, witness: str | None = None, newest: Newest | None = None
) -> Report:
    return Verifier(log, witness, newest).verify(BytesIO(archive))


def problem_of(archive: bytes, **trust: object) -> Problem:
    with pytest.raises(Problem) as found:
        verified(archive, **trust)  # type: ignore[arg-type]
    return found.value


def test_an_archive_as_it_was_written_is_good(trail: Trail) -> None:
    report = verified(trail.archive, LOG.public.fingerprint.hex(), WITNESS.public.fingerprint.hex(), trail.newest)
    assert (report.records, report.witnessed, report.contents) == (trail.size, trail.size, 1)
    assert report.origin == "desk/log"
    assert [entry.number for entry in entries(BytesIO(trail.archive))] == list(range(trail.size))


def test_every_flipped_bit_is_found(trail: Trail) -> None:
    """All of records, content and framing; of the long keys and signatures every 61st."""
    assert flips_found(trail.archive, step=61) == []


def test_bits_flipped_in_a_record_name_that_record(trail: Trail) -> None:
    sections = sections_of(trail.archive)
    place = [number for number, (kind, _) in enumerate(sections) if kind == b"R"][7]
    kind, content = sections[place]
    for byte in range(0, len(content), 9):
        changed = content[:byte] + bytes([content[byte] ^ 4]) + content[byte + 1 :]
        found = problem_of(joined([*sections[:place], (kind, changed), *sections[place + 1 :]]))
        assert found.details["number"] == 7


@pytest.mark.parametrize("number", [0, 7, 39])
def test_a_deleted_record_is_named_whoever_writes_the_sum_anew(trail: Trail, number: int) -> None:
    sections = sections_of(trail.archive)
    place = [place for place, (kind, _) in enumerate(sections) if kind == b"R"][number]
    found = problem_of(resealed([*sections[:place], *sections[place + 1 :]]))
    assert (found.kind, found.details["number"]) == ("number", number)


def test_swapped_records_are_named(trail: Trail) -> None:
    sections = sections_of(trail.archive)
    first = [place for place, (kind, _) in enumerate(sections) if kind == b"R"][3]
    sections[first], sections[first + 1] = sections[first + 1], sections[first]
    found = problem_of(resealed(sections))
    assert (found.kind, found.details["number"]) == ("number", 3)


def test_a_record_that_was_rewritten_with_its_hash_lies_between_two_checkpoints(trail: Trail) -> None:
    found = problem_of(trail.rewritten(number=25))
    assert (found.kind, found.details) == ("root", {"number": 20, "last": 39})


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.9999])
def test_an_archive_cut_off_anywhere_is_found(trail: Trail, part: float) -> None:
    assert problem_of(trail.archive[: int(len(trail.archive) * part)]).kind in ("magic", "cut off")


def test_an_archive_without_its_last_records_is_found_by_the_witnesss_file(trail: Trail) -> None:
    sections = sections_of(trail.archive)
    cut = next(place for place, (kind, _) in enumerate(sections) if kind == b"W") + 1
    shorter = resealed(sections[:cut] + [section for section in sections if section[0] == b"B"])
    assert verified(shorter).records == 20
    found = problem_of(shorter, newest=trail.newest)
    assert (found.kind, found.details) == ("older", {"size": 20, "newest": trail.size})


def test_records_after_the_last_checkpoint_do_not_count(trail: Trail) -> None:
    sections = sections_of(trail.archive)
    last = max(place for place, (kind, _) in enumerate(sections) if kind == b"C")
    rest = [section for section in sections[last:] if section[0] not in (b"C", b"W")]
    assert problem_of(resealed([*sections[:last], *rest])).kind == "unsigned"


def test_another_log_with_the_same_records_is_not_the_one_the_witness_signed(trail: Trail, tmp_path: Path) -> None:
    other = make_trail(tmp_path, changes=40, checkpoint_every=20, first=1_000)
    assert problem_of(other.archive, newest=trail.newest).kind == "other"
    other.close()


def test_a_checkpoint_of_another_key_than_the_one_trusted_is_refused(trail: Trail) -> None:
    assert problem_of(trail.archive, log=OTHER.public.fingerprint.hex()).kind == "wrong key"


def test_a_witness_that_is_asked_for_must_have_signed(trail: Trail) -> None:
    assert problem_of(trail.archive, witness=OTHER.public.fingerprint.hex()).kind == "no witness"


def test_keys_that_are_missing_are_found(trail: Trail) -> None:
    sections = [section for section in sections_of(trail.archive) if section[0] != b"K"]
    assert problem_of(resealed(sections)).kind == "unknown key"


def test_content_that_is_missing_is_named_with_its_record(trail: Trail) -> None:
    sections = [section for section in sections_of(trail.archive) if section[0] != b"B"]
    found = problem_of(resealed(sections))
    assert (found.kind, found.details["number"]) == ("reference", 0)


def test_bytes_after_the_end_are_found(trail: Trail) -> None:
    assert problem_of(trail.archive + b"x").kind == "sum"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"desk/log\n1\nnot base64!\ntime 5\n\n"])
def test_a_newest_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "newest").write_bytes(content)
    with pytest.raises(Problem, match="newest checkpoint cannot be used"):
        read_newest(tmp_path / "newest")


def test_a_newest_file_with_an_altered_signature_is_refused(trail: Trail) -> None:
    signatures = [(*each[:3], bytes(len(each[3]))) for each in trail.newest.signatures]
    assert problem_of(trail.archive, newest=trail.newest._replace(signatures=signatures)).kind == "newest"
    assert problem_of(trail.archive, newest=trail.newest._replace(signatures=[])).kind == "newest"


def test_a_section_too_large_to_be_one_is_not_read(trail: Trail) -> None:
    damaged = trail.archive[:25] + SECTION.pack(b"R", 2**32 - 1) + trail.archive[30:]
    assert problem_of(damaged).kind == "section"


def test_it_runs_alone_from_a_folder_of_its_own(trail: Trail, tmp_path: Path, project_root: Path) -> None:
    program = tmp_path / "audit_verifier.py"
    program.write_bytes((project_root / "terminal" / "audit_verifier.py").read_bytes())
    (tmp_path / "archive").write_bytes(trail.archive)
    arguments = ["--log-key", LOG.public.fingerprint.hex(), "--newest", str(trail.newest_file)]
    command = [sys.executable, "-I", "-W", "error", str(program), str(tmp_path / "archive")]
    ran = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.startswith(f"good: {trail.size} records, 2 checkpoints of desk/log"), ran.stderr
    assert ran.returncode == 0
    (tmp_path / "archive").write_bytes(trail.rewritten(number=25))
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (1, "BAD: record 20 or a later one up to 39 is not what was signed\n")


def test_every_problem_has_a_sentence() -> None:
    assert all(sentence and "  " not in sentence for sentence in PROBLEMS.values())
