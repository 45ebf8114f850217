"""Scenes that the demo can play, one module each: `make demo SCENE=name`.

A module named as its scene (dashes as underscores) has a function ``scene(folder, sample)`` that returns a
`terminal.scenes.scene.Scene`; ``folder`` is resources/scenes and ``sample`` resources/sample.
"""

from typing import Final

SCENES: Final = ("archegos", "forced-close")
"""Names, as typed."""
