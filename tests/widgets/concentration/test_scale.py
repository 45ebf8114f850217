"""A colour means the same every day, and is told apart without seeing hues."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.concentration_picture import NO_LIMIT
from engine.numbers import NOT_COMPUTABLE, RATIO
from widgets.concentration.scale import Shade, Step, Swatches, contrast, luminance, step_words, steps
from widgets.theme import THEMES, load_theme


def step_of(use: int, value: int = 1) -> int:
    return int(steps(Shade.USE, np.array([use]), np.array([value]))[0])


def test_a_limit_used_to_the_full_is_not_yet_over() -> None:
    assert (step_of(RATIO), step_of(RATIO + 1)) == (4, Step.FULLEST)


def test_what_has_no_figure_has_a_state_of_its_own() -> None:
    assert step_of(NO_LIMIT) == Step.NO_LIMIT
    assert step_of(0, value=0) == Step.EMPTY
    assert step_of(NOT_COMPUTABLE) == Step.UNKNOWN
    assert step_of(RATIO, value=NOT_COMPUTABLE) == Step.UNKNOWN


def test_the_legend_names_every_step() -> None:
    assert step_words(Shade.USE) == (
        "≤\xa025\xa0%",
        "25–50\xa0%",
        "50–75\xa0%",
        "75–90\xa0%",
        "90–100\xa0%",
        "over the limit",
    )
    assert step_words(Shade.SHARE)[-1] == ">\xa040\xa0%"


@pytest.mark.parametrize("name", THEMES)
def test_steps_differ_in_lightness(name: str) -> None:
    heats = Swatches(load_theme(name)).fills[: Step.FULLEST + 1]
    ordered = [luminance(each) for each in (heats if name.startswith("dark") else reversed(heats))]
    assert all(upper > lower for lower, upper in pairwise(ordered))
    assert all(contrast(one, other) >= 1.15 for one, other in pairwise(heats))


@pytest.mark.parametrize("name", THEMES)
def test_words_read_on_every_step(name: str) -> None:
    swatches = Swatches(load_theme(name))
    assert min(contrast(ink, fill) for ink, fill in zip(swatches.inks, swatches.fills, strict=True)) >= 4.5
