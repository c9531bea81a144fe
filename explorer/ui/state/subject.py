"""What a page shows: one trained run at one epoch, and perhaps up to three pinned ones beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.nearest import nearest
from explorer.runs.run import Run
from explorer.ui.differences import from_others
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.pictured import pictured_runs
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of, of_class, readable_epochs
from explorer.ui.state.page import PageState, parse_epoch
from explorer.ui.state.places import COLORS, DASHES, PINS, Role
from explorer.ui.wording import plain

C = TypeVar("C", bound=ModelConfig)


@dataclass(frozen=True)
class Subject:
    """A run at an epoch, with its place on the page."""

    run: Run
    config: ModelConfig
    epochs: tuple[int, ...]  # of its snapshots
    epoch: int
    role: Role
    label: str
    frozen: bool = False  # one epoch of a run that is shown at others, too: it stands still while that one moves
    pin: str = ""  # by which the link names it, if it is pinned

    @property
    def color(self) -> str:
        """The colour of this place in every chart."""
        return COLORS[self.role]

    @property
    def dash(self) -> str:
        """The line style of this place in every chart."""
        return DASHES[self.role]

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
    """Return the pinned subjects, in order, and the current one; a pin that cannot be shown is reported and dropped.

    Runs move through the epochs together, from the first to the last that all have; a run beside itself stays where it
    was pinned.
    """
    pinned = _pinned(state, shown)
    ids = [run.id for run in (*pinned.values(), shown) if run]
    found = []
    for role, (pin, run) in zip(PINS, pinned.items(), strict=False):
        frozen = ids.count(run.id) > 1
        at = parse_epoch(pin.partition("@")[2]) if frozen else state.epoch_asked_for
        found.append(_subject(run, role, at, frozen=frozen, pin=pin))
    if shown:
        found.append(_subject(shown, "current", state.epoch_asked_for))
    return _labelled(_of_equal_age(_with_one_that_moves([subject for subject in found if subject])))


def _with_one_that_moves(found: list[Subject]) -> list[Subject]:
    """Return subjects of which the last moves where all stood still: the current run cannot be read."""
    stand = bool(found) and all(subject.frozen for subject in found)
    return [*found[:-1], replace(found[-1], frozen=False)] if stand else found


def _of_equal_age(shown: list[Subject]) -> list[Subject]:
    """Return subjects without the epochs that not all of those that move have.

    All are left as they are where one goes on where another has ended: that one stands still.
    """
    moving = [subject for subject in shown if not subject.frozen]
    if len(moving) < 2:
        return shown
    last = min(subject.epochs[-1] for subject in moving)
    first = max(subject.config.first_epoch for subject in moving)
    together = {s.role: tuple(epoch for epoch in s.epochs if first <= epoch <= last) for s in moving}
    if 0 < first == last or not all(together.values()):  # one starts with another's end, or was kept late only
        return shown
    return [_within(subject, together.get(subject.role), last) for subject in shown]


def _within(subject: Subject, epochs: tuple[int, ...] | None, last: int) -> Subject:
    """Return a subject with some of its epochs, at the one it is at or the nearest of them; without any as it is."""
    if epochs is None:
        return subject
    return replace(subject, epochs=epochs, epoch=subject.snapshot_at(min(max(subject.epoch, epochs[0]), last)))


def _subject(run: Run, role: Role, epoch: int | None, *, frozen: bool = False, pin: str = "") -> Subject | None:
    """Return the run at its newest readable snapshot up to an epoch; what cannot be read is reported."""
    epochs, defects = readable_epochs(run)
    for defect in defects:
        st.warning(plain(defect), icon=":material/broken_image:")
    if not epochs:
        return None
    shown = max((kept for kept in epochs if epoch is None or kept <= epoch), default=epochs[0])
    return Subject(run, run.config, epochs, shown, role, "", frozen, pin)


def _labelled(shown: list[Subject]) -> list[Subject]:
    """Return subjects with what tells each from the others: the settings that are not the same for all, "CD-k 10".

    Where the same run is shown several times beside others, its epoch is told, too. Runs of the same settings that an
    earlier version of the program has trained are told by their places.
    """
    labels = [_label(subject, shown) for subject in shown]
    labels = _told_apart(labels, [f"epoch {subject.epoch}" for subject in shown])
    labels = _told_apart(labels, [subject.role for subject in shown])
    return [replace(subject, label=label) for subject, label in zip(shown, labels, strict=True)]


def _told_apart(labels: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return labels, with more behind those that are there several times."""
    both = zip(labels, more, strict=True)
    return [f"{label}, {told}" if label and labels.count(label) > 1 else label for label, told in both]


def _label(subject: Subject, shown: Sequence[Subject]) -> str:
    others = [other.run.settings for other in shown if other.run.id != subject.run.id]
    return from_others(type(subject.config), subject.run.settings, others)


def snapshot_of(subject: Subject, epoch: int | None = None) -> Key:
    """Return what identifies the subject's newest snapshot up to an epoch, by default the one shown."""
    return key_of(subject.run, subject.epoch if epoch is None else subject.snapshot_at(epoch))


def pin_of(subject: Subject) -> str:
    """Return the text by which a URL names a pinned subject."""
    return f"{subject.run.id}@{subject.epoch}"


def _pinned(state: PageState, shown: Run | None) -> dict[str, Run]:
    """Return the pinned runs by their pins; what cannot be shown is reported and dropped."""
    found: dict[str, Run] = {}
    for pin in state.pins:
        id_, _, epoch = pin.partition("@")
        run: Run | None = None
        try:
            run = shown if shown and shown.id == id_ else library().pictured(id_) or library().find(id_)
            obstacle = _obstacle(run, epoch, state.kind, shown or run)
        except ExplorerError as error:
            obstacle = str(error)
        if _is_to_come(state, id_) and not (run and run.snapshots):  # the page offers to train it
            continue
        if obstacle:
            st.warning(f"The pinned run cannot be shown: {plain(obstacle)}", icon=":material/push_pin:")
            state.drop_pin(pin)
        elif run:
            found[pin] = run
    return found


def _is_to_come(state: PageState, id_: str) -> bool:
    """Whether a pinned run is the one that the experiment compares with."""
    return state.partner is not None and run_id(state.partner) == id_


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
