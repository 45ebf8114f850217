"""The table of all views: what each is made by, the keys that lead to it, and where it stands in which perspective.

To add a dock:

1. Write its view: a subclass of `widgets.panel.View` with a stable English object name.
2. Add one `ViewSpec` below and its name to `VIEWS`. Keys must be free: the registry of actions refuses what is taken.
   ``places`` says where the dock stands in each perspective that shows it by default; in the others a person opens it
   from the View menu, the palette or by its keys. That is all the window needs: it makes the view and its dock, titles,
   colours and translates it, gives it every snapshot (`View.show_snapshot`), the selection (`View.show_selected`),
   outdated and arrays marks, and passes on what it tells by the signals that every view has (`account_selected`,
   `product_selected`, `contract_selected`, `problem_found`, `cancel_requested`).
3. Connect what is its own in `terminal.docks`: what it asks of the desk in `connect_docks`, what it gets in `DRAWN`.
   Code that has a window gets at the view by ``window.view(views.NAME)``, typed as what the spec makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from engine.text import Text, text
from widgets.accounts import AccountsView
from widgets.approvals.view import ApprovalsView
from widgets.audit.view import AuditView
from widgets.breakdown import BreakdownView
from widgets.concentration.view import ConcentrationView
from widgets.forced_close.view import ForcedCloseView
from widgets.panel import View
from widgets.parameters.view import ParametersView
from widgets.positions import PositionsView
from widgets.stress.view import StressView
from widgets.surface.landscape_view import LandscapeView
from widgets.surface.view import SurfaceView
from widgets.theme import Theme
from widgets.ticket import TicketView
from widgets.workspace.perspectives import Perspective, Place

ViewType = TypeVar("ViewType", bound=View)

TRADER, RISK_OFFICER, DESK_HEAD = Perspective


@dataclass(frozen=True, slots=True)
class ViewSpec(Generic[ViewType]):
    """One view and its dock.

    Attributes:
        name: The view's object name; layouts on disk know the dock by it.
        title: What the view is called in menus and in the palette.
        make: Makes the view.
        keys: What leads to it.
        focus: Puts the keyboard where a person begins in the view.
        places: Where it stands in the perspectives that show it by default.
    """

    name: str
    title: Text
    make: Callable[[Theme], ViewType]
    keys: str
    focus: Callable[[ViewType], None]
    places: Mapping[Perspective, Place]


ACCOUNTS: Final = ViewSpec(
    "accounts",
    text("Accounts"),
    AccountsView,
    "Ctrl+1",
    lambda view: view.tree.setFocus(),
    {TRADER: Place(0), RISK_OFFICER: Place(0), DESK_HEAD: Place(1, 0)},
)
BREAKDOWN: Final = ViewSpec(
    "breakdown",
    text("Margin breakdown"),
    BreakdownView,
    "Ctrl+2",
    lambda view: view.tree.setFocus(),
    {TRADER: Place(1, 0), RISK_OFFICER: Place(1, 0)},
)
POSITIONS: Final = ViewSpec(
    "positions",
    text("Positions"),
    PositionsView,
    "Ctrl+3",
    lambda view: view.table.setFocus(),
    {TRADER: Place(1, 1), RISK_OFFICER: Place(1, 0), DESK_HEAD: Place(1, 1)},
)
TICKET: Final = ViewSpec(
    "ticket",
    text("Order ticket"),
    TicketView,
    "Ctrl+4",
    lambda view: view.focus_first_leg(),
    {TRADER: Place(2), RISK_OFFICER: Place(2)},
)
PARAMETERS: Final = ViewSpec(
    "parameters",
    text("Parameters"),
    ParametersView,
    "Ctrl+6",
    lambda view: view.focus_search(),
    {TRADER: Place(0), RISK_OFFICER: Place(0)},
)
CONCENTRATION: Final = ViewSpec(
    "concentration",
    text("Concentration"),
    ConcentrationView,
    "Ctrl+7",
    lambda view: view.focus_chart(),
    {TRADER: Place(1, 1), RISK_OFFICER: Place(1, 1), DESK_HEAD: Place(0)},
)
FORCED_CLOSE: Final = ViewSpec(
    "forced_close",
    text("Forced close"),
    ForcedCloseView,
    "Ctrl+0",
    lambda view: view.focus_fields(),
    {RISK_OFFICER: Place(1, 1)},
)
STRESS: Final = ViewSpec(
    "stress",
    text("Stress"),
    StressView,
    "Ctrl+T",
    lambda view: view.focus_first(),
    {RISK_OFFICER: Place(1, 1), DESK_HEAD: Place(0, 1, 45)},
)

SURFACE: Final = ViewSpec(
    "surface",
    text("Risk surface"),
    SurfaceView,
    "Ctrl+8",
    lambda view: view.focus_plot(),
    {RISK_OFFICER: Place(1, 1), DESK_HEAD: Place(0)},
)
LANDSCAPE: Final = ViewSpec(
    "landscape",
    text("Risk sandbox"),
    LandscapeView,
    "Ctrl+9",
    lambda view: view.focus_plot(),
    {DESK_HEAD: Place(0)},
)

AUDIT: Final = ViewSpec(
    "audit",
    text("Audit"),
    AuditView,
    "Ctrl+Shift+A",
    lambda view: view.focus_filter(),
    {},
)
APPROVALS: Final = ViewSpec(
    "approvals",
    text("Approvals"),
    ApprovalsView,
    "Ctrl+Shift+G",
    lambda view: view.focus_table(),
    {RISK_OFFICER: Place(2, 1, 30)},
)

VIEWS: Final[tuple[ViewSpec[Any], ...]] = (
    ACCOUNTS,
    BREAKDOWN,
    POSITIONS,
    TICKET,
    PARAMETERS,
    CONCENTRATION,
    SURFACE,
    LANDSCAPE,
    FORCED_CLOSE,
    APPROVALS,
    STRESS,
    AUDIT,
)
"""All of them; of views that are tabs of each other the first is in front."""
