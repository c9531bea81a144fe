"""Which version of the estimator of log Z a figure rests on, so that those of two are never taken for one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOG_Z_ESTIMATOR = 6  # raised with each change of what AIS gives; 1 was stored with no figure, and its errors too small
VERSION_OF_LOG_Z = "log_z_estimator"  # the metric that tells it, beside every figure that rests on an estimate
_RESTING_ON_IT = frozenset(
    f"{name}{end}" for name in ("log_likelihood", "likelihood_bound") for end in ("", "_error", "_reverse", "_50")
)


def by_this_estimator(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures without those that rest on log Z by another version of the estimator: they are as not measured.

    An estimate has one in reverse beside it, and an exact value has none.
    """
    if figures.get(VERSION_OF_LOG_Z) == LOG_Z_ESTIMATOR or not any(name.endswith("_reverse") for name in figures):
        return dict(figures)
    older = {*_RESTING_ON_IT, "effective_chains", VERSION_OF_LOG_Z}
    return {name: value for name, value in figures.items() if name not in older}
