"""What is said of margin that rests on live arrays: a mark beside it, and how far it is live."""

from __future__ import annotations

from engine.snapshot import Arrays, ParametersInForce
from widgets.language import tr
from widgets.numbers_text import count


def arrays_mark(parameters: ParametersInForce) -> str:
    """The mark beside margin on live arrays, empty for the exchange's."""
    return tr("LIVE ARRAYS") if parameters.arrays is Arrays.LIVE else ""


def arrays_exceptions(parameters: ParametersInForce) -> str:
    """Which contracts live arrays are not quite live for; empty where there are none."""
    if parameters.arrays is Arrays.EXCHANGE:
        return ""
    parts = []
    if parameters.kept:
        kept = tr("{count} of {total} contracts keep the exchange's array")
        parts.append(kept.format(count=count(parameters.kept), total=count(parameters.contracts)))
    if parameters.stale:
        parts.append(tr("{count} options on a stale price").format(count=count(parameters.stale)))
    return " · ".join(parts)


def arrays_explained(parameters: ParametersInForce) -> str:
    """Whose arrays margin rests on, and what is excepted."""
    if parameters.arrays is Arrays.EXCHANGE:
        return tr("Risk arrays: the exchange's, from the parameter file")
    told = tr("Risk arrays: computed from live prices and volatilities, about once a second")
    exceptions = arrays_exceptions(parameters)
    return f"{told}\n{exceptions}" if exceptions else told
