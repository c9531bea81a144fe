"""From a run to an archive."""

from __future__ import annotations

import contextlib
import io
import json
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path

from explorer.disk import read
from explorer.errors import BrokenFile, LimitReached
from explorer.models.config import ModelConfig, parent_fields
from explorer.runs.archive.format import (
    CONFIG,
    MANIFEST,
    MARKS,
    METRICS,
    NAME,
    RESUME,
    SCRIPT,
    STATUS,
    WEIGHTS,
    Manifest,
    at_rest,
    parse_tensors,
    sha256,
    snapshot_name,
)
from explorer.runs.archive.reader import archives_in
from explorer.runs.archive.weights import in_words
from explorer.runs.library import Library
from explorer.runs.marks import MarkFolder, Marks
from explorer.runs.run import Run
from explorer.runs.starting import trained_before
from explorer.settings import settings


def export_run(run: Run, library: Library | None = None) -> bytes:
    """Return a zip of a run: config, status, metrics, snapshots, resume state, name and marks.

    Beside them are a script that trains it again, and a text that says how the model computes from its weights.
    library: where the runs are found with which it starts, which the script then trains first, and its marks. A run in
    training is exported as it was after its last whole epoch on disk. All is read back, as an import does.

    Raises:
        BrokenFile: a file of the run cannot be read, or is damaged.
    """
    return _packed([run], library)


def export_runs(runs: Sequence[Run], library: Library) -> bytes:
    """Return one zip of several runs, each as `export_run` has it, in a folder of its own.

    Raises:
        BrokenFile: a file of a run cannot be read, or is damaged.
        LimitReached: together they are larger than what is imported again.
    """
    check_export(runs)
    return _packed(runs, library)


def check_export(runs: Sequence[Run]) -> None:
    """Check that what is exported of several runs can be imported again; one run can be exported in any case.

    Raises:
        LimitReached: they are too large together.
    """
    most, n_bytes = settings().import_mb, sum(run.size() for run in runs)
    if len(runs) > 1 and n_bytes > most * 10**6:
        asked = f"An archive of {len(runs)} runs with {n_bytes / 1e6:,.0f} MB"
        raise LimitReached.of(asked, f"{most:,} MB", "import_mb", "Export fewer at a time.")


def _packed(runs: Sequence[Run], library: Library | None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for run in runs:
            files = _files(run, library)
            hashes = {name: sha256(content) for name, content in files.items()}
            files[MANIFEST] = Manifest(run=run.id, files=hashes).model_dump_json(indent=1).encode()
            for name, content in files.items():
                info = zipfile.ZipInfo(f"{run.id}/{name}")  # of a fixed date: the same run gives the same bytes
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    content = buffer.getvalue()
    for each in archives_in(content):
        each.check()
    return content


def _files(run: Run, library: Library | None) -> dict[str, bytes]:
    paths, status = run.paths, run.status
    files = {CONFIG: _read(paths.config)}
    epoch = max((e for e in run.snapshots if e <= status.epoch), default=0)
    if paths.resume.exists():  # read before the rest: training writes it last, so what it needs is there
        files[RESUME] = _read(paths.resume)
        epoch = _epoch_of(files[RESUME], paths.resume, "Delete this file to train the run from the start.")
    rows = [row for row in run.metric_rows() if row["epoch"] <= epoch]
    files[METRICS] = "".join(json.dumps(row) + "\n" for row in rows).encode()
    snapshots = [e for e in run.snapshots if e <= epoch]
    for each in snapshots:
        files[snapshot_name(each)] = content = _read(paths.snapshot(each))
        _epoch_of(content, paths.snapshot(each), "Delete this file; the run's other snapshots stay.")
    if snapshots:
        files[WEIGHTS] = in_words(run.config, run.id, snapshots[-1], parse_tensors(content)[0]).encode()
    files[STATUS] = at_rest(status, epoch).model_dump_json(indent=1).encode()
    if run.name:
        files[NAME] = json.dumps({"name": run.name}).encode()
    if marks := _marks(run, library):
        files[MARKS] = marks.as_json()
    files[SCRIPT] = _script(run, epoch, max(snapshots, default=0), library).encode()
    return files


def _marks(run: Run, library: Library | None) -> Marks:
    """Return a run's marks; none where they are damaged, as nothing else of the run is."""
    folder = library.own.marks if library else MarkFolder(run.paths.folder.parent)
    with contextlib.suppress(BrokenFile):
        return folder.of(run.id)
    return Marks()


def _read(path: Path) -> bytes:
    try:
        return read(path)
    except OSError as error:
        raise BrokenFile(path, error.strerror or str(error), "Train the run on to write it anew.") from error


def _epoch_of(content: bytes, path: Path, remedy: str) -> int:
    """Return the epoch of a file of arrays that can be imported: whoever deletes a run relies on its export."""
    try:
        return parse_tensors(content)[1]
    except ValueError as error:
        raise BrokenFile(path, str(error), remedy) from error


def _script(run: Run, epoch: int, snapshot: int, library: Library | None) -> str:
    config = run.config.model_copy(update={"epochs": max(run.config.first_epoch + 1, epoch)})
    earlier = trained_before(config, library) if library else []
    classes = {name for each in (*earlier, config) for name in _classes(each)}
    first = "".join(f"    train(\n        {_source(each, ' ' * 8)}\n    )\n" for each in earlier)
    return f'''"""Train the run {run.id} again, with the explorer. Its weights can be read without:

    from safetensors.numpy import load_file
    weights = load_file("{snapshot_name(snapshot)}")  # arrays by name, as weights.txt says
"""

from explorer import {", ".join(sorted(classes))}, train

if __name__ == "__main__":
{first}    run = train(
        {_source(config, " " * 8)}
    )
    if run.id != "{run.id}":
        print("This version of the explorer trains differently: the weights are not the same.")
    print(run)
'''


def _classes(config: ModelConfig) -> set[str]:
    """Return the names of the classes that stand in a config's source."""
    inner = [getattr(config, name) for name in parent_fields(type(config))]
    return {type(config).__name__}.union(*map(_classes, inner))


def _source(value: object, indent: str) -> str:
    """Return a value as Python source, a config with each of its values on a line of its own."""
    if not isinstance(value, ModelConfig):
        return repr(value)
    deeper = indent + " " * 4
    lines = [f"{deeper}{name}={_source(getattr(value, name), deeper)},\n" for name in type(value).model_fields]
    return f"{type(value).__name__}(\n{''.join(lines)}{indent})"
