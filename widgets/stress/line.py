"""What an order does under stress, in one line of the ticket."""

from __future__ import annotations

from engine.decision import Request
from engine.numbers import NOT_COMPUTABLE
from engine.scenarios.ordered import OrdersUnderStress
from widgets.language import sentence, tr
from widgets.numbers_text import count, money
from widgets.panel import ElidedLabel, set_tone


class StressLine(ElidedLabel):
    """Shortfall before and after, and under how many scenarios there is one; nothing while it is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stress_line")
        self.answer: OrdersUnderStress | None = None
        self.hide()

    def show_answer(self, answer: OrdersUnderStress | None) -> None:
        """Draw another answer."""
        self.answer = answer
        words = "" if answer is None else stress_line_words(answer)
        self.setText(words)
        self.setToolTip(words)
        worse = answer is not None and (
            answer.after.short > answer.before.short or answer.after.shortfall > answer.before.shortfall
        )
        set_tone(self, "tone", "warning" if worse else "dim")

    def show_only_for(self, request: Request | None) -> None:
        """Be seen where the answer is that to ``request``, and not to an older question."""
        asked = self.answer.request.number if self.answer is not None else None
        self.setVisible(request is not None and request.number == asked)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.show_answer(self.answer)


def stress_line_words(answer: OrdersUnderStress) -> str:
    """``Stress shortfall 0 → 120,000 USD · below zero in 0 → 3 scenarios · worst: Oil, 20 April 2020``."""
    before, after = answer.before, answer.after
    if NOT_COMPUTABLE in (before.shortfall, after.shortfall):
        return tr("Stress shortfall: not computable")
    words = tr(
        "Stress shortfall {before} → {after} {currency} · below zero in {short_before} → {short_after} · {worst}"
    )
    return words.format(
        before=money(before.shortfall),
        after=money(after.shortfall),
        currency=answer.currency,
        short_before=count(before.short),
        short_after=count(after.short),
        worst=sentence(after.worst),
    )
