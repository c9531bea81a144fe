"""From an archive to a run in a store: everything is checked before the first byte is written."""

from __future__ import annotations

import json
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from explorer.data.catalogue import CATALOGUE
from explorer.disk import move
from explorer.errors import ConfigError, ExplorerError, StoreNotWritable
from explorer.models.config import ModelConfig
from explorer.models.config.values import MOST_EPOCHS
from explorer.models.registry import kind_of
from explorer.runs.archive.format import (
    CONFIG,
    MARKS,
    METRICS,
    NAME,
    RESUME,
    STATUS,
    at_rest,
    parse_tensors,
    snapshot_epoch,
    snapshot_name,
)
from explorer.runs.archive.reader import Archive, archives_in, in_short, rejected
from explorer.runs.files import write_atomically
from explorer.runs.ids import identity, run_id
from explorer.runs.limits import check_room
from explorer.runs.marks import Marks, read_marks
from explorer.runs.reading import read_json, read_metrics, read_name
from explorer.runs.run import Run
from explorer.runs.status import Status
from explorer.runs.store import FORMAT, Store

if TYPE_CHECKING:
    from explorer.models.interface import Learner, Model


@dataclass(frozen=True)
class Imported:
    """What has become of one of the runs in an archive: a run in the store, or the reason why it is none."""

    id: str
    run: Run | None
    refused: str = ""


def import_run(store: Store, content: bytes) -> Run:
    """Check an export of one run, add it to the store and return it.

    Raises:
        ImportRejected: the archive is not an export, was altered, or its run is already there; nothing is kept of it.
        LimitReached: the archive is larger than the settings allow, or the store has no room for it.
        StoreNotWritable: the store is shipped, read-only or full.
    """
    archives = _archives(store, content)
    if len(archives) > 1:
        raise rejected(f"it holds {len(archives)} runs, of which only one was asked for")
    return _import(store, archives[0])


def import_runs(store: Store, content: bytes) -> list[Imported]:
    """Check an export of one run or several, add what is whole to the store, and return what has become of each.

    Raises:
        ImportRejected: the archive is not an export; nothing is kept of it.
        LimitReached: the archive is larger than the settings allow.
        StoreNotWritable: the store is shipped.
    """
    outcomes = []
    for archive in _archives(store, content):
        try:
            outcomes.append(Imported(archive.id, _import(store, archive)))
        except ExplorerError as error:
            outcomes.append(Imported(archive.id, None, str(error)))
    return outcomes


def _archives(store: Store, content: bytes) -> list[Archive]:
    if store.shipped:
        raise StoreNotWritable(f"{store.folder} holds the shipped runs and is never written to.")
    return archives_in(content, bounded=True)


def _import(store: Store, archive: Archive) -> Run:
    archive.check()
    _check_absent(store, archive.id)
    check_room(store, archive.unpacked)
    config = _config(archive)
    status = _status(archive, config)
    _check_metrics(archive, status.epoch)
    _check_name(archive)
    marks = _marks(archive)
    _check_tensors(archive, config, status.epoch)
    run = _place(store, archive, status)
    store.marks.take_over(run.id, marks)
    return run


def _check_absent(store: Store, id_: str) -> None:
    if store.paths(id_).folder.exists():
        raise rejected(f"the run {id_} is already there; delete it first to import it again")


def _config(archive: Archive) -> ModelConfig:
    """Return the config of the run, which must be just what training here would have written."""
    try:
        written = read_json(archive.read(CONFIG))
        config = kind_of(written["kind"]).config_class().from_values(written["config"] | {"epochs": MOST_EPOCHS})
    except ConfigError as error:
        raise rejected(f"{CONFIG}: {str(error).rstrip('.')}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise rejected(f"{CONFIG} is not a config ({type(error).__name__}: {error})") from error
    expected = {"format": FORMAT, "kind": config.kind, "algorithm": config.algorithm, "config": identity(config)}
    if json.dumps(written, sort_keys=True) != json.dumps(expected, sort_keys=True):
        raise rejected(f"{CONFIG} is not what this version of the explorer writes for {config.kind}")
    if run_id(config) != archive.id:
        raise rejected(f"{CONFIG} is of the run {run_id(config)}, not of {archive.id}")
    return config


def _status(archive: Archive, config: ModelConfig) -> Status:
    """Return the run's status; a run that was being trained elsewhere arrives stopped."""
    try:
        status = Status.model_validate_json(archive.read(STATUS))
        config.from_values(config.model_dump() | {"epochs": max(config.first_epoch + 1, status.epoch)})
    except ValidationError as error:
        raise rejected(f"{STATUS} is not a status ({in_short(error)})") from error
    except ConfigError as error:
        raise rejected(f"{STATUS}: {str(error).rstrip('.')}") from error
    return at_rest(status, status.epoch)


def _check_metrics(archive: Archive, last: int) -> None:
    rows, fault = read_metrics(archive.read(METRICS))
    if rows and rows[-1]["epoch"] > last:
        fault = fault or f"epoch {rows[-1]['epoch']}, of {last}"
    if fault:
        raise rejected(f"{METRICS} has an invalid line ({fault})")


def _check_name(archive: Archive) -> None:
    try:
        if NAME in archive:
            read_name(archive.read(NAME))
    except ValueError as error:
        raise rejected(f"{NAME} is not the name of a run ({error})") from error


def _marks(archive: Archive) -> Marks:
    try:
        return read_marks(archive.read(MARKS)) if MARKS in archive else Marks()
    except ValueError as error:
        raise rejected(f"{MARKS} is not what a run is marked with ({error})") from error


def _check_tensors(archive: Archive, config: ModelConfig, last: int) -> None:
    """Load every safetensors file into a model of this config, and the resume state into a learner."""
    import torch

    shape = CATALOGUE[config.dataset].shape
    model = config.new_model(shape)
    snapshots = {name: epoch for name in archive if (epoch := snapshot_epoch(name)) is not None}
    for name, epoch in snapshots.items():
        if epoch > last:
            raise rejected(f"{name} is of a later epoch than the run's last, {last}")
        _load(archive, name, epoch, model)
    if RESUME in archive:
        _load(archive, RESUME, last, config.new_learner(shape, torch.Generator()))
    elif last and snapshot_name(last) not in snapshots:
        raise rejected(f"nothing in it is of epoch {last}, where the run is said to be")


def _load(archive: Archive, name: str, epoch: int, target: Model | Learner) -> None:
    import torch

    try:
        arrays, written = parse_tensors(archive.read(name))
        if written != epoch:
            raise ValueError(f"it is of epoch {written} instead of {epoch}")
        target.load_state({key: torch.from_numpy(x) for key, x in arrays.items()})
    except (ValueError, TypeError, RuntimeError) as error:
        raise rejected(f"{name} does not fit ({error})") from error


def _place(store: Store, archive: Archive, status: Status) -> Run:
    """Write the checked files into a folder beside the runs, and rename it to its place when it is complete."""
    arriving, target = store.folder / f".arriving-{uuid.uuid4().hex}", store.paths(archive.id).folder
    try:
        for name in archive:
            if name == MARKS:  # which stand beside the runs
                continue
            content = status.model_dump_json(indent=1).encode() if name == STATUS else archive.read(name)
            write_atomically(arriving / name, content, durable=True)
        move(arriving, target)
    except OSError as error:
        _check_absent(store, archive.id)  # another import was faster
        raise StoreNotWritable(f"{archive.id} cannot be imported into {store.folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return store.run(archive.id)
