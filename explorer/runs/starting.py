"""The runs with whose weights others start: found, held against the config, and in the order of their training."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from explorer.errors import BrokenFile, ConfigError, OtherKind, RunNotFound, SnapshotNotFound
from explorer.models.config import ModelConfig, origin_in
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run


def start_of(config: ModelConfig, library: Library) -> Run | None:
    """Return the run with whose weights a config's training starts, kept at that epoch; None if it starts anew.

    Raises:
        RunNotFound: no store holds the run.
        SnapshotNotFound: it was not kept at that epoch.
        ConfigError: what the config describes is not the same model but for its weights; each setting is named.
    """
    if (origin := config.origin) is None:
        return None
    held = [store.run(origin.run) for store in (library.own, library.shipped) if origin.run in store]
    if not held:
        raise RunNotFound(
            f"There is no run {origin.run}, with which this one starts. Train it or import it first, or start anew."
        )
    run = next((run for run in held if origin.epoch <= run.epochs and origin.epoch in run.snapshots), None)
    if run is None:
        kept = ", ".join(map(str, held[0].snapshots)) or "none yet"
        words = f"{origin.run}, with which this run starts, has no snapshot of epoch {origin.epoch}"
        raise SnapshotNotFound(f"{words}; it was kept at: {kept}.")
    if run.kind != config.kind:
        raise OtherKind(f"{origin.run} is a run of {run.kind}; one of {config.kind} cannot start with it.")
    if problems := config.misfits_with(run.config):
        raise ConfigError(problems)
    return run


def check_starts(config: ModelConfig, library: Library) -> None:
    """Check that what a config, and the models it is built on, start with is there, as far as it is still needed.

    Raises:
        RunNotFound, SnapshotNotFound, ConfigError: see `start_of`.
    """
    for each in (*ancestors(config), config):
        if library.kept(each) is None and not _has_begun(each, library):
            start_of(each, library)


def _has_begun(config: ModelConfig, library: Library) -> bool:
    """Whether the user's own run holds what it started with, or has gone on from there."""
    id_ = run_id(config)
    if id_ not in library.own:
        return False
    run = library.own.run(id_)
    return run.can_go_on or config.first_epoch in run.snapshots


def trained_before(config: ModelConfig, library: Library) -> list[ModelConfig]:
    """Return the configs of the runs that a config and the models it is built on start with, the earliest first.

    Each is asked for up to the epoch that is started with; runs that no store holds are missing.
    """
    found: dict[ModelConfig, None] = {}
    for each in (*ancestors(config), config):
        with contextlib.suppress(RunNotFound, BrokenFile):
            if origin := each.origin:
                earlier = library.find(origin.run).config
                if run_id(earlier) == origin.run:  # else a forged one, which might start with itself
                    wanted = earlier.model_copy(update={"epochs": max(origin.epoch, earlier.first_epoch + 1)})
                    found |= dict.fromkeys([*trained_before(wanted, library), wanted])
    return list(found)


def starting_with(id_: str, runs: Iterable[Run]) -> list[str]:
    """Return the ids of the runs that start with the weights of a run."""
    found = []
    for run in runs:
        with contextlib.suppress(BrokenFile):
            starts = [str(value) for name, value in run.written.items() if name.split(".")[-1] == "start"]
            if any(origin.run == id_ for origin in map(origin_in, starts) if origin):
                found.append(run.id)
    return found
