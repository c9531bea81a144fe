"""The library as a table: one row for each run, also for those that cannot be read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from explorer.errors import BrokenFile, ExplorerError
from explorer.models.config import ModelConfig
from explorer.models.registry import KINDS
from explorer.runs.files import Stamp, stamp
from explorer.runs.findings import findings_of
from explorer.runs.ids import kind_in, run_id
from explorer.runs.marks import Marks
from explorer.runs.paths import RunPaths
from explorer.runs.run import KEPT, Run
from explorer.runs.status import State, Status
from explorer.runs.store import Store
from explorer.ui.differences import all_settings, from_defaults
from explorer.ui.search import matches
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import library
from explorer.ui.state.runs import BROKEN, Filter
from explorer.ui.wording import plain

STATE_WORDS = {  # with signs that common fonts have
    State.RUNNING: "▶ training",
    State.QUEUED: "… waiting",
    State.DONE: "✓ done",
    State.STOPPED: "‖ stopped",
    State.INTERRUPTED: "⚡ interrupted",
    State.FAILED: "✗ failed",
}
STATES = {words: str(state) for state, words in STATE_WORDS.items()} | {"✗ broken": BROKEN}  # as a filter names them

COLUMNS = {
    # with less than 30 pixels no column would go on below any more
    "star": st.column_config.TextColumn("★", width=36, help="Runs that you have given a star"),
    "state": st.column_config.TextColumn("State", width=100),
    "name": st.column_config.TextColumn("Name", width=120),
    "tags": st.column_config.TextColumn("Tags", width=100),
    "model": st.column_config.TextColumn("Model", width=95),
    "settings": st.column_config.TextColumn("Settings that differ from the defaults", width=248),
    "data": st.column_config.TextColumn("Data", width=70),
    "findings": st.column_config.TextColumn("Findings", width=95, help="What is wrong with it at its last epoch"),
    "progress": st.column_config.ProgressColumn("Progress", format="percent", min_value=0, max_value=1, width=75),
    "epochs": st.column_config.TextColumn("Epochs", width=75),
    "begun": st.column_config.DatetimeColumn("Begun", format="distance", width=95),
    "speed": st.column_config.NumberColumn("s / epoch", format="%.2f", width=60),
    "size": st.column_config.NumberColumn("MB", format="%.1f", width=45),
    "place": st.column_config.TextColumn("Place", width=70),
    "id": st.column_config.TextColumn("Id", width=150),
}
# in which words are looked for, beside tags, notes and all settings
SAID = ("name", "state", "model", "data", "findings", "place", "id", "settings")
Row = dict[str, Any]
DRAWN = "runs table"  # the session's key of what the browser shows
ONE_LINE, MORE_LINES = 35, 66  # pixels of a row; Streamlit lets texts go on below where it has more than 64
HEIGHT = 396  # pixels of a table of many rows: on a projector, the buttons below are in sight
SOMETIMES = ("star", "name", "tags")  # columns that are only there where a run has such a thing
FITS = {"settings": 37, "name": 15, "tags": 12}  # letters of a column that have room on one line
TAG_LETTERS = 36  # of tags that have room on the lines of a row; of more only the number is said


@dataclass(frozen=True)
class Listing:
    """What the stores hold."""

    rows: dict[str, Row]  # by id; the values of the table's columns, of runs that cannot be read not all
    table: pd.DataFrame  # the user's own runs, those that somebody asked for first, newest first, then the shipped ones
    live: tuple[str, ...]  # ids of the runs in training or waiting
    broken: dict[str, str]  # ids of the runs that cannot be read, and why
    unlisted: tuple[str, ...]  # why a whole store cannot be listed
    configs: dict[str, ModelConfig]  # of those that can be read, by id
    marks: dict[str, Marks]  # of those that are marked, by id
    damaged: tuple[str, ...]  # why marks cannot be read

    def name(self, id_: str) -> str:
        """Return a run's id and what a user knows it by, in Markdown."""
        row = self.rows[id_]
        known = "broken" if id_ in self.broken else f"{row['settings']}, {row['data']}"
        return f"{self.called(id_)} ({row['model']}, {known})"

    def called(self, id_: str) -> str:
        """Return a run's name, if it has one, and its id, in Markdown."""
        name = self.rows[id_]["name"]
        return f"**{plain(name)}** `{id_}`" if name else f"`{id_}`"

    @property
    def tags(self) -> list[str]:
        """All tags that runs have, in the order of letters."""
        return sorted({tag for marks in self.marks.values() for tag in marks.tags})

    def found_by(self, wanted: Filter) -> pd.DataFrame:
        """Return the rows of the runs that a user looks for; all where nothing is asked for."""
        if not wanted:
            return self.table
        return self.table[
            [self._passes(wanted, row) and self._is_found_by(wanted.find, row) for row in self.rows.values()]
        ]

    def _passes(self, wanted: Filter, row: Row) -> bool:
        marks = self.marks.get(row["id"], Marks())
        return (
            (not wanted.model or kind_in(row["id"]) in wanted.model)
            and (not wanted.data or row.get("data") in wanted.data)
            and (not wanted.state or STATES[row["state"]] in wanted.state)
            and (marks.star or not wanted.starred)
            and {*wanted.tag} <= {*marks.tags}
        )

    def _is_found_by(self, query: str, row: Row) -> bool:
        id_, config = row["id"], self.configs.get(row["id"])
        said = [row.get(name, "") for name in SAID]
        marks, settings = self.marks.get(id_, Marks()), _words(config) if config else []
        return query.strip().casefold() in id_ or matches(query, [*said, *marks.tags, marks.note, *settings])


def forget_table() -> None:
    """Read the library anew with the next listing, after something was changed."""
    listing.cache_clear()


@recent(2.0)
def listing() -> Listing:
    """Return what the stores hold, at most two seconds old."""
    rows: list[Row] = []
    live, broken, configs = [], {}, {}
    runs, unlisted = _runs()
    marks, damaged = _marks()
    for run in runs:
        marked = marks.get(run.id, Marks())
        row = {
            "star": "★" * marked.star,
            "tags": _in_room(marked.tags),
            "place": "shipped" if run.shipped else "by itself" if run.automatic and run.id not in marks else "own",
            "begun": _begun(run),
            "size": _megabytes(run),
            "id": run.id,
            "name": run.name,
        }
        try:
            status, config = run.status, run.config
            rows.append(row | _progress(status) | _description(run, config))
            configs[run.id] = config
            if status.state.live:
                live.append(run.id)
        except ExplorerError as error:
            broken[run.id] = str(error)
            reason = f"{error.path.name}: {error.reason}" if isinstance(error, BrokenFile) else str(error)
            rows.append(row | {"state": "✗ broken", "model": _model(kind_in(run.id)), "settings": reason})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Listing(
        {row["id"]: row for row in rows}, table, tuple(live), broken, tuple(unlisted), configs, marks, tuple(damaged)
    )


def _in_room(tags: Sequence[str]) -> str:
    """Return the first tags, as many as have room, and the number of the others."""
    shown = [tag for count, tag in enumerate(tags, 1) if len(", ".join(tags[:count])) <= TAG_LETTERS]
    return ", ".join(shown) + (f" +{len(tags) - len(shown)}" if len(shown) < len(tags) else "")


def _marks() -> tuple[dict[str, Marks], list[str]]:
    """Return the marks by the ids of runs, and why some cannot be read."""
    folder = library().own.marks
    marks, damaged = {}, []
    for id_ in sorted(folder.ids()):
        try:
            marks[id_] = folder.of(id_)
        except BrokenFile as error:
            damaged.append(str(error))
    return marks, damaged


def _runs() -> tuple[list[Run], list[str]]:
    """Return the runs in the order of the table, which stays while they are trained, and what could not be listed."""
    runs: dict[str, Run] = {}
    unlisted = []
    for store in (library().own, library().shipped):
        try:
            runs = {run.id: run for run in _listed(store)} | runs  # of a run that both hold, the user's own is meant
        except ExplorerError as error:
            unlisted.append(str(error))
        except OSError as error:
            whose, variable = ("shipped", "EXPLORER_TRAINED") if store.shipped else ("your own", "EXPLORER_STORE")
            unlisted.append(
                f"The folder of {whose} runs, {store.folder}, cannot be listed: {error.strerror or error}. "
                f"Make it a folder that can be read, or choose another with {variable}."
            )
    return sorted(runs.values(), key=_newest_first), unlisted


def _listed(store: Store) -> list[Run]:
    with contextlib.suppress(FileNotFoundError):  # the folder appears with the first run
        os.scandir(store.folder).close()  # a store that is no folder at all would pass for an empty one
    return list(store)


def _newest_first(run: Run) -> tuple[bool, bool, float, str]:
    begun = _begun(run)
    return run.shipped, run.automatic, -begun.timestamp() if begun else 0.0, run.id


def _begun(run: Run) -> datetime | None:
    """Return when the run came into the user's store: its config is written once, whatever happens to it later."""
    if run.shipped:  # the time of a checkout says nothing
        return None
    with contextlib.suppress(OSError):
        return datetime.fromtimestamp(run.paths.config.stat().st_mtime, UTC)
    return None


def _megabytes(run: Run) -> float | None:
    with contextlib.suppress(OSError):
        return run.size() / 1e6
    return None


def _progress(status: Status) -> dict[str, Any]:
    return {
        "state": STATE_WORDS[status.state],
        "progress": round(status.progress, 2),
        "epochs": f"{status.epoch} of {status.target}" if status.epoch < status.target else str(status.epoch),
        "speed": status.seconds_per_epoch,
    }


def _description(run: Run, config: ModelConfig) -> dict[str, Any]:
    return {
        "model": _model(config.kind),
        "settings": _settings(run.id, config),
        "data": config.dataset,
        "findings": _findings(run.paths, stamp(run.paths.metrics), stamp(run.paths.figures_of(run.epochs))),
    }


@lru_cache(maxsize=KEPT)
def _settings(id_: str, config: ModelConfig) -> str:
    different = from_defaults(config)
    return different if run_id(config) == id_ else f"by another version of the explorer, {different}"


@lru_cache(maxsize=KEPT)
def _findings(paths: RunPaths, *_stamps: Stamp) -> str:
    """Return the names of what is wrong with a run, found once for the same files."""
    with contextlib.suppress(BrokenFile):  # its page says so
        return ", ".join(finding.name for finding in findings_of(Run(paths.folder)))
    return ""


@lru_cache(maxsize=KEPT)
def _words(config: ModelConfig) -> list[str]:
    return [KINDS[config.kind].title, *all_settings(config)]


def _model(kind: str) -> str:
    return KINDS[kind].short if kind in KINDS else kind


@dataclass(frozen=True)
class _Drawn:
    """A table as the browser shows it: which rows are ticked says nothing without the ids they stand for."""

    ids: tuple[str, ...]
    number: int  # part of the widget's key, since Streamlit keeps row numbers when the rows change
    ticked: tuple[int, ...]  # rows whose runs were selected in the table before

    @property
    def key(self) -> str:
        return f"{DRAWN} {self.number}"

    @property
    def selected(self) -> list[str]:
        """The ids of the rows ticked by now."""
        rows = st.session_state[self.key]["selection"]["rows"] if self.key in st.session_state else ()
        return [self.ids[row] for row in rows if row < len(self.ids)]

    def followed_by(self, ids: tuple[str, ...]) -> _Drawn:
        """Return this table if it still has the same rows, else a new one in which the same runs are selected."""
        if ids == self.ids and self.key in st.session_state:
            return self
        selected = self.selected
        return _Drawn(ids, self.number + 1, tuple(row for row, id_ in enumerate(ids) if id_ in selected))


def select_runs(table: pd.DataFrame) -> list[str]:
    """Draw the table and return the ids of the selected runs, which stay selected when other runs come and go."""
    before: _Drawn = st.session_state.get(DRAWN, _Drawn((), 0, ()))
    drawn = st.session_state[DRAWN] = before.followed_by(tuple(table["id"]))
    is_long = any((table[column].fillna("").str.len() > letters).any() for column, letters in FITS.items())
    row_height = MORE_LINES if is_long else ONE_LINE
    st.dataframe(
        table,
        column_config=COLUMNS,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": list(drawn.ticked)}},
        key=drawn.key,
        column_order=[name for name in COLUMNS if name not in SOMETIMES or table[name].any()],
        row_height=row_height,
        height="auto" if len(table) < HEIGHT // row_height else HEIGHT,
        placeholder="",
    )
    return drawn.selected
