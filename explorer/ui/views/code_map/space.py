"""What a kind of model feeds the map of its codes with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.arrays import Floats
from explorer.ui.components.latent_map import Circle
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject


@dataclass(frozen=True)
class CodeSpace:
    """What a kind of model codes images by, and what its map is called.

    `codes` returns those of all test images (N, Z) at an epoch, `importance` a number for each dimension (Z,): the
    first map shows the two most important. `reach`: the map decodes at least so far around 0. `center`: where
    dimensions that are not shown stay (Z,), by default at 0. `circle` is drawn on maps of two dimensions.
    """

    view: str
    noun: str  # a dimension's name
    codes: Callable[[Subject, int | None], Floats]
    importance: Callable[[Subject], Floats]
    reach: float = 0.0
    on_click: Callable[[Scene, Subject, tuple[float, float], Floats], None] | None = None  # with place and code (Z,)
    center: Callable[[Subject], Floats] | None = None
    beside: Rival | None = None
    circle: Circle | None = None


@dataclass(frozen=True)
class Rival:
    """Another map of the same images that is drawn beside the first as long as no run is pinned: places (N, 2)."""

    title: str
    places: Callable[[Subject], Floats]
    axes: tuple[str, str]
