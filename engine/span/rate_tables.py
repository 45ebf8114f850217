"""The parameters laid out for every kind of account that is met: a table for each rate set in use."""

from __future__ import annotations

from engine.margin_terms import USUAL, MarginTerms
from engine.span.arrays import SpanTable
from engine.span.rate_sets import AccountRates, rates_of
from engine.text import BadInputError, Text, text


class RateTables:
    """The tables of all kinds of accounts, each laid out when the first account of its kind is met.

    Tables that only differ by factors share all else. Kept by one thread.

    Args:
        usual: The table of accounts that leave everything to the file.
    """

    def __init__(self, usual: SpanTable) -> None:
        self.usual = usual
        self._tables: dict[MarginTerms, SpanTable | BadInputError] = {USUAL: usual}
        self._by_arrays = {usual.rate_set: usual}

    @property
    def arrays_in_use(self) -> tuple[int, ...]:
        """Numbers of the rate sets whose arrays any table reads."""
        return tuple(self._by_arrays)

    def table_of(self, terms: MarginTerms) -> SpanTable | None:
        """The table of an account, or None where the file has no rates for it."""
        found = self._find(terms.rates)
        return None if isinstance(found, BadInputError) else found

    def error(self, terms: MarginTerms) -> BadInputError | None:
        """Why there is no table of an account, and which rate sets there are; None where there is one."""
        found = self._find(terms.rates)
        return found if isinstance(found, BadInputError) else None

    def problem(self, terms: MarginTerms) -> Text | None:
        """Why there is no table of an account, in one sentence; None where there is one."""
        error = self.error(terms)
        return None if error is None else error.what

    def _find(self, rates: MarginTerms) -> SpanTable | BadInputError:
        found = self._tables.get(rates)
        if found is None:
            try:
                found = self._lay_out(rates_of(self.usual.parameters, rates))
            except BadInputError as error:
                found = error
            except (ValueError, OverflowError):
                what = text("the rates and ratios together have too many digits to compute with")
                remedy = text("fetch the file again from the clearing house")
                found = BadInputError(self.usual.parameters.origin.file, what, remedy)
            self._tables[rates] = found
        return found

    def _lay_out(self, rates: AccountRates) -> SpanTable:
        if rates.arrays not in self._by_arrays:
            table = SpanTable(self.usual.parameters, self.usual.convention, rates.arrays)
            self._by_arrays[rates.arrays] = table
        return self._by_arrays[rates.arrays].with_rates(rates)
