"""Finding the trained run that is most like the one asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Settings = Mapping[str, Any]

_WEIGHTS = {"dataset": 20.0}  # another data set is another world
_SEED = 0.05  # another seed is nearly the same run, whatever its number
_FARTHEST = 5.0  # of one number: e⁵ times as much, or something instead of nothing


def differences(wanted: Settings, other: Settings) -> list[str]:
    """Return the names of the hyperparameters, except `epochs`, in which two settings differ."""
    return [name for name in wanted if name != "epochs" and wanted[name] != other.get(name)]


def distance(wanted: Settings, other: Settings) -> float:
    """Return how different two settings are: numbers count by their ratio, everything else by being different."""
    return sum(
        _SEED if name == "seed" else _WEIGHTS.get(name, 1.0) * _gap(wanted[name], other.get(name))
        for name in differences(wanted, other)
    )


def nearest(wanted: Settings, candidates: Iterable[tuple[str, Settings]]) -> str | None:
    """Return the id of the candidate (id, settings) that is nearest to what is wanted, or None if there is none."""
    ranked = sorted((distance(wanted, settings), id_) for id_, settings in candidates)
    return ranked[0][1] if ranked else None


def _gap(a: Any, b: Any) -> float:
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b)):
        return 1.5
    if min(a, b) > 0:
        return min(0.5 + abs(math.log(a / b)), _FARTHEST)
    return min(1.5 + abs(float(a) - float(b)), _FARTHEST)  # 0 has no ratio to anything
