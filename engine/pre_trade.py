"""The check that stands before an order: margin and every limit, with working orders at their worst case.

It is one call for whoever asks: the ticket, the gate, a basket, a strategy. A working order may fill or not, so margin
is computed for every subset of the working strategies, and the subset that leaves least decides. Working orders of the
same contract and side were added up before (`engine.reservations`): margin is convex in the quantity of one contract,
so all of it or none of it is worse than a part. How limits count them: `engine.working_orders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.decision import Decision, Request, Verdict
from engine.desk_limits import StateLimits
from engine.instruments import Universe
from engine.largest_quantity import largest_quantity
from engine.limit_result import LimitCheck, Outcome
from engine.order_case import OrderCase, PreTrade
from engine.reservations import Strategy, in_smallest_size
from engine.simple_pass import simply_passes
from engine.state import DeskState
from engine.text import Text, text
from engine.what_if import decide
from engine.working_book import AllWorking, Held, working_in


@dataclass(frozen=True, slots=True)
class Basis:
    """What a check rests on.

    Attributes:
        sequence: Of the desk's state.
        book: Version of the positions and money in it.
        parameters: SHA-256 of the parameter file, 32 bytes.
        authoritative: Whether every feed is LIVE.
        now: Monotonic nanoseconds of the state.
        limits: Version of the limits; empty where there are none.
    """

    sequence: int
    book: int
    parameters: bytes
    authoritative: bool
    now: int
    limits: str = ""


class DeskCheck:
    """Checks orders against one state of the desk. Changes nothing.

    Args:
        state: The desk.
        universe: Names of its columns.
        limits: In force on that state; None checks margin alone.
    """

    def __init__(self, state: DeskState, universe: Universe, limits: StateLimits | None = None) -> None:
        self.state = state
        self.universe = universe
        self._limits = limits

    def beside(self, held: Held | None = None) -> AllWorking:
        """What is working: what the publisher says, and what is held headroom for."""
        return AllWorking(self.state.book.working, held)

    def prepare(self) -> None:
        """Gather what the first order would have to wait for long; by any thread, as long as nobody checks yet."""
        if self._limits is not None:
            self._limits.prepare()

    def make_ready(self, held: Held | None = None) -> bool:
        """Do a little of what the next order would else wait for, by whoever checks; False where nothing is left.

        Accounts that orders came from on earlier states are made ready one by one, what has begun and ceased to be
        ``held`` is taken in, and at last the state that was asked before is let go of.
        """
        return self._limits is not None and self._limits.make_ready(self.beside(held))

    @property
    def has_limits(self) -> bool:
        """Whether more than margin is checked."""
        return self._limits is not None

    @cached_property
    def basis(self) -> Basis:
        """What every check on it rests on."""
        state = self.state
        origin = state.calculation.parameters.origin
        limits = self._limits.version if self._limits is not None else ""
        digest = bytes.fromhex(origin.sha256)
        return Basis(state.sequence, state.book.version, digest, state.authoritative, state.now, limits)

    def reduces(self, request: Request, working: Sequence[Strategy]) -> bool:
        """Whether the orders only bring positions closer to flat, whatever becomes of the working ones."""
        account = self.state.book.row(request.account)
        if account < 0 or self._unknown(request):
            return False
        return OrderCase(self.state, self.universe, account, request, working).reduces

    def check(
        self,
        request: Request,
        working: Sequence[Strategy] | None,
        everywhere: AllWorking | None = None,
        *,
        briefly: bool = False,
    ) -> PreTrade:
        """Check orders of one account beside those that are working already.

        Args:
            request: The orders; a curve is never traced.
            working: All that may still be filled in the account; None where that is what ``everywhere`` has of it.
            everywhere: All that may still be filled in any account; those of related accounts count where a limit is
                about the group or the firm.
            briefly: Whether nobody will read what each limit says of orders that simply pass: `PreTrade.limits` is
                None of these.
        """
        for order in request.orders:
            if self.universe.find(order.contract) < 0:
                return PreTrade(Verdict.NOT_COMPUTABLE, self._unknown(request), ())
        account = self.state.book.row(request.account)
        if account < 0:
            alone = decide(self.state, self.universe, request._replace(with_curve=False))
            return self._without_figures(alone, None)
        limits = self._limits
        if limits is not None:
            plain = simply_passes(
                self.state, self.universe, limits, account, request, working, everywhere, briefly=briefly
            )
            if plain is not None:
                effect, unsaid = plain
                return PreTrade(Verdict.PASSES, (), (effect,), None, unsaid)
        working = working_in(request.account, working, everywhere)
        case = OrderCase(self.state, self.universe, account, request, working)
        answer = self._by_margin(request, case)
        if limits is None:
            return answer if answer.verdict is not Verdict.REFUSED else answer._replace(largest=case.largest())
        found = limits.check(limits.question(account, request, working, everywhere, case.requirement))
        answer = _both(answer, found)
        if answer.verdict is not Verdict.REFUSED:
            return answer
        return answer._replace(largest=self._largest(case, request, working, everywhere, found))

    def passes(self, request: Request, working: Sequence[Strategy], everywhere: AllWorking | None = None) -> bool:
        """Whether `check` would let the orders pass, without saying why."""
        account = self.state.book.row(request.account)
        if account < 0 or self._unknown(request):
            return False
        limits = self._limits
        if limits is not None:
            plain = simply_passes(
                self.state, self.universe, limits, account, request, working, everywhere, briefly=True
            )
            if plain is not None:
                return True
        case = OrderCase(self.state, self.universe, account, request, working)
        if self._by_margin(request, case).verdict is not Verdict.PASSES:
            return False
        return limits is None or limits.passes(limits.question(account, request, working, everywhere, case.requirement))

    def largest_of_first(
        self, request: Request, working: Sequence[Strategy], everywhere: AllWorking | None, most: int
    ) -> int | None:
        """Largest quantity of the first order that passes with the others as they are, with its sign.

        Args:
            request: The orders; the first says on which side.
            working: As for `check`.
            everywhere: Likewise.
            most: Largest magnitude of interest.

        Returns:
            None where none passes, 0 included.
        """
        first, *others = request.orders
        sign = 1 if first.quantity > 0 else -1

        def passes(quantity: int) -> bool:
            orders = (first._replace(quantity=sign * quantity), *others) if quantity else tuple(others)
            return not orders or self.passes(request._replace(orders=orders), working, everywhere)

        found = largest_quantity(passes, most, (abs(first.quantity),))
        return found if found is None else sign * found

    def _by_margin(self, request: Request, case: OrderCase) -> PreTrade:
        """The verdict of margin alone; largest quantities are not looked for."""
        if case.is_sound:
            answer = case.answer()
            if answer.verdict is not Verdict.NOT_COMPUTABLE:
                return answer
        alone = decide(self.state, self.universe, request._replace(with_curve=False))
        return self._without_figures(alone, case)

    def _largest(
        self,
        case: OrderCase,
        request: Request,
        working: Sequence[Strategy],
        everywhere: AllWorking | None,
        found: LimitCheck,
    ) -> int:
        """Largest multiple of the orders' smallest size that passes limits and margin, in contracts of the first."""
        smallest, times = in_smallest_size(request.orders)

        def passes(multiple: int) -> bool:
            orders = tuple(order._replace(quantity=order.quantity * multiple) for order in smallest)
            return not multiple or self.passes(request._replace(orders=orders), working, everywhere)

        if any(result.outcome is Outcome.NOT_COMPUTABLE for result in found.results):
            # What is not known of these orders is not known of fewer.
            return case.largest_reducing()
        most = abs(case.largest()) // abs(smallest[0].quantity) if case.refused_by_margin else times - 1
        held = self.state.book.positions.net_of(case.account, case.columns[0])
        return (largest_quantity(passes, most, (abs(held // smallest[0].quantity),)) or 0) * smallest[0].quantity

    @staticmethod
    def _without_figures(alone: Decision, case: OrderCase | None) -> PreTrade:
        """Orders that cannot be margined beside what is working pass where they reduce, and only there."""
        passes = case is not None and case.reduces
        reasons = alone.reasons
        if not reasons and not passes:
            reasons = (text("margin beside the working orders cannot be computed"),)
        return PreTrade(Verdict.PASSES if passes else Verdict.NOT_COMPUTABLE, reasons, alone.effects[:1])

    def _unknown(self, request: Request) -> tuple[Text, ...]:
        """Contracts that neither the parameters nor the feeds know: the universe does not grow by what is asked."""
        return tuple(
            text("no parameters for {contract}", contract=order.contract.title)
            for order in request.orders
            if self.universe.find(order.contract) < 0
        )


def _both(margin: PreTrade, limits: LimitCheck) -> PreTrade:
    """The verdict of margin and limits together: the worse of the two, with the reasons of both."""
    refusing, verdict = limits.refusing, margin.verdict
    told = (result.reason for result in refusing if result.reason is not None)
    if verdict is Verdict.PASSES and refusing:
        known = any(result.outcome is Outcome.REFUSED for result in refusing)
        verdict = Verdict.REFUSED if known else Verdict.NOT_COMPUTABLE
    reasons = tuple(dict.fromkeys((*margin.reasons, *told)))
    return PreTrade(verdict, reasons, margin.effects, margin.largest, limits)
