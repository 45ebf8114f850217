"""`palisade break-glass`: one risk officer alone cancels all orders or blocks opens; somebody else reviews it."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

from engine.authorisation.break_glass import CONTEXT, REVIEW, BreakGlass, Measure, review_message
from engine.authorisation.statement import shown_time
from engine.text import BadInputError, Translate, text
from feeds.clock import SystemClock
from feeds.curve import CurveClient
from feeds.keystore import Keystore
from feeds.signing import HybridKey
from terminal.authority_line import authority_line
from terminal.passphrase import ask_passphrase


def act(
    authority: str,
    curve: CurveClient | None,
    measure: Measure,
    account: str,
    reason: str,
    key: Path,
    translate: Translate,
) -> str:
    """Sign and hand in; what to print.

    Raises:
        BadInputError: A key that cannot be used, or words that do not show.
        UserFacingError: A wrong passphrase, no answer, or a refusal that says why.
    """
    keystore = Keystore(key)
    card, station = keystore.card, socket.gethostname()[:64]
    unlocked = _unlocked(keystore, key, translate)
    now = SystemClock().wall_ns()
    words = (account, card.person, card.key.fingerprint, station, reason)
    said = BreakGlass(secrets.token_bytes(16), measure, *words, now)
    BreakGlass.read(said.content)
    with authority_line(authority, curve) as line:
        line.picture()
        line.answer(line.client.break_glass(said, unlocked.sign(CONTEXT, said.content)))
    done = text("done: {measure} until {time}; to be reviewed", measure=measure.label, time=shown_time(said.ends))
    return f"{said.identity.hex()}\n{done.translated(translate)}\n"


def review(
    authority: str, curve: CurveClient | None, identity: str, words: str, key: Path, translate: Translate
) -> str:
    """Say that somebody else has looked at one; what to print. Raises as `act` does."""
    try:
        name = bytes.fromhex(identity)
    except ValueError:
        name = b""
    if len(name) != 16:
        what = text("{value} names no break-glass", value=repr(identity))
        raise BadInputError("palisade break-glass review", what, text("give its 32 hexadecimal digits"))
    keystore = Keystore(key)
    person, fingerprint = keystore.card.person, keystore.card.key.fingerprint
    unlocked = _unlocked(keystore, key, translate)
    signature = unlocked.sign(REVIEW, review_message(name, person, fingerprint, words))
    with authority_line(authority, curve) as line:
        line.picture()
        line.answer(line.client.review_glass(name, person, fingerprint, words, signature))
    return text("reviewed").translated(translate) + "\n"


def listed(authority: str, curve: CurveClient | None, translate: Translate) -> str:
    """Every break-glass, the newest first; what to print. Raises UserFacingError where there is no answer."""
    with authority_line(authority, curve) as line:
        picture = line.picture()
    output = ""
    for view in picture.broken:
        said = view.said
        state = text("reviewed by {person}", person=view.reviewer) if view.reviewer else text("to be reviewed")
        figures = (shown_time(said.begins), said.measure.label.translated(translate), said.account or "*", said.person)
        output += "\t".join((said.identity.hex(), *figures, said.reason, state.translated(translate))) + "\n"
    return output


def _unlocked(keystore: Keystore, path: Path, translate: Translate) -> HybridKey:
    prompt = text("Passphrase of {person} ({file})", person=keystore.card.person, file=path)
    return keystore.unlock(ask_passphrase(prompt, translate), SystemClock().wall_ns())
