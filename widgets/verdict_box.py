"""What the what-if came to: verdict in a word, every reason, the largest quantity that passes."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from engine.decision import Decision, Verdict
from engine.text import BadInputError
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import label, set_tone

STYLES = {
    Verdict.PASSES: ("passes", "ok", "✓"),
    Verdict.REFUSED: ("refused", "close", "✕"),
    Verdict.NOT_COMPUTABLE: ("unknown", "warning", "?"),
}


class VerdictBox(QFrame):
    """A frame in the colour of the verdict, with a sign and a word that say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdict_box")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.headline = label(strong=True, name="verdict_headline")
        self.reasons = label(name="verdict_reasons")
        self.largest = label(tone="dim", name="verdict_largest")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 8, 10, 8)
        rows.setSpacing(4)
        for each in (self.headline, self.reasons, self.largest):
            each.setWordWrap(True)
        self.take_largest = QPushButton()
        self.take_largest.setObjectName("ticket_set_largest")
        foot = QHBoxLayout()
        foot.addWidget(self.largest, 1)
        foot.addWidget(self.take_largest)
        rows.addWidget(self.headline)
        rows.addWidget(self.reasons)
        rows.addLayout(foot)

    def show_decision(self, decision: Decision) -> None:
        """Verdict, reasons, and how much of the first leg would pass."""
        style, tone, sign = STYLES[decision.verdict]
        words = {
            Verdict.PASSES: tr("Passes."),
            Verdict.REFUSED: tr("Refused."),
            Verdict.NOT_COMPUTABLE: tr("Not computable."),
        }
        reasons = "\n".join(f"• {sentence(reason)}" for reason in decision.reasons)
        self._say(style, tone, f"{sign}  {words[decision.verdict]}", reasons, self._largest(decision))
        largest = decision.curve.largest if decision.curve is not None else None
        orders = decision.request.orders
        self.take_largest.setVisible(bool(largest and orders) and largest != orders[0].quantity)
        self.take_largest.setText(tr("Set to {quantity}").format(quantity=count(abs(largest or 0))))

    def show_problem(self, leg: int, error: BadInputError) -> None:
        """A leg (from 1) cannot be read: what is wrong and what to type."""
        headline = tr("Leg {number} cannot be read.").format(number=leg)
        self._say("unknown", "warning", headline, sentence(error.what), sentence(error.remedy))

    def show_hint(self, headline: str, hint: str) -> None:
        """Nothing was asked yet: what to do."""
        self._say("none", "", headline, "", hint)

    def _say(self, style: str, tone: str, headline: str, reasons: str, largest: str) -> None:
        set_tone(self, "verdict", style)
        set_tone(self.headline, "tone", tone)
        for field, text in ((self.headline, headline), (self.reasons, reasons), (self.largest, largest)):
            field.setText(text)
            field.setVisible(bool(text))
        self.take_largest.hide()

    @staticmethod
    def _largest(decision: Decision) -> str:
        curve = decision.curve
        if curve is None:
            return ""
        if curve.largest is None:
            return tr("No quantity passes.")
        return tr("Largest quantity that passes: {quantity}").format(quantity=count(abs(curve.largest)))
