"""The desk's concentration as the screens want it, at a rate that leaves the desk its time, and how it came to be."""

from __future__ import annotations

from collections import Counter
from typing import Final

from engine.book import BookSnapshot
from engine.classification import Classification, Dimension
from engine.concentration import Owners
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_figures import ACROSS, FIRM, concentration_picture
from engine.concentration_history import ConcentrationHistory
from engine.concentration_picture import Choice, ConcentrationPicture
from engine.covariance import Covariance, leading_contracts, prices_of
from engine.decision import Request
from engine.detail import with_market
from engine.exposures import Exposures
from engine.instruments import Universe
from engine.limit_use import LimitUse
from engine.limits import LimitSet
from engine.market import MarketBook
from engine.owner_tree import OwnerTree
from engine.reference import Reference
from engine.returns import ReturnHistory
from engine.snapshot import AccountDetail
from engine.span.parameters import ParameterSet
from engine.state import DeskState
from feeds.clock import MILLISECOND, Clock
from terminal.limit_versions import LimitVersions

PERIOD: Final = 500 * MILLISECOND
"""Time between two pictures of the same choice."""
SHARE: Final = 5
"""A picture may take one part in so many of the desk's time."""


class ConcentrationDesk:
    """Draws pictures of the desk's concentration while somebody looks, and remembers. Lives in the desk thread.

    What it remembers outlives the parameters and limits that it was computed on.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._history, self._returns = ConcentrationHistory(), ReturnHistory()

    def rest_on(self, parameters: ParameterSet, universe: Universe, limits: LimitVersions) -> None:
        """Compute on other parameters, limits or reference from now on.

        Args:
            parameters: In force.
            universe: Names of the columns under them.
            limits: Those in force, and the reference beside them.
        """
        self._parameters = parameters
        self._limits: LimitSet | None = limits.limits
        self._reference: Reference = limits.reference
        self._classification = Classification.of(universe, parameters, limits.reference)
        self._leading = leading_contracts(self._classification, parameters)
        self._covariance: Covariance | None = None
        self._trees: dict[bool, OwnerTree] = {}
        self._trees_of: object = None
        self._picture: ConcentrationPicture | None = None
        self._asked: Choice | None = None
        self._request: Request | None = None
        self._due = 0

    def picture(
        self, state: DeskState, market: MarketBook, choice: Choice | None, request: Request | None
    ) -> ConcentrationPicture | None:
        """What ``choice`` asks for, on ``state`` or one shortly before it; None where nobody looks.

        Args:
            state: The desk.
            market: What it was made of.
            choice: What the screen shows; None while it is hidden.
            request: The ticket's orders.
        """
        self._remember(state)
        if choice is None:
            self._picture = None
            return None
        request = request if choice.after else None
        asked = self._picture is None or self._asked != choice or self._request is not request
        if asked or state.now >= self._due:
            began = self._clock.monotonic_ns()
            self._asked, self._request = choice, request
            self._picture = self._draw(state, market, choice, request)
            self._due = state.now + max(PERIOD, SHARE * (self._clock.monotonic_ns() - began))
        return self._picture

    def with_market(self, detail: AccountDetail | None) -> AccountDetail | None:
        """The same with each position against its market."""
        return with_market(detail, self._classification) if detail is not None else None

    def basis(self, state: DeskState, market: MarketBook, *, related: bool = False) -> ConcentrationBasis:
        """Everything that figures of concentration rest on, as of ``state``; ``related`` as in `Choice`."""
        # What came in since is classified before anything is laid out by its codes.
        self._classification = self._classification.extended()
        return ConcentrationBasis.of(
            state,
            market.depth(),
            self._classification,
            self._currency(state.book),
            self._tree_on(state.book, related),
            self._moves(),
            self._in_force(state.book),
        )

    def _draw(
        self, state: DeskState, market: MarketBook, choice: Choice, request: Request | None
    ) -> ConcentrationPicture:
        basis, wall = self.basis(state, market, related=choice.related), self._clock.wall_ns()
        line = self._history.line(ACROSS[choice.columns], basis.limits)
        picture = concentration_picture(basis, choice, wall, line)
        ordered = basis.after(request) if request is not None else None
        if ordered is None:
            return picture
        return picture.with_after(concentration_picture(ordered, choice, wall))

    def _remember(self, state: DeskState) -> None:
        if self._history.is_due(state.now):
            exposures = Exposures.of(state, self._classification, self._currency(state.book))
            self._classification = exposures.classification
            self._history.observe(state.now, self._clock.wall_ns(), exposures, Owners.firm(state.book, FIRM))
        if self._reference.returns is None and self._returns.is_due(state.now):
            names = self._classification.names(Dimension.PRODUCT)
            prices = prices_of(names[: len(self._leading)], self._leading, state.price, state.fresh)
            self._returns.observe(state.now, prices)
            self._covariance = None

    def _moves(self) -> Covariance:
        count = self._classification.count(Dimension.PRODUCT)
        if self._covariance is None or len(self._covariance.known) != count:
            given = self._reference.returns
            self._covariance = Covariance.of(given or self._returns.returns(), self._classification)
        return self._covariance

    def _tree_on(self, book: BookSnapshot, related: bool) -> OwnerTree:
        # Accounts of a book are the same while its kinds are the same object.
        if self._trees_of != (id(book.kinds), book.gone):
            self._trees, self._trees_of, self._kinds = {}, (id(book.kinds), book.gone), book.kinds
        if related not in self._trees:
            self._trees[related] = OwnerTree.of(book, None if related else self._reference.organisation)
        return self._trees[related]

    def _currency(self, book: BookSnapshot) -> str:
        if self._limits is not None and self._limits.currency:
            return self._limits.currency
        return usual_currency(book)

    def _in_force(self, book: BookSnapshot) -> LimitUse | None:
        if self._limits is None:
            return None
        return LimitUse(self._limits, self._clock.wall_ns(), book, self._classification)


def usual_currency(book: BookSnapshot) -> str:
    """The currency that most accounts are shown in; of equals the first by name."""
    counts = Counter(account.currency for account in book.accounts)
    return min(counts, key=lambda currency: (-counts[currency], currency), default="USD")
