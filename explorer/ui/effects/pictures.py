"""Pictures along the slider: the same one of each value's run, as a strip over the values or in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import streamlit as st
import torch

from explorer.arrays import Floats
from explorer.models.config import text_of
from explorer.models.interface import Model
from explorer.models.registry import kind_of
from explorer.plots.tiles import Grid, quantize, reach, tile_picture
from explorer.runs.study import Found, Standing
from explorer.ui.comparing import MOST, comparison
from explorer.ui.components.filmstrip import Outer, filmstrip
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel, ends_of
from explorer.ui.effects.figures import Evidence, value_axis
from explorer.ui.effects.sources import SOURCES, Source
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, model_of, readable_epochs
from explorer.ui.state.choices import natural
from explorer.ui.state.effects import EffectsState, pick_second
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.view import pick, row_of_controls

Arrangement = Literal["one after the other", "in a row"]
FITTING = 0.99  # share of the numbers that a scale has room for, as on the models' pages
PER_ROW = 5  # panels beside each other
STRIP_WIDTH = 390  # CSS pixels, so that both sliders are in sight at 1280×720


@dataclass(frozen=True)
class Shown:
    """One picture of the runs of a study, one run for each value, at the epochs that all of them keep."""

    kind: str
    name: str  # of the picture
    values: tuple[str, ...]
    epochs: tuple[int, ...]
    keys: tuple[tuple[Key, ...], ...]  # the snapshots, by value and epoch
    subjects: tuple[Subject, ...] = field(compare=False)

    @property
    def source(self) -> Source:
        """What makes the picture."""
        return SOURCES[self.kind][self.name]


def pictures_view(state: EffectsState, evidence: Evidence) -> None:
    """Draw the view."""
    if not (sources := SOURCES[state.kind]):
        st.info(f"A {kind_of(state.kind).title.lower()} makes no pictures.", icon=":material/hide_image:")
        return
    x = value_axis(state.config_class, evidence.study.axes[0])
    with row_of_controls():
        name = pick(state, "Picture", list(sources), "picture")
        arrangement: Arrangement = pick(state, "Values", get_args(Arrangement), "arrangement")
        second = pick_second(state)
    shown = _shown(evidence, name, second)
    if shown is None:
        st.info("No run of this study keeps a model yet. Train some of them.", icon=":material/hourglass:")
        return
    labels = [f"{x.title} {value}" for value in shown.values]
    epochs = [f"epoch {epoch}" for epoch in shown.epochs]
    file_name = f"effects-{state.kind}-{name}"
    if arrangement == "in a row" or not _of_one_size(shown):
        panels = _row(shown, tuple(labels))
        filmstrip(state.key(f"{name} row"), panels, epochs, file_name=file_name, per_row=min(len(panels), PER_ROW))
    else:
        _draw_strip(state, shown, labels, epochs, file_name)
    _open_side_by_side(state, shown)
    missing = [text for text in x.texts if text not in shown.values]
    said = [shown.source.what, *([_same_start(shown)] if len(shown.values) > 1 else [])]
    said += [f"Not there yet: {x.title} {', '.join(missing)}."] if missing else []
    st.caption(" ".join(filter(None, said)))


def _open_side_by_side(state: EffectsState, shown: Shown) -> None:
    """Draw the way to the model's page, which shows a few runs side by side on all of its views."""
    kind, runs = kind_of(state.kind), [subject.run for subject in shown.subjects]
    if not kind.page and 1 < len(runs) <= MOST:
        label = f"These {len(runs)} runs side by side on all views of the page of the {kind.short}"
        query = comparison([*runs[-1:], *runs[:-1]])
        st.page_link(f"pages/{kind.name}.py", label=label, icon=":material/view_column:", query_params=query)


def _draw_strip(
    state: EffectsState, shown: Shown, labels: Sequence[str], epochs: Sequence[str], file_name: str
) -> None:
    """Draw one picture under two sliders, whose places are in the link: the value, and the epoch."""
    places = {name: _linked_place(state, name, len(stops)) for name, stops in (("value", labels), ("epoch", epochs))}
    filmstrip(
        state.key(f"{shown.name} strip"),
        [_strip(shown, shown.name.capitalize())],
        labels,
        index=st.session_state.get(places["value"]),
        outer=Outer("Epoch", epochs, st.session_state.get(places["epoch"])),
        file_name=file_name,
        max_width=STRIP_WIDTH,
        on_index=lambda strip: st.session_state.update({places["value"]: strip.index, places["epoch"]: strip.outer}),
    )


def _linked_place(state: EffectsState, name: str, count: int) -> str:
    """Return the key of where a slider of so many stops is; at first it is at its end, which needs no word."""
    return state.linked(f"{name} of {count - 1}", count - 1, natural(count - 1))


def _shown(evidence: Evidence, name: str, second: str | None) -> Shown | None:
    """Return the first seed's run of each value that keeps models up to the study's epochs, of no other seed."""
    found: dict[str, Subject] = {}
    for each in evidence.found:
        cell = list(map(text_of, each.entry.cell))
        if (second is None or cell[1] == second) and cell[0] not in found and (subject := _subject(each)):
            found[cell[0]] = subject
    if not found:
        return None
    subjects = tuple(found.values())
    common = set(subjects[0].epochs).intersection(*(subject.epochs for subject in subjects))
    epochs = tuple(sorted(common)) or (max(subject.epochs[-1] for subject in subjects),)
    keys = tuple(tuple(snapshot_of(subject, epoch) for epoch in epochs) for subject in subjects)
    return Shown(evidence.study.base.kind, name, tuple(found), epochs, keys, subjects)


def _subject(found: Found) -> Subject | None:
    config = found.entry.config
    run = library().pictured(config) if config and found.standing is not Standing.FAILED else None
    if run is None or config is None:
        return None
    epochs = tuple(epoch for epoch in readable_epochs(run)[0] if epoch <= config.epochs)
    return Subject(run, run.config, epochs, epochs[-1], "current", "") if epochs else None


@remembered("Making the pictures …")
def _tiles(shown: Shown) -> list[list[Floats]]:
    """Return the tiles (N, rows, columns) by value and epoch, as many for each as all have."""
    made = [[shown.source.tiles_of(subject)(subject, epoch) for epoch in shown.epochs] for subject in shown.subjects]
    count = min(len(tiles) for over_epochs in made for tiles in over_epochs)
    return [[tiles[:count] for tiles in over_epochs] for over_epochs in made]


def _of_one_size(shown: Shown) -> bool:
    return len({tiles.shape for over_epochs in _tiles(shown) for tiles in over_epochs}) == 1


@remembered()
def _strip(shown: Shown, title: str) -> EncodedPanel:
    """Return one panel, with the frames of all values for each epoch."""
    frames = [over_epochs[e] for e in range(len(shown.epochs)) for over_epochs in _tiles(shown)]
    return encode_panel(_panel(shown, title, frames))


@remembered()
def _row(shown: Shown, labels: Sequence[str]) -> list[EncodedPanel]:
    """Return a panel for each value, with a frame for each epoch, all on one scale."""
    return [encode_panel(_panel(shown, *each)) for each in zip(labels, _tiles(shown), strict=True)]


def _panel(shown: Shown, title: str, frames: Sequence[Floats]) -> Panel:
    source = shown.source
    limit = max(reach(over_epochs[-1], FITTING) for over_epochs in _tiles(shown)) or 1.0
    low, high = (-limit, limit) if source.scale == "signed" else (0, 1)
    pictures = [tile_picture(quantize(tiles, low, high), source.columns) for tiles in frames]
    count, *shape = frames[0].shape
    grid = Grid.of(count, (shape[0], shape[1]), source.columns)
    ends = ends_of(limit) if source.scale == "signed" else None
    notes = [f"unit {i}" if source.scale == "signed" else f"image {i}" for i in range(count)]
    alt = f"{count} tiles of {shown.name}, {title}"
    return Panel(title, pictures, source.scale, alt, grid, notes, ends=ends, meaning=source.meaning)


def _same_start(shown: Shown) -> str:
    """Say whether all runs begin with the same weights, where their first epoch is kept."""
    if shown.epochs[0] != 0:
        return ""
    first, *others = ([tensor for _, tensor in sorted(_model(keys[0]).state().items())] for keys in shown.keys)
    if any([x.shape for x in first] != [x.shape for x in other] for other in others):
        return "The models differ in shape, so they begin with other weights."
    same = all(torch.equal(x, y) for other in others for x, y in zip(first, other, strict=True))
    return "All runs begin with the same weights (epoch 0)." if same else "The runs begin with other weights (epoch 0)."


def _model(key: Key) -> Model:
    return model_of(key, Model)
