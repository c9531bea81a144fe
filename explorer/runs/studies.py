"""Studies that somebody keeps under a name, in the store beside the runs, and as a zip file to take along.

A study is kept as the parameters of its link: texts, which whoever shows it reads as it reads a link.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.disk import read
from explorer.errors import ImportRejected, InvalidName
from explorer.models.config import ModelConfig
from explorer.models.registry import kind_of
from explorer.runs.files import not_written, write_atomically
from explorer.runs.reading import check_name, read_json

FOLDER = "studies"  # in a store; no run is called so
MOST_PARAMETERS, MOST_LETTERS = 200, 1_000
MOST_BYTES = 1_000_000  # of study.json in an archive, unpacked
STUDY, CONFIGS, FIGURES, SCRIPT = "study.json", "configs.json", "figures.csv", "repeat.py"

_SCRIPT = '''"""Trains the runs of a study as far as they are not trained yet, and prints the last figures of each."""

import json
from pathlib import Path

import explorer

for settings in json.loads(Path(__file__).with_name("{configs}").read_text("utf-8")):
    run = explorer.train(explorer.{config}.from_values(settings), figures="all")
    print(run.id, run.metrics().iloc[-1].to_dict())
'''


@dataclass(frozen=True)
class KeptStudy:
    """A study under a name: the parameters of its link."""

    name: str
    parameters: Mapping[str, str]


def keep(store: Path, name: str, parameters: Mapping[str, str]) -> KeptStudy:
    """Keep a study in a store's folder; one of the same name is replaced.

    Raises:
        InvalidName: the name is empty, too long, or cannot be shown.
        StoreNotWritable: the store is read-only or full.
    """
    try:
        study = KeptStudy(check_name(name), parameters)
    except ValueError as error:
        raise InvalidName(f"{name[:80]!r} is no name for a study: {error}.") from error
    write_atomically(_path(store, study.name), _content(study).encode(), durable=True)
    return study


def kept(store: Path) -> list[KeptStudy]:
    """Return the studies in a store's folder by name; files that are not whole are left out."""
    found = []
    with contextlib.suppress(OSError):
        for path in (store / FOLDER).iterdir():
            with contextlib.suppress(OSError, ValueError):
                found.append(_read(read(path)))
    return sorted(found, key=lambda study: study.name.casefold())


def forget(store: Path, name: str) -> None:
    """Delete a study, if it is there; its runs stay.

    Raises:
        StoreNotWritable: it cannot be deleted.
    """
    try:
        _path(store, name).unlink(missing_ok=True)
    except OSError as error:
        raise not_written(_path(store, name), error) from error


def export_study(study: KeptStudy, configs: Sequence[ModelConfig], figures: str) -> bytes:
    """Return a zip file with a study, its configs, its figures (csv), and a script that trains what is missing."""
    script = _SCRIPT.format(configs=CONFIGS, config=kind_of(configs[0].kind).config_name) if configs else ""
    parts = {
        STUDY: _content(study),
        CONFIGS: json.dumps([config.model_dump(mode="json") for config in configs], indent=1),
        FIGURES: figures,
        SCRIPT: script,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def read_study(content: bytes) -> KeptStudy:
    """Return the study of an exported zip file. Nothing else in it is read.

    Raises:
        ImportRejected: it is no such file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(STUDY) as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise ValueError(f"{STUDY} is larger than {MOST_BYTES:,} bytes")
        return _read(text)
    except Exception as error:  # zipfile raises a dozen types on altered bytes
        raise ImportRejected(f"This is not a study that an explorer exported: {error}.") from error


def _content(study: KeptStudy) -> str:
    return json.dumps({"name": study.name, "parameters": dict(study.parameters)}, indent=1)


def _read(content: bytes) -> KeptStudy:
    """Return the study of a file.

    Raises:
        ValueError: it is none.
    """
    found: Any = read_json(content)
    if not isinstance(found, dict) or found.keys() != {"name", "parameters"} or not isinstance(found["name"], str):
        raise ValueError("not a study")
    parameters = found["parameters"]
    if not isinstance(parameters, dict) or len(parameters) > MOST_PARAMETERS:
        raise ValueError("not the parameters of a link")
    for name, text in parameters.items():
        if not isinstance(text, str) or len(name) + len(text) > MOST_LETTERS:
            raise ValueError(f"{name[:80]!r} is no parameter of a link")
    return KeptStudy(check_name(found["name"]), parameters)


def _path(store: Path, name: str) -> Path:
    return store / FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
