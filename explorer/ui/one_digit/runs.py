"""Which run of each kind the digit goes through: at first the one that its page opens on, else one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.data.catalogue import CATALOGUE, default_name
from explorer.errors import ExplorerError
from explorer.models.config import default_values
from explorer.models.registry import KINDS, Kind, kind_of
from explorer.runs.ids import run_id
from explorer.runs.nearest import nearest
from explorer.runs.run import Run
from explorer.ui.differences import from_defaults
from explorer.ui.navigation import page_link
from explorer.ui.shelf.pictured import pictured_runs
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import readable_epochs
from explorer.ui.state.choices import Read
from explorer.ui.state.one_digit import OneDigit, keep_valid
from explorer.ui.state.subject import Subject
from explorer.ui.wording import in_epochs

SHAPE = (28, 28)  # of digits, and of what a drawing becomes

Settings = Mapping[str, Any]
Trained = Mapping[str, Sequence[tuple[str, Settings]]]  # (id, settings) of the runs with snapshots, by kind


@dataclass(frozen=True)
class Chosen:
    """A kind, and its run at its last epoch; or why there is nothing to show, in words.

    `trained` says whether there is any run of the kind.
    """

    kind: Kind
    subject: Subject | None
    trouble: str = ""
    trained: bool = True

    @property
    def page(self) -> Kind:
        """The kind whose page shows it."""
        return kind_of(self.kind.page or self.kind.name)


def trained_runs() -> Trained:
    """Return all runs that have something to show, by kind."""
    return {name: pictured_runs(name) for name in KINDS}


def pick_data(page: OneDigit, trained: Trained) -> str:
    """Draw the choice of a data set among those with runs, if there are several; return its name."""
    found = {settings["dataset"] for runs in trained.values() for _, settings in runs} | {default_name()}
    offered = [name for name, entry in CATALOGUE.items() if entry.shape == SHAPE and name in found]
    key = page.linked("data", default_name(), _one_of_sets(offered))
    keep_valid(key, offered, default_name())
    if len(offered) == 1:
        return offered[0]
    return st.selectbox(
        "Data set",
        offered,
        offered.index(default_name()),
        format_func=lambda name: CATALOGUE[name].title,
        key=key,
        help="Of the digit, and of the runs that it goes through.",
        persist_state="session",
    )


def pick_runs(page: OneDigit, dataset: str, trained: Trained) -> list[Chosen]:
    """Draw the choice of a run for each kind that has several; return what is chosen of every kind, in order."""
    found = []
    for kind in KINDS.values():
        offered = {id_: settings for id_, settings in trained[kind.name] if settings["dataset"] == dataset}
        found.append(_pick_run(page, kind, dataset, {id_: x for id_, x in offered.items() if _pictured(id_)}))
    return found


def _pictured(id_: str) -> Run | None:
    """Return a run that has something to show; one that has only begun has nothing yet."""
    return library().pictured(id_)


def _pick_run(page: OneDigit, kind: Kind, dataset: str, offered: Mapping[str, Settings]) -> Chosen:
    title = CATALOGUE[dataset].title
    if not offered:
        page.linked(kind.name, "", _one_of_runs(offered, title))
        return Chosen(kind, None, f"No run of this kind with its weights is trained on {title}.", trained=False)
    default = _opened_on(kind, dataset, offered)
    key = page.linked(kind.name, default, _one_of_runs(offered, title))
    keep_valid(key, offered, default)
    labels = {id_: _label(_pictured(id_), id_) for id_ in offered}
    order = sorted(offered, key=lambda id_: (id_ != default, labels[id_], id_))
    id_ = st.selectbox(kind.short, order, 0, format_func=lambda each: labels[each], key=key, persist_state="session")
    return _chosen(kind, _pictured(id_))


def _opened_on(kind: Kind, dataset: str, offered: Mapping[str, Settings]) -> str:
    """Return the run of a kind's defaults on the data set, or else the nearest to them, as its page does."""
    config_class = kind.config_class()
    values = default_values(config_class) | {"dataset": dataset}
    own = run_id(config_class.from_values(values))
    return own if own in offered else nearest(values, offered.items()) or next(iter(offered))


def _chosen(kind: Kind, run: Run | None) -> Chosen:
    if run is None:
        return Chosen(kind, None, "This run has no snapshot.")
    try:
        epochs, defects = readable_epochs(run)
        if not epochs:
            return Chosen(kind, None, " ".join(defects))
        return Chosen(kind, Subject(run, run.config, epochs, epochs[-1], "current", ""), " ".join(defects))
    except ExplorerError as error:
        return Chosen(kind, None, str(error))


def _label(run: Run | None, id_: str) -> str:
    """Return what a run is called where several are offered."""
    if run is None:
        return id_
    try:
        settings = from_defaults(run.config)
    except ExplorerError:
        return id_
    return " · ".join(filter(None, [run.name, settings, in_epochs(run.epochs)]))


def links_to(missing: Sequence[Chosen]) -> None:
    """Draw the ways to the pages of kinds that have no run to show."""
    with st.container(horizontal=True, gap="small"):
        for chosen in missing:
            label = f"{chosen.kind.short}: train one" + (f" on the page *{chosen.page.title}*" * bool(chosen.kind.page))
            page_link(chosen.page, label, ":material/arrow_forward:")


def _one_of_sets(offered: Sequence[str]) -> Read:
    def read(text: str) -> str:
        if text not in offered:
            raise ValueError(f"one of {', '.join(offered)}, for which there are runs")
        return text

    return read


def _one_of_runs(offered: Mapping[str, Settings], title: str) -> Read:
    def read(text: str) -> str:
        if text not in offered:
            raise ValueError(f"no run of this kind with its weights is trained on {title} under that name")
        return text

    return read
