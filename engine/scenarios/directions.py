"""Which products a price move takes along: one, a sector, or all, each as far as it goes with the one that leads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.classification import Dimension
from engine.scenarios.applied import scan_spans
from engine.scenarios.axes import Direction
from engine.scenarios.model import ScenarioModel
from engine.text import Text, text


def product_direction(product: str) -> Direction:
    """Only this product moves."""
    return Direction(Text(escaped(product)), MappingProxyType({product: 1.0}))


def sector_direction(model: ScenarioModel, sector: str, dimension: Dimension = Dimension.SECTOR) -> Direction:
    """All products of a sector, or of an asset class, move by the same percentage."""
    products = model.sector_products(sector, dimension)
    return Direction(Text(escaped(sector)), MappingProxyType(dict.fromkeys(products, 1.0)))


def correlated_direction(model: ScenarioModel, leading: str, correlations: Mapping[str, float]) -> Direction:
    """One product leads, the others follow as far as they are correlated with it and as far as they usually move.

    A product moves by its correlation with the leading one, times its price scan range relative to its price over that
    of the leading one: the clearing house's ranges stand for how much prices move.

    Args:
        model: Of the parameters.
        leading: The product whose move is what a grid's axis says.
        correlations: Correlation of other products with it, -1 to 1; 0 where there is none.

    Raises:
        ValueError: ``leading`` is no product with a range, or a correlation is not between -1 and 1.
    """
    spans = dict(zip(model.products, scan_spans(model).tolist(), strict=True))
    if spans.get(leading, 0.0) <= 0.0:
        raise ValueError(f"{leading} has no price scan range")
    if any(not -1.0 <= correlation <= 1.0 for correlation in correlations.values()):
        raise ValueError("a correlation is between -1 and 1")
    follows = {name: correlations.get(name, 0.0) * span / spans[leading] for name, span in spans.items()}
    moves = {name: move for name, move in follows.items() if move} | {leading: 1.0}
    return Direction(text("{product} and what moves with it", product=leading), MappingProxyType(moves))


def escaped(name: str) -> str:
    """A name as the template of a sentence."""
    return name.replace("{", "{{").replace("}", "}}")
