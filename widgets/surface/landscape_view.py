"""The Risk sandbox dock: the whole desk as a landscape of accounts and products; a click leads to the account."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.landscape import MOVE
from engine.surface import Height, Landscape
from widgets.concentration.charts import LINE, Reading
from widgets.header_strip import Segments
from widgets.language import sentence, tr
from widgets.numbers_text import age, count, time_of_day
from widgets.panel import View
from widgets.selection import Selected
from widgets.surface.controls import Controls
from widgets.surface.landscape_relief import cell_of, cell_reading, node_of, relief_of_landscape
from widgets.surface.plot import Node
from widgets.surface.plot_stack import PlotStack
from widgets.surface.words import height_words
from widgets.theme import Theme


class LandscapeView(View):
    """Draws a `Landscape`; asks for another by `height_asked`, and for none while nobody sees it."""

    height_asked = Signal(object)
    """A `Height`, or None."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("landscape", theme)
        self.heights = Segments("landscape_height", dict.fromkeys(Height, ""))
        self.plots = PlotStack("landscape", theme)
        self.reading = Reading()
        self.landscape: Landscape | None = None
        self.height_chosen = Height.MARGIN
        self.asked: Height | None = None
        self._account = ""
        self._waiting, self._old, self._reason = "", "", ""
        self._lay_out()
        self._connect()
        self.retranslate()

    def show_landscape(self, landscape: Landscape) -> None:
        """Draw a landscape; one of another height than the last at once."""
        before, self.landscape = self.landscape, landscape
        node = self.plots.node
        if before is not None and node is not None and not self.is_empty:
            self._follow(before, landscape, node)
        self.refresh_when_visible(at_once=before is None or before.height is not landscape.height)

    def show_selected(self, selected: Selected) -> None:
        """Mark the account that is selected anywhere, at its tallest bar."""
        if selected.account != self._account:
            self._account = selected.account
            self._mark_account()

    def show_waiting(self, message: str, share: float | None = None) -> None:  # noqa: ARG002
        """Say what is being waited for while there is nothing to draw."""
        self._waiting = message
        self._describe()

    def show_age(self, nanoseconds: int | None) -> None:
        """Hatch the landscape and say how old it is; None where it is as new as it ought to be."""
        old = "" if nanoseconds is None else tr("This landscape is {age} old.").format(age=age(nanoseconds))
        if old != self._old:
            self._old = old
            self._mark_outdated()

    def set_outdated(self, message: str) -> None:
        """Mark every figure as possibly untrue, with the reason; an empty message takes the mark away."""
        self._reason = message
        self._mark_outdated()

    def refresh(self) -> None:
        """Draw what arrived last."""
        self._describe()
        if self.landscape is None or self.is_empty:
            return
        self.plots.show_relief(relief_of_landscape(self.landscape, self.theme))
        self._show_node()

    def focus_plot(self) -> None:
        """Put the keyboard on the plot."""
        self.plots.current.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Risk sandbox"))
        self.heights.setAccessibleName(tr("Height"))
        for each in Height:
            self.heights.buttons[each].setText(height_words(each))
        self.heights.buttons[Height.MARGIN].setToolTip(tr("Height: margin of each account's commodities"))
        self.heights.buttons[Height.SHORTFALL].setToolTip(
            tr("Height: what is missing once one product alone has moved by {move} %, the worse way").format(
                move=f"{MOVE:.0f}"
            )
        )
        self.plots.retranslate()
        self.reading.set_hint(tr("Point at a bar for exact figures; a click or Enter selects its account"))
        self._describe()
        if self.landscape is not None:
            self.refresh_when_visible(at_once=True)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.plots.set_theme(theme)
        self.refresh_when_visible(at_once=True)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Ask for figures."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks: nothing need be computed."""
        super().hideEvent(event)
        self._ask()

    def set_in_front(self, in_front: bool) -> None:
        """As when shown or hidden, where another tab uncovers or covers it."""
        super().set_in_front(in_front)
        self._ask()

    def _lay_out(self) -> None:
        controls = Controls((self.heights,), (self.plots.kinds, self.plots.buttons))
        head = QWidget()
        head.setFixedHeight(LINE)
        line = QHBoxLayout(head)
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.reading, 1)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(controls)
        rows.addWidget(head)
        rows.addWidget(self.plots, 1)

    def _connect(self) -> None:
        self.heights.chosen.connect(self._on_height_chosen)
        self.plots.pointed.connect(self._show_node)
        self.plots.picked.connect(self._show_node)
        self.plots.chosen.connect(self._on_chosen)
        self.plots.export_requested.connect(lambda: self.plots.export(self, self.export_title, self.plots))
        self.plots.problem_found.connect(self.problem_found)
        self.placeholder.loading.cancelled.connect(self.cancel_requested)
        self.heights.set_current(self.height_chosen)

    @property
    def export_title(self) -> str:
        """What an exported image says it is."""
        return f"{self.header.title.text()} · {self.header.subtitle.text()}"

    def _ask(self) -> None:
        height = self.height_chosen if self.is_seen else None
        if height is not self.asked:
            self.asked = height
            self._describe()
            self.height_asked.emit(height)

    def _on_height_chosen(self, code: str) -> None:
        self.height_chosen = Height(code)
        self._ask()

    def _on_chosen(self, node: Node) -> None:
        landscape = self.landscape
        if landscape is None:
            return
        row, column = cell_of(landscape, node)
        if column < len(landscape.products):
            self.product_selected.emit(landscape.products[column])
        if row < len(landscape.accounts):
            self._account = landscape.accounts[row]
            self.account_selected.emit(self._account)

    def _show_node(self) -> None:
        node = self.plots.node
        if self.landscape is None or self.plots.relief is None:
            return
        reading = cell_reading(self.landscape, node) if node is not None else ""
        self.plots.say_node(reading)
        self.reading.say(reading)

    def _follow(self, before: Landscape, landscape: Landscape, node: Node) -> None:
        """Keep the picked bar on its account and product, wherever they stand now."""
        row, column = cell_of(before, node)
        alone = row < len(before.accounts) and column < len(before.products)
        there = alone and before.accounts[row] in landscape.accounts and before.products[column] in landscape.products
        if there:
            row = landscape.accounts.index(before.accounts[row])
            column = landscape.products.index(before.products[column])
            self.plots.pick(node_of(landscape, row, column))
        else:
            self.plots.pick(None)

    def _mark_account(self) -> None:
        landscape = self.landscape
        if landscape is not None and self._account in landscape.accounts and self.plots.relief is not None:
            row = landscape.accounts.index(self._account)
            self.plots.pick(node_of(landscape, row, int(landscape.values[row].argmax())))
            self._show_node()

    def _describe(self) -> None:
        """The subtitle, and a placeholder where there is nothing to draw."""
        landscape = self.landscape
        if landscape is None:
            self.header.subtitle.setText("")
            hint = self._waiting or tr("The first landscape is being computed.")
            self.show_placeholder(tr("Computing the landscape"), hint)
            return
        self.header.subtitle.setText(" · ".join(self._facts(landscape)))
        if landscape.reason is not None:
            self.show_placeholder(tr("Nothing to show"), sentence(landscape.reason))
        else:
            self.show_body()

    def _facts(self, landscape: Landscape) -> list[str]:
        facts = [f"{height_words(landscape.height)} × {tr('share of equity')}", landscape.currency]
        if landscape.height is Height.SHORTFALL:
            facts.append(tr("each product alone by ±{move} %").format(move=f"{MOVE:.0f}"))
            if not landscape.values.any():
                facts.append(tr("nobody would be short"))
        accounts = len(landscape.accounts) + landscape.other_accounts
        facts.append(tr("{count} accounts").format(count=count(accounts)))
        facts.append(tr("as of {time}").format(time=time_of_day(landscape.as_of, microseconds=False)))
        facts.append(landscape.parameters)
        if landscape.other_accounts:
            facts.append(tr("bars of the rest are cut off at the top"))
        facts += [sentence(gap) for gap in landscape.gaps]
        if self.asked is not None and self.asked is not landscape.height:
            facts.append(tr("computing …"))
        return facts

    def _mark_outdated(self) -> None:
        message = " ".join(part for part in (self._old, self._reason) if part)
        super().set_outdated(message)
        self.plots.set_outdated(bool(message))
