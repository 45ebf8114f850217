"""What is told across the window: problems a person may dismiss, and warnings that last until they are resolved."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from engine.text import Text
from widgets.language import sentence, tr
from widgets.panel import label


class ProblemBanner(QFrame):
    """A problem, told without stopping anybody; Escape or the button takes it away."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("problem_banner")
        self.problem: Text | None = None
        self.words = label(name="problem_words")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.dismiss = QPushButton(autoDefault=False)
        self.dismiss.setObjectName("problem_dismiss")
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self.words, 1)
        row.addWidget(self.dismiss)
        self.hide()

    def say(self, problem: Text) -> None:
        """Show a problem in place of the last."""
        self.problem = problem
        self.retranslate()
        self.show()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.dismiss.setText(tr("Dismiss (Esc)"))
        if self.problem is not None:
            self.words.setText(f"⚠  {sentence(self.problem)}")


class WarningBanner(QFrame):
    """Why the parameters or limits in force are not those that ought to be. Nothing takes it away but its end."""

    review_requested = Signal()
    """A person wants to see the version that waits."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("warning_banner")
        self.warnings: tuple[Text, ...] = ()
        self.words = label(name="warning_words", strong=True)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.review = QPushButton(autoDefault=False)
        self.review.setObjectName("warning_review")
        self.review.clicked.connect(self.review_requested)
        self.review.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self.words, 1)
        row.addWidget(self.review)
        self.hide()

    def show_warnings(self, warnings: tuple[Text, ...]) -> None:
        """Show these warnings, one a line; none hides the banner."""
        if warnings != self.warnings:
            self.warnings = warnings
            self.retranslate()
            self.setVisible(bool(warnings))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.review.setText(tr("Review…"))
        self.review.setToolTip(tr("See what differs, and decide (Ctrl+Shift+R)"))
        told = "\n".join(f"⚠  {sentence(warning)}" for warning in self.warnings)
        self.words.setText(told)
        self.setAccessibleName(told)
