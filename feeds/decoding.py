"""Frames -> typed messages; whatever is wrong with a frame becomes a `BadMessageError`, nothing else escapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from feeds.faults import BadMessageError
from feeds.messages import (
    VERSION,
    VERSION_TODAY,
    PositionsMessage,
    PositionUpdate,
    QuotesMessage,
    SnapshotChunk,
    SnapshotRequest,
    StateUpdate,
)

Decoded = TypeVar("Decoded")
Versioned = TypeVar("Versioned", bound=PositionsMessage | QuotesMessage | SnapshotChunk | SnapshotRequest)

POSITIONS: msgspec.msgpack.Decoder[PositionsMessage] = msgspec.msgpack.Decoder(PositionsMessage)
QUOTES: msgspec.msgpack.Decoder[QuotesMessage] = msgspec.msgpack.Decoder(QuotesMessage)
CHUNK = msgspec.msgpack.Decoder(SnapshotChunk)
REQUEST = msgspec.msgpack.Decoder(SnapshotRequest)
UPDATE: msgspec.msgpack.Decoder[StateUpdate] = msgspec.msgpack.Decoder(StateUpdate)
ROWS = msgspec.msgpack.Decoder(list[msgspec.Raw])


def decode(decoder: msgspec.msgpack.Decoder[Decoded], frame: bytes | msgspec.Raw) -> Decoded:
    """Decode one frame into what ``decoder`` expects.

    Raises:
        BadMessageError: Not msgpack, the wrong shape, a figure out of range, or text that is not UTF-8.
    """
    try:
        return decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise BadMessageError("shape", str(error)) from None
    except msgspec.DecodeError as error:
        raise BadMessageError("encoding", str(error)) from None
    # Neither is a DecodeError: text is checked late, and unread fields may be nested without end.
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadMessageError("encoding", str(error)) from None


def decode_message(decoder: msgspec.msgpack.Decoder[Versioned], frame: bytes | msgspec.Raw) -> Versioned:
    """Like `decode`, for messages that carry a version; refuses versions other than ours."""
    message = decode(decoder, frame)
    if message.version != VERSION and not (message.version == VERSION_TODAY and isinstance(message, PositionUpdate)):
        raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
    return message


def decode_published(
    decoder: msgspec.msgpack.Decoder[Versioned], topic: bytes, frames: Sequence[bytes]
) -> tuple[Versioned, bytes]:
    """The message and its body of what a SUB socket received: the topic frame and the body.

    Raises:
        BadMessageError: Likewise, or other frames than these two.
    """
    if len(frames) != 2:
        raise BadMessageError("frames", f"{len(frames)} frames instead of topic and body")
    if frames[0] != topic:
        raise BadMessageError("topic", f"topic {frames[0][:32]!r} instead of {topic!r}")
    return decode_message(decoder, frames[1]), frames[1]
