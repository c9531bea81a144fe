"""How long a run was trained, with all that it is built on."""

from __future__ import annotations

from explorer.models.registry import kind_of
from explorer.runs.lineage import chain
from explorer.runs.run import Run
from explorer.ui.one_digit.columns import Figure
from explorer.ui.shelf.services import library


def seconds_of(run: Run) -> Figure | None:
    """Return the seconds of training of a run and its ancestors as a figure of the table; None where nobody knows."""
    own, built_on = _seconds(run, run.epochs), chain(run.config, library())[:-1]
    if not own:
        return None
    of_kinds: dict[str, float] = {}
    unknown = set()
    for link in built_on:
        seconds, name = _seconds(link.run, link.config.epochs) if link.run else 0.0, kind_of(link.config.kind).short
        of_kinds[name] = of_kinds.get(name, 0.0) + seconds
        unknown |= set() if seconds else {name}
    total = own + sum(of_kinds.values())
    parts = [f"{own:,.0f} s of its own", *(f"{name} {seconds:,.0f} s" for name, seconds in of_kinds.items() if seconds)]
    parts += [f"without {', '.join(sorted(unknown))}, of which nobody knows"] if unknown else []
    said = [*(parts if built_on else []), run.status.device]
    text = f"{total:,.0f} s" if total >= 10 else f"{total:.1f} s"
    return Figure(total, f"≥ {text}" if unknown else text, "; ".join(filter(None, said)))


def _seconds(run: Run, epochs: int) -> float:
    """Return the seconds that a run's first epochs took, by its mean."""
    status = run.status
    return status.training_seconds * min(1.0, epochs / status.epoch) if status.epoch else 0.0
