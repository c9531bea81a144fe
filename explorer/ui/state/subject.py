"""What a page shows: one trained run at one epoch, and perhaps a pinned one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.plots.palette import CURRENT, PINNED
from explorer.runs.nearest import nearest
from explorer.runs.run import Run
from explorer.ui.differences import from_other
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.pictured import pictured_runs
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of, of_class, readable_epochs
from explorer.ui.state.page import PageState, parse_epoch
from explorer.ui.wording import plain

C = TypeVar("C", bound=ModelConfig)
Role = Literal["current", "pinned"]


@dataclass(frozen=True)
class Subject:
    """A run at an epoch, with its place on the page."""

    run: Run
    config: ModelConfig
    epochs: tuple[int, ...]  # of its snapshots
    epoch: int
    role: Role
    label: str
    frozen: bool = False  # an earlier epoch of the current run, which stands still while that one moves

    @property
    def color(self) -> str:
        """The colour of this place in every chart."""
        return CURRENT if self.role == "current" else PINNED

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of its data set's images."""
        return CATALOGUE[self.config.dataset].shape

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its data set's classes."""
        return CATALOGUE[self.config.dataset].classes

    @property
    def shown_set(self) -> str:
        """The data set whose images are shown for its own at present: part of the key of what is made of them."""
        return shown_set(self.config.dataset)

    @property
    def images(self) -> ImageSet:
        """The images that are shown.

        Raises:
            DataMissing: they are not on this machine.
        """
        return test_images(self.config.dataset)

    def config_as(self, wanted: type[C]) -> C:
        """Return the config, which is to be of some class.

        Raises:
            OtherKind: it is of another one.
        """
        return of_class(self.config, wanted, self.run.id)

    def snapshot_at(self, epoch: int) -> int:
        """Return the newest snapshot's epoch not after the given one, or the first."""
        return max((kept for kept in self.epochs if kept <= epoch), default=self.epochs[0])


@dataclass(frozen=True)
class Choice:
    """The run to show for a config: the config's own, or the nearest there is."""

    run: Run | None  # None: nothing of this kind is trained
    asked_for: Run | None  # the config's own run, trained or only begun; None if nobody asked for it yet


def choose_run(state: PageState, config: ModelConfig | None) -> Choice:
    """Return the config's own run if it has something to show, else the trained one nearest to the page's values."""
    own = _asked_for(config) if config and config in library() else None
    if config and (shown := library().pictured(config)):
        return Choice(shown, own)
    if not state.has_left:  # pictures of another run would stand under the experiment's text
        return Choice(None, own)
    near = nearest(state.values, pictured_runs(state.kind))
    return Choice(library().pictured(near) if near else None, own)


def _asked_for(config: ModelConfig) -> Run:
    """Return the config's own run; what was begun in the user's store and left does not hide a shipped one."""
    own = library().find(config)
    return own if own.status.state.live else library().trained(config) or own


def subjects(state: PageState, shown: Run | None) -> list[Subject]:
    """Return the pinned subject, if any, and the current one; a pin that cannot be shown is reported and dropped.

    Two runs move through the epochs together, from the first to the last that both have; a run beside itself stays
    where it was pinned.
    """
    pinned, pinned_epoch = _pinned(state, shown)
    pair = [run for run in (pinned, shown) if run]
    found = []
    if pinned:
        frozen = shown is not None and pinned.id == shown.id
        found.append(_subject(pinned, "pinned", pinned_epoch if frozen else state.epoch_asked_for, pair, frozen=frozen))
    if shown:
        found.append(_subject(shown, "current", state.epoch_asked_for, pair))
    return _of_equal_age([subject for subject in found if subject])


def _of_equal_age(pair: list[Subject]) -> list[Subject]:
    """Return two subjects without the epochs that only one of them has; a run beside itself as it is.

    So is one that goes on where the other has ended: that one stands still.
    """
    if len(pair) < 2 or any(subject.frozen for subject in pair):
        return pair
    last = min(subject.epochs[-1] for subject in pair)
    first = max(subject.config.first_epoch for subject in pair)
    together = [tuple(epoch for epoch in subject.epochs if first <= epoch <= last) for subject in pair]
    if 0 < first == last or not all(together):  # one starts with the other's end, or was kept late only
        return pair
    return [
        replace(subject, epochs=epochs, epoch=subject.snapshot_at(min(max(subject.epoch, epochs[0]), last)))
        for subject, epochs in zip(pair, together, strict=True)
    ]


def _subject(run: Run, role: Role, epoch: int | None, pair: Sequence[Run], *, frozen: bool = False) -> Subject | None:
    """Return the run at its newest readable snapshot up to an epoch; what cannot be read is reported."""
    epochs, defects = readable_epochs(run)
    for defect in defects:
        st.warning(plain(defect), icon=":material/broken_image:")
    if not epochs:
        return None
    shown = max((kept for kept in epochs if epoch is None or kept <= epoch), default=epochs[0])
    return Subject(run, run.config, epochs, shown, role, _label(run, pair), frozen)


def snapshot_of(subject: Subject, epoch: int | None = None) -> Key:
    """Return what identifies the subject's newest snapshot up to an epoch, by default the one shown."""
    return key_of(subject.run, subject.epoch if epoch is None else subject.snapshot_at(epoch))


def pin_of(subject: Subject) -> str:
    """Return the text by which a URL names a pinned subject."""
    return f"{subject.run.id}@{subject.epoch}"


def _pinned(state: PageState, shown: Run | None) -> tuple[Run | None, int | None]:
    """Return the pinned run and the epoch it was pinned at; what cannot be shown is reported and dropped."""
    if not state.pin:
        return None, None
    id_, _, epoch = state.pin.partition("@")
    run: Run | None = None
    try:
        run = shown if shown and shown.id == id_ else library().pictured(id_) or library().find(id_)
        obstacle = _obstacle(run, epoch, state.kind, shown or run)
    except ExplorerError as error:
        obstacle = str(error)
    if state.partner and not (run and run.snapshots):  # the page offers to train it
        return None, None
    if obstacle:
        st.warning(f"The pinned run cannot be shown: {plain(obstacle)}", icon=":material/push_pin:")
        state.pin = None
        return None, None
    return run, parse_epoch(epoch)


def _obstacle(run: Run, epoch: str, kind: str, beside: Run) -> str:
    """Return why a run cannot be pinned at an epoch beside another one, or nothing."""
    if run.kind != kind or not run.snapshots:
        return f"{run.id} has nothing to show on this page."
    if epoch and parse_epoch(epoch) is None:
        return f"{epoch[:20]!r} is no epoch of {run.id}."
    shape, other = (CATALOGUE[each.config.dataset].shape for each in (run, beside))
    if shape != other:
        return f"{run.id} is of images of {shape[0]}×{shape[1]} pixels, not {other[0]}×{other[1]}."
    return ""


def _label(run: Run, pair: Sequence[Run]) -> str:
    """Return what tells the run from the other one of the pair, such as "CD-k 10"."""
    other = next((r for r in pair if r is not run), None)
    return from_other(type(run.config), run.settings, other.settings) if other else ""
