"""The Risk surface dock: whose risk, over which moves and by which measure; the surface, and two cuts beside it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from engine.decision import Request
from engine.numbers import NOT_COMPUTABLE
from engine.scenarios.results import Scope
from engine.snapshot import Snapshot
from engine.surface import SurfaceAxes, SurfaceMeasure, SurfacePicture, SurfaceQuestion
from widgets.concentration.charts import LINE, Reading
from widgets.header_strip import Segments
from widgets.language import sentence, tr
from widgets.numbers_text import age, count, time_of_day
from widgets.panel import View
from widgets.selection import Selected
from widgets.surface.controls import Controls
from widgets.surface.cuts import cuts_of
from widgets.surface.plot import Node
from widgets.surface.plot_stack import PlotStack
from widgets.surface.slices import Slice
from widgets.surface.surface_relief import relief_of
from widgets.surface.words import (
    axes_words,
    measure_words,
    node_reading,
    owner_words,
    per_words,
    raw_table,
    scope_words,
    short_measure,
    value_words,
)
from widgets.theme import Theme

BESIDE = 700
"""Width in pixels from which on the cuts stand beside the plot and not below it."""
CUTS_SHARE, FEWEST = 30, 330
"""Percent of the width that cuts beside take; height in pixels below which there is no room for any below."""


class SurfaceView(View):
    """Draws a `SurfacePicture`; asks for another by `question_asked`, and for none while nobody sees it."""

    question_asked = Signal(object)
    """A `SurfaceQuestion`, or None."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("surface", theme)
        self.scopes = Segments("surface_scope", dict.fromkeys(Scope, ""))
        self.axes = Segments("surface_axes", dict.fromkeys(SurfaceAxes, ""))
        self.measures = Segments("surface_measure", dict.fromkeys(SurfaceMeasure, ""))
        self.plots = PlotStack("surface", theme)
        self.across, self.along = Slice("slice_across", theme), Slice("slice_along", theme)
        self.reading = Reading()
        self.picture: SurfacePicture | None = None
        self.scope, self.chosen_axes, self.measure = Scope.ACCOUNT, SurfaceAxes.PRICE_VOLATILITY, SurfaceMeasure.PROFIT
        self.asked: SurfaceQuestion | None = None
        self._account = ""
        self._what_if: Request | None = None
        self._groups: dict[str, str] = {}
        self._names: tuple[str, ...] = ()
        self._waiting, self._old, self._reason = "", "", ""
        self._lay_out()
        self._connect()
        self.retranslate()

    def show_picture(self, picture: SurfacePicture) -> None:
        """Draw a surface; one that answers another question than the last at once."""
        before, self.picture = self.picture, picture
        other = before is None or before.question != picture.question
        if other and before is not None and before.values.shape != picture.values.shape:
            self.plots.pick(None)
        self.refresh_when_visible(at_once=other)

    def show_what_if(self, request: Request | None) -> None:
        """Orders whose effect is wanted as a second surface, where they are of the account shown."""
        self._what_if = request if request is not None and request.orders else None
        self._ask()

    def show_selected(self, selected: Selected) -> None:
        """Another account, and so perhaps another group."""
        if selected.account != self._account:
            self._account = selected.account
            self._ask()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Learn which group each account is in."""
        if snapshot.accounts.names != self._names:
            self._names = snapshot.accounts.names
            self._groups = dict(zip(snapshot.accounts.names, snapshot.accounts.groups, strict=True))
            self._ask()

    def show_waiting(self, message: str, share: float | None = None) -> None:  # noqa: ARG002
        """Say what is being waited for while there is nothing to draw."""
        self._waiting = message
        self._describe()

    def show_age(self, nanoseconds: int | None) -> None:
        """Hatch the surface and say how old it is; None where it is as new as it ought to be."""
        old = "" if nanoseconds is None else tr("This surface is {age} old.").format(age=age(nanoseconds))
        if old != self._old:
            self._old = old
            self._mark_outdated()

    def set_outdated(self, message: str) -> None:
        """Mark every figure as possibly untrue, with the reason; an empty message takes the mark away."""
        self._reason = message
        self._mark_outdated()

    def refresh(self) -> None:
        """Draw what arrived last."""
        picture = self.picture
        self._describe()
        if picture is None or self.is_empty:
            return
        self.plots.show_relief(relief_of(picture, self.theme))
        self._show_node()

    def focus_plot(self) -> None:
        """Put the keyboard on the plot."""
        self.plots.current.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Risk surface"))
        for segments, name, words in (
            (self.scopes, tr("Whose risk"), {each: scope_words(each) for each in Scope}),
            (self.axes, tr("Axes"), {each: axes_words(each) for each in SurfaceAxes}),
            (self.measures, tr("Measure"), {each: short_measure(each) for each in SurfaceMeasure}),
        ):
            segments.setAccessibleName(name)
            for code, word in words.items():
                # An ampersand by itself would underline what follows it.
                segments.buttons[code].setText(word.replace("&", "&&"))
                segments.buttons[code].setToolTip(f"{name}: {word}")
        for each in SurfaceMeasure:
            said = " ".join(part for part in (measure_words(each), per_words(each)) if part)
            self.measures.buttons[each].setToolTip(f"{tr('Measure')}: {said}")
        self.plots.retranslate()
        self.reading.set_hint(tr("Point at the surface for exact figures; click or arrow keys pick a node"))
        self._describe()
        if self.picture is not None:
            self.refresh_when_visible(at_once=True)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.plots.set_theme(theme)
        for each in (self.across, self.along):
            each.set_theme(theme)
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

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the cuts where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copying yields raw values of every node."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.picture is not None:
            QGuiApplication.clipboard().setText(raw_table(self.picture))
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        controls = Controls((self.scopes, self.axes, self.measures), (self.plots.kinds, self.plots.buttons))
        head = QWidget()
        head.setFixedHeight(LINE)
        line = QHBoxLayout(head)
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.reading, 1)
        self.cuts = QWidget()
        self.cut_rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.cuts)
        self.cut_rows.setContentsMargins(0, 0, 0, 4)
        self.cut_rows.setSpacing(2)
        for each in (self.across, self.along):
            self.cut_rows.addWidget(each, 1)
        self.drawn = QWidget()
        self.charts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.drawn)
        self.charts.setContentsMargins(0, 0, 0, 0)
        self.charts.setSpacing(2)
        self.charts.addWidget(self.plots, 1)
        self.charts.addWidget(self.cuts)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(controls)
        rows.addWidget(head)
        rows.addWidget(self.drawn, 1)

    def _connect(self) -> None:
        self.scopes.chosen.connect(self._on_scope_chosen)
        self.axes.chosen.connect(self._on_axes_chosen)
        self.measures.chosen.connect(self._on_measure_chosen)
        self.plots.pointed.connect(self._show_node)
        self.plots.picked.connect(self._show_node)
        self.plots.export_requested.connect(lambda: self.plots.export(self, self.export_title, self.drawn))
        self.plots.problem_found.connect(self.problem_found)
        self.across.picked.connect(lambda node: self._pick((node, self.node[1])))
        self.along.picked.connect(lambda node: self._pick((self.node[0], node)))
        self.placeholder.loading.cancelled.connect(self.cancel_requested)
        self.scopes.set_current(self.scope)
        self.axes.set_current(self.chosen_axes)
        self.measures.set_current(self.measure)

    @property
    def node(self) -> Node:
        """The node that is read: under the mouse, else picked, else that of now."""
        return self.plots.node or (self.picture.now if self.picture is not None else (0, 0))

    @property
    def export_title(self) -> str:
        """What an exported image says it is."""
        return f"{self.header.title.text()} · {self.header.subtitle.text()}"

    def _pick(self, node: Node) -> None:
        self.plots.pick(node)
        self._show_node()

    def _arrange(self) -> None:
        beside = self.width() >= BESIDE
        way = QBoxLayout.Direction
        self.charts.setDirection(way.LeftToRight if beside else way.TopToBottom)
        self.cut_rows.setDirection(way.TopToBottom if beside else way.LeftToRight)
        self.cuts.setVisible(beside or self.height() >= FEWEST + 150)
        most = QSize(self.width() * CUTS_SHARE // 100, 2**24 - 1) if beside else QSize(2**24 - 1, self.height() // 4)
        self.cuts.setMaximumSize(most)
        self.cuts.setMinimumSize(most.width() if beside else 0, 0 if beside else most.height())

    def _show_node(self) -> None:
        picture, relief = self.picture, self.plots.relief
        if picture is None or relief is None:
            return
        picked, node = self.plots.node, self.node
        value = value_words(int(picture.values[node]), picture.question.measure, picture.currency)
        self.plots.say_node(value if picked is not None else "")
        reading = node_reading(picture, node)
        self.reading.say(reading if picked is not None else tr("Now: {reading}").format(reading=reading))
        across, along = cuts_of(picture, relief, node)
        self.across.show_cut(across)
        self.along.show_cut(along)

    def _question(self) -> SurfaceQuestion | None:
        name = {
            Scope.ACCOUNT: self._account,
            Scope.GROUP: self._groups.get(self._account, ""),
            Scope.FIRM: "",
        }[self.scope]
        if self.scope is not Scope.FIRM and not name:
            return None
        question = SurfaceQuestion(self.scope, name, self.chosen_axes, self.measure)
        request = self._what_if
        if request is not None and self.scope is Scope.ACCOUNT and request.account == name:
            question = replace(question, what_if=request)
        return question

    def _ask(self) -> None:
        question = self._question() if self.is_seen else None
        changed, self.asked = question != self.asked, question
        self._describe()
        if changed:
            self.question_asked.emit(question)

    def _on_scope_chosen(self, code: str) -> None:
        self.scope = Scope(code)
        self._describe()
        self._ask()

    def _on_axes_chosen(self, code: str) -> None:
        self.chosen_axes = SurfaceAxes(code)
        self._ask()

    def _on_measure_chosen(self, code: str) -> None:
        self.measure = SurfaceMeasure(code)
        self._ask()

    def _describe(self) -> None:
        """The subtitle, and a placeholder where there is nothing to draw."""
        picture = self.picture
        if self.isVisible() and self._question() is None and (picture is None or self.scope is not Scope.FIRM):
            self.header.subtitle.setText("")
            self.show_placeholder(tr("No account selected"), self._waiting or tr("Select an account to see its risk."))
            return
        if picture is None:
            self.header.subtitle.setText("")
            hint = self._waiting or tr("The first surface is being computed.")
            self.show_placeholder(tr("Computing the surface"), hint)
            return
        self.header.subtitle.setText(" · ".join(self._facts(picture)))
        if picture.reason is not None or not picture.known:
            reasons = [picture.reason] if picture.reason is not None else list(picture.gaps)
            self.show_placeholder(tr("Not computable"), " · ".join(sentence(each) for each in reasons))
        else:
            self.show_body()

    def _facts(self, picture: SurfacePicture) -> list[str]:
        facts = [owner_words(picture), measure_words(picture.question.measure), picture.currency]
        facts.append(tr("as of {time}").format(time=time_of_day(picture.as_of, microseconds=False)))
        facts.append(picture.parameters)
        if picture.calculated_on is not None:
            facts.append(sentence(picture.calculated_on))
        missing = int((picture.values == NOT_COMPUTABLE).sum())
        if missing:
            facts.append(tr("{count} nodes not computable").format(count=count(missing)))
        facts += [sentence(gap) for gap in picture.gaps]
        if self.asked is not None and self.asked != picture.question:
            facts.append(tr("computing …"))
        return facts

    def _mark_outdated(self) -> None:
        message = " ".join(part for part in (self._old, self._reason) if part)
        super().set_outdated(message)
        self.plots.set_outdated(bool(message))
        for each in (self.across, self.along):
            each.set_outdated(bool(message))
