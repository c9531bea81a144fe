"""Marks of one's own: a star, tags and a note for any run, own or shipped, in the user's store.

They stand in a folder beside the runs, one small file for each marked run, named by its id. Shipped runs are only read,
and one of them is copied into the user's store when its training goes on: by the id, its marks stay its own without
being moved. There is a file for each run so that a damaged one takes no other run's marks along, and so that whoever
lists a thousand runs reads those of the marked ones alone. What somebody calls a run stands in the run's folder: see
`Store.give_name`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from explorer.disk import read, reason, remove
from explorer.errors import BrokenFile, InvalidMark, StoreNotWritable
from explorer.runs.files import Stamp, make_folder, not_written, stamp, write_atomically
from explorer.runs.ids import check_run_id, is_run_id
from explorer.runs.locks import lock
from explorer.runs.reading import read_json

MOST_TAGS = 20  # of a run
TAG_LETTERS, NOTE_LETTERS = 30, 1_000
CHANGE_SECONDS = 5.0  # a change takes milliseconds; longer means that something is wrong
_SUFFIX = ".json"


@dataclass(frozen=True)
class Change:
    """What is to be changed of a run's marks; None leaves a star or a note as it is."""

    star: bool | None = None
    tag: tuple[str, ...] = ()  # added
    untag: tuple[str, ...] = ()  # removed
    note: str | None = None  # an empty one takes it away


@dataclass(frozen=True)
class Marks:
    """What somebody has marked a run with."""

    star: bool = False
    tags: tuple[str, ...] = ()  # in the order of letters
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.star or self.tags or self.note)

    def changed(self, change: Change) -> Marks:
        """Return the marks after a change.

        Raises:
            InvalidMark: a text cannot be a tag or a note, or these are too many tags.
        """
        try:
            added = {check_tag(text) for text in change.tag}
            note = self.note if change.note is None else check_note(change.note)
        except ValueError as error:
            raise InvalidMark(f"{error}.") from error
        tags = ({*self.tags} | added) - {" ".join(text.split()) for text in change.untag}
        if len(tags) > MOST_TAGS:
            raise InvalidMark(f"A run has {MOST_TAGS} tags at most, and these are {len(tags)}.")
        return Marks(self.star if change.star is None else change.star, tuple(sorted(tags)), note)

    def as_json(self) -> bytes:
        """Return what `read_marks` reads."""
        return json.dumps(asdict(self), indent=1).encode()


def check_tag(text: str) -> str:
    """Return a tag on one line.

    Raises:
        ValueError: it is empty, too long, or has a comma or letters that cannot be shown.
    """
    tag = " ".join(text.split())
    if not tag or "," in tag or len(tag) > TAG_LETTERS or not tag.isprintable():
        given = tag if len(tag) <= TAG_LETTERS else f"{tag[:TAG_LETTERS]}…"
        raise ValueError(f"{given!r} cannot be a tag: 1 to {TAG_LETTERS} letters that can be shown, without commas")
    return tag


def check_note(text: str) -> str:
    """Return a note, whose lines stay.

    Raises:
        ValueError: it is too long, or has letters that cannot be shown.
    """
    note = "\n".join(line.replace("\t", " ").rstrip() for line in text.strip().splitlines())
    if len(note) > NOTE_LETTERS:
        raise ValueError(f"A note has {NOTE_LETTERS:,} letters at most, and this one has {len(note):,}")
    if not note.replace("\n", "").isprintable():
        raise ValueError("A note has letters that cannot be shown")
    return note


def read_marks(content: bytes) -> Marks:
    """Return the marks that a file of `Marks.as_json` holds.

    Raises:
        ValueError: it is no such file.
    """
    found = read_json(content)
    if not isinstance(found, dict) or found.keys() != {"star", "tags", "note"}:
        raise ValueError("not the marks of a run")
    star, tags, note = found["star"], found["tags"], found["note"]
    if type(star) is not bool or not isinstance(note, str) or not isinstance(tags, list) or len(tags) > MOST_TAGS:
        raise ValueError("not a star, tags and a note")
    if not all(isinstance(tag, str) and check_tag(tag) == tag for tag in tags) or check_note(note) != note:
        raise ValueError("a text that is not as the explorer writes it")
    return Marks(star, tuple(sorted(set(tags))), note)


class MarkFolder:
    """The marks in a store, by the ids of runs. Whether there are such runs is not looked at."""

    def __init__(self, store: Path) -> None:
        self.folder = store / "marks"

    def path(self, id_: str) -> Path:
        """Return where a run's marks are, if it has any.

        Raises:
            InvalidRunId: the text cannot be an id.
        """
        return self.folder / f"{check_run_id(id_)}{_SUFFIX}"

    def __contains__(self, id_: str) -> bool:
        """Whether a run is marked, maybe by a file that is damaged."""
        return self.path(id_).exists()

    def ids(self) -> frozenset[str]:
        """Return the ids of the runs that are marked; none where the folder cannot be listed."""
        try:
            names = os.listdir(self.folder)
        except OSError:
            return frozenset()
        ids = (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
        return frozenset(filter(is_run_id, ids))

    def of(self, id_: str) -> Marks:
        """Return a run's marks; none where nobody has marked it.

        Raises:
            BrokenFile: they cannot be read.
        """
        path = self.path(id_)
        return _read(path, stamp(path))

    def change(self, id_: str, change: Change) -> Marks:
        """Change a run's marks, whoever else changes them at the moment, and return what they are then.

        Raises:
            InvalidMark: a text cannot be a tag or a note, or these are too many tags.
            BrokenFile: the marks that are there cannot be read.
            StoreNotWritable: the store is read-only or full.
        """
        path = self.path(id_)
        try:
            make_folder(self.folder)
        except OSError as error:
            raise not_written(path, error) from error
        with lock(self.folder / "lock", CHANGE_SECONDS, "Another process marks runs. Try again in a moment."):
            marks = self.of(id_).changed(change)
            self._keep(id_, marks)
        return marks

    def take_over(self, id_: str, marks: Marks) -> None:
        """Keep the marks that a run was imported with, unless it has marks here.

        Raises:
            StoreNotWritable: the store is read-only or full.
        """
        if marks and id_ not in self:
            self._keep(id_, marks)

    def forget(self, id_: str) -> None:
        """Remove a run's marks, if it has any.

        Raises:
            StoreNotWritable: the store is read-only.
        """
        path = self.path(id_)
        try:
            remove(path)
        except OSError as error:
            raise StoreNotWritable(f"{path} cannot be removed: {reason(error)}.") from error

    def _keep(self, id_: str, marks: Marks) -> None:
        if marks:
            write_atomically(self.path(id_), marks.as_json(), durable=True)
        else:
            self.forget(id_)


@lru_cache(maxsize=4096)
def _read(path: Path, known: Stamp) -> Marks:
    if not known:  # there is no such file
        return Marks()
    try:
        return read_marks(read(path))
    except (OSError, ValueError) as error:
        raise BrokenFile(
            path, reason(error), "Delete this file; only the run's star, tags and note are lost."
        ) from error
