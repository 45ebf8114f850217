"""The Concentration view: treemap, heat map and largest names of one measure, with what they show chosen above."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.concentration_picture import NO_LIMIT, Choice, ConcentrationPicture, ExposureMeasure, GridColumns, OwnerPath
from engine.decision import Request
from engine.snapshot import Snapshot
from engine.text import text
from widgets.concentration.charts import Chart, Crumbs, TreemapChart
from widgets.concentration.heat_map import HeatMap
from widgets.concentration.largest import LargestBars
from widgets.concentration.legend import Legend
from widgets.concentration.owners import OwnersTable
from widgets.concentration.pages import Moment, Page, Tree, control_words, has_desks, page_words
from widgets.concentration.reading import measure_words
from widgets.concentration.report_button import ReportButton
from widgets.concentration.scale import Shade
from widgets.concentration.time_chart import TimeChart
from widgets.concentration.treemap import Treemap
from widgets.flow_row import FlowRow
from widgets.header_strip import Segments
from widgets.language import sentence, tr
from widgets.numbers_text import age, count
from widgets.panel import View, set_tone
from widgets.selection import Selected
from widgets.theme import Theme
from widgets.workspace.actions import KeyHint

BESIDE = 1240
"""Width in pixels from which on the largest names stand beside the other charts."""
NARROWEST = 320
"""Least width in pixels."""
BARS_SHARE = 30
"""Percent of the width they then have."""
LAG = 5 * 10**9
"""Nanoseconds a picture may lag behind the desk: a large one is drawn now and then."""


class ConcentrationView(View):
    """Draws a `ConcentrationPicture`; asks for another by `choice_made`. Draws when it is seen."""

    hints = (
        KeyHint(text("Into a cell, and back"), ("Return", "Esc")),
        KeyHint(text("Zoom the heat map"), ("+", "-")),
    )
    choice_made = Signal(object)
    """A `Choice`, whenever there is another one or the view comes on screen; the picture of the one before stays until
    that of this one arrives. None when the view goes off screen: nobody looks."""

    report_wanted = Signal(str)
    """Path of the report to write, ``.xlsx`` or ``.pdf``."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("concentration", theme)
        self.treemap, self.heat_map, self.bars = Treemap(theme), HeatMap(theme), LargestBars(theme)
        self.owners, self.time_chart = OwnersTable(theme), TimeChart(theme)
        self.pages = Segments("concentration_page", dict.fromkeys(Page, ""))
        self.measures = Segments("concentration_measure", dict.fromkeys(ExposureMeasure, ""))
        self.columns = Segments("concentration_columns", dict.fromkeys(GridColumns, ""))
        self.shades = Segments("concentration_shade", dict.fromkeys(Shade, ""))
        self.moments = Segments("concentration_moment", dict.fromkeys(Moment, ""))
        self.trees = Segments("concentration_tree", dict.fromkeys(Tree, ""))
        self.legend = Legend(theme)
        self.picture: ConcentrationPicture | None = None
        self.choice = Choice()
        self.page, self.shade = Page.TREEMAP, Shade.USE
        self._shade_chosen = False
        self._told: Choice | None = None
        self._waiting, self._old = "", ""
        self._share: float | None = None
        self._organised, self._selected = False, Selected()
        self._lay_out()
        self._connect()
        self.retranslate()
        self._arrange()

    def show_picture(self, picture: ConcentrationPicture) -> None:
        """Draw the desk as it is now."""
        before, self.picture = self.picture, picture
        answers = before is None or before.choice != picture.choice
        if not self._shade_chosen:
            # Without limits their use says nothing.
            limited = any(bool((level.use != NO_LIMIT).any()) for level in picture.levels)
            limited = limited or bool((picture.grid.use > NO_LIMIT).any())
            self._shade_by(Shade.USE if limited else Shade.SHARE)
        self.refresh_when_visible(at_once=answers)

    def show_request(self, request: Request | None) -> None:
        """Know whether there are orders to look ahead to."""
        has_orders = request is not None and bool(request.orders)
        self.moments.setEnabled(has_orders)
        if not has_orders and self.choice.after:
            self.moments.set_current(Moment.NOW)
            self._ask(replace(self.choice, after=False))

    def show_waiting(self, message: str, share: float | None = None) -> None:
        """Say what is being waited for while there is nothing to draw, and the share of it done where it is known."""
        self._waiting, self._share = message, share
        self._describe()

    def show_selected(self, selected: Selected) -> None:
        """Mark the account, product and contract that are selected everywhere else."""
        self._selected = selected
        self.heat_map.set_account(selected.account)
        self._mark_selected()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Compare the picture with the desk's time, and say so where it lags behind."""
        lag = snapshot.as_of - self.picture.as_of if self.picture is not None else 0
        self.show_age(lag if lag > LAG else None)

    @property
    def wanted(self) -> Choice | None:
        """What somebody looks at; None while nobody does."""
        return self.choice if self.is_seen else None

    def focus_chart(self) -> None:
        """Give the keyboard to the chart in front."""
        self._bodies[self.page].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_age(self, nanoseconds: int | None) -> None:
        """Hatch the charts and say how old they are; None where they are as new as they ought to be."""
        old = "" if nanoseconds is None else tr("These figures are {age} old.").format(age=age(nanoseconds))
        if old != self._old:
            self._old = old
            self._mark_outdated()

    def set_outdated(self, message: str) -> None:
        """Mark every figure as possibly untrue, with the reason; an empty message takes the mark away."""
        self._reason = message
        self._mark_outdated()

    def show_page(self, page: Page) -> None:
        """Bring a chart to the front."""
        self.page = page
        self.pages.set_current(page)
        self._arrange()
        self._ask(replace(self.choice, with_owners=page is Page.OWNERS))

    def refresh(self) -> None:
        """Draw what arrived last."""
        picture = self.picture
        self._describe()
        if picture is None or self.is_empty:
            return
        shown, before = (picture, None) if picture.after is None else (picture.after, picture)
        self.treemap.show_levels(shown.levels, shown.currency, self.shade, before.levels if before else None)
        self.treemap_chart.show_path()
        self.heat_map.show_grid(shown.grid, shown.currency, self.shade, before.grid if before else None)
        names = shown.levels[0 if shown.columns is GridColumns.SECTOR else 1]
        uses = dict(zip(names.names, names.use.tolist(), strict=True))
        self.bars.show_largest(shown.largest, shown.currency, before.largest if before else None, uses)
        if shown.owners is not None and picture.choice.with_owners:
            self.owners.show_owners(shown.owners, picture.choice.owner)
            organised = picture.choice.related or has_desks(shown.owners)
            if organised != self._organised:
                self._organised = organised
                self._arrange()
        if picture.history is not None:
            self.time_chart.show_line(picture.history)
        self.crumbs.show_path(list(picture.choice.owner))
        self._mark_selected()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Concentration"))
        for segments, (name, words) in zip(self._controls, control_words(self.width()), strict=True):
            segments.setAccessibleName(name)
            for button, word in zip(segments.buttons.values(), words, strict=True):
                button.setText(word)
                button.setToolTip(f"{name}: {word}")
        for part in (*self._parts, self.legend):
            part.retranslate()
        self.header.badge.setText(tr("WHAT-IF"))
        self.report.retranslate()
        self.treemap_chart.show_path()
        self.treemap_chart.reading.set_hint(tr("Point at a cell for exact figures; Enter goes in, Escape back"))
        self.heat_chart.reading.set_hint(tr("Point at a cell for exact figures; plus and minus zoom"))
        self.bars_chart.reading.set_hint(tr("Point at a name for exact figures"))
        self.time_view.reading.set_hint(tr("Shares of all gross exposure of the firm; point at a moment for figures"))
        self.owners_view.reading.set_hint(tr("Enter goes into an owner and shows all charts of it, Escape back"))
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        for part in (*self._parts, self.legend):
            part.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the largest names where there is room for them."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Ask for figures from now on."""
        super().showEvent(event)
        self._tell()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks: nothing need be computed."""
        super().hideEvent(event)
        self._tell()

    def set_in_front(self, in_front: bool) -> None:
        """Ask for figures while no other tab covers the view."""
        super().set_in_front(in_front)
        self._tell()

    def _mark_selected(self) -> None:
        if self.picture is not None:
            names = self.picture.names_of(self._selected.product, self._selected.contract)
            across = names[0] if self.picture.columns is GridColumns.SECTOR else names[1]
            self.treemap.set_selected(*names[1:])
            self.bars.set_selected(across)
            self.heat_map.set_column(across)

    def _tell(self) -> None:
        if self.wanted != self._told:
            self._told = self.wanted
            self.choice_made.emit(self._told)

    def _lay_out(self) -> None:
        self._reason = ""
        self.treemap_chart, self.heat_chart = TreemapChart(self.treemap), Chart(self.heat_map)
        self.bars_chart = Chart(self.bars)
        self.owners_view, self.time_view = Chart(self.owners), Chart(self.time_chart)
        self.crumbs = Crumbs(text("Firm"))
        self.crumbs.went_back.connect(lambda depth: self._look_at(self.choice.owner[:depth]))
        self.stack = QStackedWidget()
        self._bodies: dict[Page, QWidget] = dict(zip(Page, self._parts, strict=True))
        self._charts: dict[Page, QWidget] = {
            Page.TREEMAP: self.treemap_chart,
            Page.HEAT_MAP: self.heat_chart,
            Page.OVER_TIME: self.time_view,
            Page.OWNERS: self.owners_view,
        }
        for chart in self._charts.values():
            self.stack.addWidget(chart)
        self.report = ReportButton()
        self.report.report_wanted.connect(self.report_wanted)
        self.header.row.addWidget(self.report)
        controls = FlowRow(least=NARROWEST)
        controls.setContentsMargins(8, 5, 8, 3)
        for segments in self._controls:
            controls.addWidget(segments)
        controls.addWidget(self.crumbs)
        self.crumbs.setMinimumHeight(self.pages.sizeHint().height())
        self.moments.setEnabled(False)
        charts = QHBoxLayout()
        charts.setSpacing(8)
        charts.addWidget(self.stack, 1)
        charts.addWidget(self.bars_chart)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(1, 0, 1, 0)
        rows.setSpacing(0)
        rows.addLayout(controls)
        rows.addLayout(charts, 1)
        rows.addWidget(self.legend)

    def _connect(self) -> None:
        self.pages.chosen.connect(lambda code: self.show_page(Page(code)))
        self.measures.chosen.connect(lambda code: self._ask(replace(self.choice, measure=ExposureMeasure(code))))
        self.columns.chosen.connect(lambda code: self._ask(replace(self.choice, columns=GridColumns(code))))
        self.shades.chosen.connect(self._on_shade_chosen)
        self.treemap.chosen.connect(self._on_tile_chosen)
        self.heat_map.chosen.connect(self._on_cell_chosen)
        self.bars.chosen.connect(self._on_name_chosen)
        self.owners.chosen.connect(self._look_at)
        self.owners.went_back.connect(lambda: self._look_at(self.choice.owner[:-1]))
        self.owners.account_chosen.connect(self.account_selected)
        self.moments.chosen.connect(lambda code: self._ask(replace(self.choice, after=code == Moment.AFTER)))
        self.trees.chosen.connect(lambda code: self._ask(replace(self.choice, owner=(), related=code == Tree.RELATED)))
        self.placeholder.loading.cancelled.connect(self.cancel_requested)
        self.pages.set_current(self.page)
        self.measures.set_current(self.choice.measure)
        self.columns.set_current(self.choice.columns)
        self.shades.set_current(self.shade)
        self.moments.set_current(Moment.NOW)
        self.trees.set_current(Tree.DESKS)

    def _arrange(self) -> None:
        """The largest names beside the others, or a page of their own."""
        for button, words in zip(self.pages.buttons.values(), page_words(self.width()), strict=True):
            button.setText(words)
        beside = self.width() >= BESIDE
        alone = self.page is Page.LARGEST
        self.stack.setVisible(not alone)
        # The heat map needs the whole width for its columns.
        self.bars_chart.setVisible((beside and self.page is Page.TREEMAP) or alone)
        self.bars_chart.setMaximumWidth(2**24 - 1 if alone else self.width() * BARS_SHARE // 100)
        self.bars_chart.setMinimumWidth(0 if alone or not beside else self.width() * BARS_SHARE // 100)
        if not alone:
            self.stack.setCurrentWidget(self._charts[self.page])
        coloured = self.page in (Page.TREEMAP, Page.HEAT_MAP)
        self.legend.setVisible(coloured)
        for segments, used in (
            (self.shades, coloured),
            (self.measures, coloured or alone),
            (self.columns, self.page not in (Page.TREEMAP, Page.OWNERS) or (beside and coloured)),
            (self.moments, self.page is not Page.OVER_TIME),
            (self.trees, self.page is Page.OWNERS and self._organised),
            (self.crumbs, self.page is Page.OWNERS or bool(self.choice.owner)),
        ):
            segments.setVisible(used)

    def _describe(self) -> None:
        """The subtitle, and a placeholder where there is nothing to draw."""
        picture = self.picture
        if picture is None:
            self.header.subtitle.setText("")
            headline = tr("No figures yet") if self._share is None else tr("Computing concentration")
            self.show_placeholder(headline, self._waiting or tr("Waiting for the first figures of the desk."))
            self.placeholder.loading.show_share(self._share)
            return
        self.placeholder.loading.show_share(None)
        accounts = tr("{count} accounts").format(count=count(len(picture.grid.accounts)))
        waiting = picture.choice != self.choice
        ahead = picture.after is not None and self.page is not Page.OVER_TIME
        self.header.badge.setVisible(ahead)
        self.legend.show_ahead(ahead)
        for widget in (self, self.header):
            set_tone(widget, "hypothetical", "true" if ahead else "false")
        parts = [measure_words(picture.measure), picture.currency, accounts, *([tr("computing …")] if waiting else [])]
        self.header.subtitle.setText(" · ".join(parts))
        if picture.reason is not None:
            self.show_placeholder(tr("Not computable"), sentence(picture.reason))
        elif not any(len(level) for level in picture.levels):
            self.show_placeholder(tr("No positions"), tr("Nothing is held, so nothing is concentrated."))
        else:
            self.show_body()

    def _mark_outdated(self) -> None:
        message = " ".join(part for part in (self._old, self._reason) if part)
        super().set_outdated(message)
        for part in (self.treemap, self.heat_map, self.bars, self.time_chart):
            part.set_outdated(bool(message))
        self.owners.setProperty("outdated", bool(message))
        self.owners.viewport().update()

    @property
    def _controls(self) -> tuple[Segments, ...]:
        """What is chosen above the charts, left to right."""
        return self.pages, self.measures, self.columns, self.shades, self.moments, self.trees

    @property
    def _parts(self) -> tuple[Treemap, HeatMap, LargestBars, TimeChart, OwnersTable]:
        """What draws each page, in the pages' order."""
        return self.treemap, self.heat_map, self.bars, self.time_chart, self.owners

    def _look_at(self, owner: OwnerPath) -> None:
        """Show all charts of an owner from now on."""
        self._ask(replace(self.choice, owner=owner))
        self._arrange()

    def _ask(self, choice: Choice) -> None:
        if choice != self.choice:
            self.choice = choice
            self._describe()
            self._tell()

    def _on_shade_chosen(self, code: str) -> None:
        self._shade_chosen = True
        self._shade_by(Shade(code))
        self.refresh_when_visible(at_once=True)

    def _shade_by(self, shade: Shade) -> None:
        if shade is not self.shade:
            self.shade = shade
            self.shades.set_current(shade)
            self.legend.show_shade(shade)

    def _on_tile_chosen(self, depth: int, name: str) -> None:
        self._select(("sector", "product", "contract")[depth], name)

    def _on_cell_chosen(self, account: str, column: str) -> None:
        self.account_selected.emit(account)
        self._on_name_chosen(column)

    def _on_name_chosen(self, name: str) -> None:
        if self.picture is not None:
            self._select(self.picture.columns.value, name)

    def _select(self, level: str, name: str) -> None:
        """Tell of a product or contract; a sector is no more than the place they are in."""
        contracts = self.picture.contracts_of(level, name) if self.picture is not None else ()
        if contracts and level == "contract":
            self.contract_selected.emit(contracts[0])
        elif contracts and level == "product":
            # The largest may be an option whose family has a code of its own; its future has the product's.
            futures = (contract for contract in contracts if not contract.right)
            self.product_selected.emit(next(futures, contracts[0]).product)
