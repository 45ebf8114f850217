"""Both signatures count, for one message, one context and one key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.authorisation.keys import Signature, decode_public_key, decode_signature
from engine.text import BadInputError
from feeds.signing import HybridKey, service_key, verify

KEY, OTHER = HybridKey(bytes(range(64))), HybridKey(bytes(range(1, 65)))
CONTEXT, MESSAGE = b"checkpoint", b"a message"


def test_a_signature_holds_for_its_message_context_and_key_alone() -> None:
    signature = KEY.sign(CONTEXT, MESSAGE)
    assert verify(KEY.public, CONTEXT, MESSAGE, signature)
    assert not verify(OTHER.public, CONTEXT, MESSAGE, signature)
    assert not verify(KEY.public, b"approval", MESSAGE, signature)
    assert not verify(KEY.public, CONTEXT, b"another message", signature)


def test_neither_half_alone_is_enough() -> None:
    good, bad = KEY.sign(CONTEXT, MESSAGE), OTHER.sign(CONTEXT, MESSAGE)
    assert not verify(KEY.public, CONTEXT, MESSAGE, Signature(good.ed25519, bad.ml_dsa))
    assert not verify(KEY.public, CONTEXT, MESSAGE, Signature(bad.ed25519, good.ml_dsa))
    assert not verify(KEY.public, CONTEXT, MESSAGE, Signature(good.ed25519, b""))


def test_context_and_message_cannot_be_cut_elsewhere() -> None:
    signature = KEY.sign(b"ab", b"c")
    assert not verify(KEY.public, b"a", b"bc", signature)


def test_keys_and_signatures_are_read_back_from_their_bytes() -> None:
    signature = KEY.sign(CONTEXT, MESSAGE)
    assert decode_signature(signature.encode()) == signature
    assert decode_public_key(KEY.public.encode()) == KEY.public
    with pytest.raises(ValueError, match="3373 bytes"):
        decode_signature(signature.encode()[:-1])
    with pytest.raises(ValueError, match="32 bytes"):
        decode_public_key(KEY.public.encode() + b"x")


def test_fingerprints_tell_keys_apart() -> None:
    assert KEY.public.fingerprint != OTHER.public.fingerprint
    assert KEY.public.fingerprint == HybridKey(bytes(range(64))).public.fingerprint


def test_a_service_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = service_key(tmp_path / "log.key")
    assert service_key(tmp_path / "log.key").public == made.public
    if os.name == "posix":
        assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_service_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    service_key(tmp_path / "log.key")
    (tmp_path / "log.key").chmod(0o640)
    with pytest.raises(BadInputError, match="others may read this key"):
        service_key(tmp_path / "log.key")


def test_a_service_key_cut_short_is_refused(tmp_path: Path) -> None:
    service_key(tmp_path / "log.key")
    (tmp_path / "log.key").write_bytes(b"short")
    with pytest.raises(BadInputError, match="the key is damaged"):
        service_key(tmp_path / "log.key")


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="the key cannot be used"):
        service_key(tmp_path / "missing" / "log.key")
