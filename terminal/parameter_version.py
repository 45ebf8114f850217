"""A parameter file that has been read, checked and laid out: what a desk can be put on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from engine.orders import Directory
from engine.span.comparison import Comparison
from engine.span.contract_search import ContractSearch
from engine.span.conventions import convention_of, named_convention
from engine.span.parameters import Origin, ParameterSet
from engine.span.progress import Report
from engine.span.supported import refuse_unsupported
from engine.state import Calculation
from engine.text import BadInputError, text
from terminal.parameter_cache import cached_parameters, load_parameters

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ParameterVersion:
    """One version, with everything that is made of it once.

    Attributes:
        calculation: The parameters, laid out for the margin calculation.
        directory: Its contracts, by what a person types.
        contracts: The search over them.
        comparison: What changed since the version in force when it was read; None where there was none.
    """

    calculation: Calculation
    directory: Directory
    contracts: ContractSearch
    comparison: Comparison | None = None

    @classmethod
    def load(
        cls, path: Path, convention: str | None, progress: Report | None = None, folder: Path | None = None
    ) -> ParameterVersion:
        """Read a file and lay it out.

        Args:
            path: The clearing house's parameter file.
            convention: Name of a convention, or None for the clearing organisation's own.
            progress: Is told how far reading has come, and may end it.
            folder: Where the parameter cache is, by default the user's.

        Raises:
            BadInputError: The file cannot be read, or accounts cannot be margined by it.
            CancelledError: ``progress`` ended the reading.
        """
        return cls.of(load_parameters(path, progress, folder), convention)

    @classmethod
    def of(cls, parameters: ParameterSet, convention: str | None) -> ParameterVersion:
        """Lay parameters out; arguments and errors as of `load`."""
        return cls(lay_out(parameters, convention), Directory.of(parameters), ContractSearch(parameters))

    @classmethod
    def kept(cls, sha256: str, convention: str | None, folder: Path) -> ParameterVersion | None:
        """What the cache has of the file with this digest, laid out; None where it cannot be had."""
        parameters = cached_parameters(sha256, folder)
        try:
            return cls.of(parameters, convention) if parameters is not None else None
        except BadInputError as error:
            # Another convention has been asked for since then, and does not fit.
            _logger.warning("parameters kept in the cache cannot be used: %s", error)
            return None

    @property
    def parameters(self) -> ParameterSet:
        """What the file says."""
        return self.calculation.parameters

    @property
    def origin(self) -> Origin:
        """Which file it is."""
        return self.calculation.parameters.origin


def lay_out(parameters: ParameterSet, convention: str | None) -> Calculation:
    """See that accounts can be margined by ``parameters`` and prepare for it.

    Args:
        parameters: What a file says.
        convention: Name of a convention, or None for the clearing organisation's own.

    Raises:
        BadInputError: The file asks for what is not supported, or its rounding is not known.
    """
    chosen = named_convention(convention) if convention else None
    refuse_unsupported(parameters)
    try:
        return Calculation.of(parameters, chosen or convention_of(parameters.origin.clearing_organisation))
    except (ValueError, OverflowError):
        what = text("the rates and ratios together have too many digits to compute with")
        remedy = text("fetch the file again from the clearing house")
        raise BadInputError(parameters.origin.file, what, remedy) from None
