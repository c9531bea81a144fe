"""What a view is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.models.config import text_of
from explorer.models.registry import kind_of
from explorer.ui.differences import from_defaults
from explorer.ui.state.choices import Read
from explorer.ui.state.page import PageState
from explorer.ui.state.subject import Subject
from explorer.ui.wording import plain


@dataclass(frozen=True)
class Scene:
    """What a view is given: the page's state and one to four subjects, the pinned ones first, in their order."""

    state: PageState
    subjects: Sequence[Subject]

    @property
    def several(self) -> bool:
        """Whether there are so many subjects that pictures of one sort stand in a row, and not those of one subject."""
        return len(self.subjects) > 2

    @property
    def current(self) -> Subject:
        """The subject that the controls describe."""
        return self.subjects[-1]

    @property
    def timeline(self) -> list[int]:
        """The epochs of all subjects' snapshots, ascending: one slider for all."""
        return sorted({epoch for subject in self.subjects for epoch in subject.epochs if not subject.frozen})

    def frames(self, subject: Subject) -> list[int]:
        """Return the subject's epoch for each frame of a filmstrip over the timeline, or the one of all frames."""
        return [subject.epoch] if subject.frozen else [subject.snapshot_at(epoch) for epoch in self.timeline]

    def title(self, subject: Subject, what: str) -> str:
        """Return a picture's title, with what tells its subject from the others."""
        return what[:1].upper() + what[1:] if len(self.subjects) == 1 else f"{self.name(subject)}: {what}"

    def name(self, subject: Subject) -> str:
        """Return what tells a subject from the others: the settings that differ, or else its place and epoch."""
        return subject.label or f"{subject.role.capitalize()}, epoch {subject.epoch}"

    def provenance(self) -> str:
        """Return what saved pictures are of: each run, its epoch, and the settings that differ from the defaults."""
        return "\n".join(
            f"{kind_of(each.config.kind).short}, {each.run.id}, epoch {each.epoch}: {from_defaults(each.config)}"
            for each in self.subjects
        )

    def key(self, name: str) -> str:
        """Return a widget key of this page."""
        return f"{self.state.kind} {name}"

    def linked(
        self,
        name: str,
        default: object,
        read: Read,
        text: Callable[[Any], str] = text_of,
        *,
        shared_key: str = "",
    ) -> str:
        """Return the key of what a user chooses under a name, and make it part of the link unless it is the default.

        Call it before what reads the session or draws the widget. Under a shared key other pages have the same value.
        """
        key = shared_key or self.key(name)
        if problem := self.state.choices.link(name, key, default, read, text, shared=bool(shared_key)):
            st.warning(plain(problem), icon=":material/warning:")
        return key
