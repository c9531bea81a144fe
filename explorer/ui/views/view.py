"""What a view is, and what all views share."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, TypedDict, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from explorer.plots.chart import in_words
from explorer.texts import sections
from explorer.ui.components.filmstrip import FilmstripState, gif_download
from explorer.ui.components.panel import Panel
from explorer.ui.state.choices import Linking, natural, one_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.wording import all_of

View = Callable[[Scene], None]
Option = TypeVar("Option")
Part = TypeVar("Part")
MOST_DRAWS = 1_000_000
MOST_IN_A_ROW = 4  # subjects beside each other


def pick(scene: Linking, label: str, options: Sequence[Option], name: str, default: Option | None = None) -> Option:
    """Draw buttons of which one is chosen, at first the default or the first; the choice outlives visits elsewhere."""
    chosen: Option = st.segmented_control(
        label,
        options,
        default=options[0] if default is None else default,
        required=True,
        key=scene.linked(name, options[0] if default is None else default, one_of(options)),
        width="content",
        persist_state="session",
    )
    return chosen


def pick_stop(
    scene: Linking,
    label: str,
    stops: Sequence[Option],
    name: str,
    default: Option,
    *,
    text: Callable[[Option], str] = str,
    help: str | None = None,
) -> Option:
    """Draw a short slider over some values; the choice outlives visits elsewhere."""
    chosen: Option = st.select_slider(
        label,
        stops,
        default,
        format_func=text,
        key=scene.linked(name, default, one_of(stops)),
        help=help,
        width=150,
        persist_state="session",
    )
    return chosen


def draw_again(scene: Linking, label: str, name: str) -> int:
    """Draw the button that draws random numbers anew; return their seed."""
    key = scene.linked(name, 0, natural(MOST_DRAWS))
    seed = int(st.session_state.setdefault(key, 0))
    st.button(label, on_click=_again, args=(key,), icon=":material/casino:")
    return seed


def _again(key: str) -> None:
    st.session_state[key] = (st.session_state[key] + 1) % MOST_DRAWS


@contextmanager
def control_row(scene: Scene, view: str) -> Iterator[None]:
    """Lay out the controls drawn inside in one row above the pictures, with the view's explanation behind a button."""
    with row_of_controls():
        yield
        explained(scene, view)


def row_of_controls() -> DeltaGenerator:
    """Return the place for a row of controls."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="medium")


def explained(scene: Scene, view: str) -> None:
    """Draw the button with a view's explanation behind it."""
    with st.popover("What to look for", icon=":material/lightbulb:", width="content"):
        explanation(scene, view)


def explanation(scene: Scene, view: str) -> None:
    """Draw what a view is about and what to look for."""
    st.markdown(sections(scene.state.kind)[view])


def show_epoch(scene: Scene, index: int) -> None:
    """Make the page show the snapshot that a filmstrip over the scene's timeline was left at."""
    timeline = scene.timeline
    if 0 <= index < len(timeline):
        scene.state.epoch = timeline[index]


def columns_of(
    scene: Scene, per_row: int = MOST_IN_A_ROW, *, at_bottom: bool = False
) -> Iterator[tuple[DeltaGenerator, Subject]]:
    """Yield a column for each subject, so many beside each other.

    `at_bottom`: what is drawn in them ends on one line, as titles may take different numbers of lines.
    """
    aligned: Literal["top", "bottom"] = "bottom" if at_bottom else "top"
    for start in range(0, len(scene.subjects), per_row):
        row = scene.subjects[start : start + per_row]
        columns = st.columns(min(len(scene.subjects), per_row), vertical_alignment=aligned)
        yield from zip(columns, row, strict=False)


def in_rows(scene: Scene, pictures: Sequence[Sequence[Part]]) -> tuple[list[Part], int | None]:
    """Return the pictures of a filmstrip, and how many of them are to stand in a row if that matters.

    `pictures` has a sequence for each subject. Those of one or two subjects follow one another; of three and more,
    those of one sort are a row, in which they are compared. Where subjects have other sorts they follow one another.
    """
    if not scene.several or len({len(each) for each in pictures}) > 1:
        return [picture for each in pictures for picture in each], None
    return [picture for sort in zip(*pictures, strict=True) for picture in sort], len(scene.subjects)


class AtStep(TypedDict):
    """Where a filmstrip over something else than epochs is, and who hears of its being moved."""

    index: int
    on_index: Callable[[FilmstripState], None]


def at_step(scene: Scene, name: str, labels: Sequence[str], first: int | None = None) -> AtStep:
    """Return what makes the frame of a filmstrip part of the link; at first it is at a frame, by default the last."""
    last = len(labels) - 1
    start = last if first is None else first
    key = scene.linked(f"{name} of {last}", start, natural(last))
    return {
        "index": int(st.session_state.get(key, start)),
        "on_index": lambda strip: st.session_state.update({key: strip.index}),
    }


def epoch_labels(scene: Scene) -> list[str]:
    """Return the labels of a filmstrip over the scene's timeline: the epoch of all, or each one's own."""
    moving = [subject for subject in scene.subjects if not subject.frozen]
    frames = [list(dict.fromkeys(subject.snapshot_at(epoch) for subject in moving)) for epoch in scene.timeline]
    return [f"epoch{'s' if len(epochs) > 1 else ''} {all_of(list(map(str, epochs)))}" for epochs in frames]


def index_of_epoch(scene: Scene) -> int:
    """Return where on the timeline the page is."""
    reached = [index for index, epoch in enumerate(scene.timeline) if epoch <= scene.state.epoch_asked_for]
    return reached[-1] if reached else 0


def show_chart(figure: Figure, key: str, **options: Any) -> None:
    """Draw a chart, which says what it shows to who cannot see it; `options` are those of `st.plotly_chart`."""
    st.plotly_chart(figure, key=key, alt=in_words(figure), **options)


def downloads(
    scene: Scene,
    name: str,
    numbers: Callable[[Subject], Mapping[str, NDArray[Any]]],
    panels: Callable[[], Sequence[Panel]] | None = None,
    labels: Sequence[str] = (),
    per_row: int | None = None,
) -> None:
    """Offer the numbers behind a picture as a NumPy archive, and its frames as a GIF; both are made when asked for.

    `per_row` panels of the GIF stand beside each other, by default as many as fit well.

    The archive has the numbers of each subject, those of pinned ones under "pinned_…", "second_pin_…" and
    "third_pin_…" where they are others, and what the subjects are.
    """
    file_name = re.sub(r"[^a-z0-9]+", "-", f"{scene.current.run.id} {name}".lower())
    with st.container(horizontal=True):
        if panels:
            gif_download(scene.key(f"gif {name}"), panels, labels, file_name, per_row=per_row)
        st.download_button(
            "Data (.npz)",
            data=partial(_archive, scene, numbers),
            file_name=f"{file_name}.npz",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key=scene.key(f"download {name}"),
        )


def _archive(scene: Scene, numbers: Callable[[Subject], Mapping[str, NDArray[Any]]]) -> bytes:
    current = numbers(scene.current)
    found: dict[str, Any] = dict(current)
    *pinned, _ = scene.subjects
    for subject in pinned:
        others, place = numbers(subject).items(), subject.role.replace(" ", "_")
        found |= {f"{place}_{name}": array for name, array in others if array is not current.get(name)}
    subjects = [scene.current, *pinned]  # as the names: the current one first
    found["run"] = np.array([subject.run.id for subject in subjects])
    found["epoch"] = np.array([subject.epoch for subject in subjects])
    found["settings"] = np.array([json.dumps(subject.run.settings) for subject in subjects])
    file = io.BytesIO()
    np.savez_compressed(file, **found)
    return file.getvalue()
