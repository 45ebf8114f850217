"""Encrypted endpoints: known keys come in, strangers do not, and a server that cannot tell them apart opens nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from engine.text import BadInputError, UserFacingError
from feeds.curve import CurveClient, CurveKeys, CurveServer, Doorkeeper, allowed_keys, transport_key
from feeds.sockets import open_socket
from tests.feeds.conftest import Context

DOMAINS = frozenset(("terminal", "executor"))
STATION, GATE = CurveKeys.new(), CurveKeys.new()
SERVER = CurveServer(CurveKeys.new(), "terminal")


@pytest.fixture
def doorkeeper(zmq_context: Context) -> Iterator[Doorkeeper]:
    allowed = {"terminal": frozenset((STATION.public,)), "executor": frozenset((GATE.public,))}
    doorkeeper = Doorkeeper(zmq_context, allowed)
    yield doorkeeper
    doorkeeper.close()


def arrives(context: Context, server: CurveServer, client: CurveClient | None, patience: int = 400) -> bool:
    """Whether a message gets through within some milliseconds."""
    router = open_socket(context, zmq.ROUTER, "tcp://127.0.0.1:*", 10, bind=True, curve=server)
    endpoint = bytes(router.getsockopt(zmq.LAST_ENDPOINT)).rstrip(b"\0").decode()  # type: ignore[arg-type]
    dealer = open_socket(context, zmq.DEALER, endpoint, 10, curve=client)
    dealer.send(b"hello")
    came = bool(router.poll(patience))
    router.close(linger=0)
    dealer.close(linger=0)
    return came


def test_a_known_key_comes_in(zmq_context: Context, doorkeeper: Doorkeeper) -> None:
    assert arrives(zmq_context, SERVER, CurveClient(STATION, SERVER.keys.public), 10_000)


@pytest.mark.parametrize("keys", [CurveKeys.new(), GATE, None])
def test_strangers_stay_outside(zmq_context: Context, doorkeeper: Doorkeeper, keys: CurveKeys | None) -> None:
    assert not arrives(zmq_context, SERVER, None if keys is None else CurveClient(keys, SERVER.keys.public))


def test_a_server_of_another_key_is_not_talked_to(zmq_context: Context, doorkeeper: Doorkeeper) -> None:
    assert not arrives(zmq_context, SERVER, CurveClient(STATION, GATE.public))


def test_the_proof_holds_and_leaves_no_key_behind(zmq_context: Context, doorkeeper: Doorkeeper) -> None:
    doorkeeper.prove(SERVER)
    assert doorkeeper._doors["terminal"].keys == {STATION.public}


def test_a_door_that_lets_everybody_in_is_found_out(zmq_context: Context, doorkeeper: Doorkeeper) -> None:
    doorkeeper._doors["terminal"].callback = lambda domain, key: True  # type: ignore[method-assign]
    with pytest.raises(UserFacingError, match="is not opened"):
        doorkeeper.prove(SERVER)


def test_a_door_that_lets_nobody_in_is_found_out(
    zmq_context: Context, doorkeeper: Doorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.curve.PROOF_PATIENCE", 0.5)
    doorkeeper._doors["terminal"].callback = lambda domain, key: False  # type: ignore[method-assign]
    with pytest.raises(UserFacingError, match="is not opened"):
        doorkeeper.prove(SERVER)


def test_endpoints_that_leave_the_machine_need_encryption(zmq_context: Context) -> None:
    with pytest.raises(BadInputError, match="encrypted transport is required"):
        open_socket(zmq_context, zmq.ROUTER, "tcp://0.0.0.0:*", 10, bind=True)
    open_socket(zmq_context, zmq.ROUTER, "tcp://0.0.0.0:*", 10, bind=True, curve=SERVER).close(linger=0)


def test_a_transport_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "transport.key"
    assert transport_key(path) == transport_key(path)
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(BadInputError, match=r"transport\.key: the key is damaged"):
        transport_key(path)


def test_the_list_of_workstations_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "stations"
    path.write_text(f"# desk\n\nstation-1 terminal {STATION.public.decode()}\ngate executor {GATE.public.decode()}\n")
    assert allowed_keys(path, DOMAINS) == {"terminal": {STATION.public}, "executor": {GATE.public}}
    for line in ("station-1 terminal", "s nowhere " + STATION.public.decode(), "s terminal " + "x" * 39):
        path.write_text(line)
        with pytest.raises(BadInputError, match="stations:1: it names no workstation"):
            allowed_keys(path, DOMAINS)
