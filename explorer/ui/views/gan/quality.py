"""How good and how varied samples are, beside those of other kinds of models and beside real images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.digit_classifier import DATASETS
from explorer.analysis.sample_quality import Quality
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.models.resizing import MARGINS, SIDE
from explorer.plots.bars import Bars, bar_chart
from explorer.plots.palette import ANOTHER, OTHER, REAL, RESIZED
from explorer.plots.tiles import Grid, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.choices import several, some_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.axes import chart_key, chart_name, sharing
from explorer.ui.views.gan.cached import why_no_classifier
from explorer.ui.views.gan.inputs import new_samples, sample_seed, side_of, tiles_of
from explorer.ui.views.gan.measured import (
    Measured,
    count_of,
    measured_other,
    measured_samples,
    measured_training_images,
)
from explorer.ui.views.gan.others import Other, OtherKind, other_of
from explorer.ui.views.view import control_row, downloads, show_chart
from explorer.ui.wording import signed

OTHER_COLORS: dict[OtherKind, str] = {"vae": OTHER, "rbm": ANOTHER}
FIGURES = {  # of the table, by the names of `Quality`: title, decimals, help
    "frechet_ratio": ("Fréchet distance", 1, "× that of training images; 1 is as good as real"),
    "kernel_ratio": (
        "Kernel distance",
        1,
        "× its usual size; training images mostly have −2 to 3",
    ),
    "precision": ("Precision", 2, "share of the samples that are among real images"),
    "recall": ("Recall", 2, "share of the real images that are among the samples"),
    "class_entropy": ("Class entropy", 2, "nats; ln 10 = 2.30 if all ten digits are as frequent"),
    "confidence": ("Confidence", 2, "mean probability of the classifier's first choice"),
    "duplicates": ("Duplicates", 2, "share of the samples with another that is nearly the same"),
}
LETTERS = 40  # of a name that has room on a line of the table
MORE_LINES, HEADER = 66, 38  # pixels of a row in which a longer name goes on below, and of the row above all
WIDE = 56  # characters with room in a row of the legend of a chart as wide as the page, on a phone at least
SHARES = ("precision", "recall", "confidence", "duplicates")


@dataclass(frozen=True)
class _Row:
    """Images that are compared, with their name and colour."""

    name: str
    color: str
    measured: Measured


def quality(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Quality"):
        chosen = _choice(scene, _others(scene.current))
        new_samples(scene)
    for subjects in sharing(scene):  # figures against the images of one data set
        _compared(scene, subjects, [other for name, other in _others(subjects[-1]).items() if name in chosen])


def _others(subject: Subject) -> dict[str, Other]:
    found = (other_of(kind, subject.config.dataset) for kind in get_args(OtherKind))
    return {other.name: other for other in found if other}


def _compared(scene: Scene, subjects: Sequence[Subject], others: Sequence[Other]) -> None:
    """Draw figures and pictures of some subjects, of models of other kinds, and of the last subject's images."""
    rows = _rows(scene, subjects, others)
    measured = [(row, row.measured.quality) for row in rows if row.measured.quality]
    if measured:
        _table(scene, subjects, measured)
        _charts(scene, subjects, measured)
    if without := [row.name for row in rows if not row.measured.quality]:
        whose = f"No figures of {', '.join(without)}. " if measured else ""
        st.caption(whose + why_no_classifier(subjects[-1]))
    _pictures(scene, subjects, rows)
    for other in others:
        st.caption(f"{other.name}: {other.description}.")


def _choice(scene: Scene, others: dict[str, Other]) -> list[str]:
    """Draw the choice of what to compare with; return the names."""
    if not others:
        st.caption("No VAE or RBM of this data set is trained yet to compare with.")
        return []
    key = scene.linked("compared with", list(others), some_of(others), several)
    chosen = st.pills(
        "Beside", list(others), selection_mode="multi", default=list(others), key=key, persist_state="session"
    )
    return [name for name in others if name in chosen]


def _rows(scene: Scene, subjects: Sequence[Subject], others: Sequence[Other]) -> list[_Row]:
    seed, alone = sample_seed(scene), len(scene.subjects) == 1
    rows = []
    for subject in subjects:
        name = f"DCGAN, epoch {subject.epoch}" if alone else scene.name(subject)
        rows.append(_Row(name, subject.color, measured_samples(subject, seed)))
    rows += [_Row(other.name, OTHER_COLORS[other.kind], measured_other(subjects[-1], other)) for other in others]
    rows.append(_Row("Training images", REAL, measured_training_images(subjects[-1], SIDE)))
    for side in sorted({side_of(subject) for subject in subjects} - MARGINS.keys()):
        real = measured_training_images(subjects[-1], side)
        rows.append(_Row(f"The same at {side}×{side} and back", RESIZED, real))
    return rows


def _table(scene: Scene, subjects: Sequence[Subject], rows: Sequence[tuple[_Row, Quality]]) -> None:
    titles = {name: title for name, (title, _, _) in FIGURES.items()}
    table = pd.DataFrame(
        [{titles[name]: getattr(figures, name) for name in FIGURES} for _, figures in rows],
        index=pd.Index([row.name for row, _ in rows], name="Samples of"),
    )
    columns = {title: st.column_config.NumberColumn(title, help=text) for title, _, text in FIGURES.values()}
    forms: dict[Any, Any] = {title: partial(signed, decimals=count) for title, count, _ in FIGURES.values()}
    long = any(len(row.name) > LETTERS for row, _ in rows)
    st.dataframe(
        table.style.format(forms),
        column_config=columns,
        height=MORE_LINES * len(rows) + HEADER if long else "auto",
        row_height=MORE_LINES if long else None,
        key=chart_key(scene, "quality table", subjects),
    )
    count = count_of(subjects[-1])
    st.caption(
        f"n = {count:,} samples each at 28×28 pixels, against {count:,} test images. Figures of *Training* are of "
        "other samples and partly of another n: both distances are multiples of those between real images, and such a "
        "multiple grows with n. Compare within a table only."
    )


def _charts(scene: Scene, subjects: Sequence[Subject], rows: Sequence[tuple[_Row, Quality]]) -> None:
    digits = CATALOGUE[DATASETS[0]].classes
    left, right = (st.container(), st.container()) if scene.several else st.columns(2)
    room = {"legend_characters": WIDE} if scene.several else {}
    with left:
        bars = [Bars(row.name, figures.shares, row.color) for row, figures in rows]
        title = "Which digits the classifier sees"
        show_chart(
            bar_chart(bars, digits, title, "digit", "share of the samples", line_at=0.1, **room),
            key=chart_key(scene, "class shares", subjects),
        )
    with right:
        bars = [
            Bars(row.name, np.array([getattr(figures, name) for name in SHARES]), row.color) for row, figures in rows
        ]
        places = [FIGURES[name][0].lower() for name in SHARES]
        title = "Good? Varied? Sure? Repeated?"
        show_chart(
            bar_chart(bars, places, title, "", "share", top=1.02, **room),
            key=chart_key(scene, "quality shares", subjects),
        )
    numbers = _numbers(rows)
    _downloads(scene, subjects, "quality", numbers)


def _numbers(rows: Sequence[tuple[_Row, Quality]]) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {"of": np.array([row.name for row, _ in rows])}
    names = (*FIGURES, "shares")
    return found | {name: np.array([getattr(figures, name) for _, figures in rows]) for name in names}


def _pictures(scene: Scene, subjects: Sequence[Subject], rows: Sequence[_Row]) -> None:
    panels = [_panel(row.name, row.measured.images) for row in rows]
    st.markdown(f"##### {len(rows[0].measured.images)} of each")
    filmstrip(
        chart_key(scene, "compared samples", subjects),
        panels,
        ["samples"],
        file_name=f"{subjects[-1].run.id}-compared-samples",
        max_width=420,
        per_row=4 if scene.several else 3 if len(panels) > 4 else None,
        link_cells=False,
    )
    arrays = {row.name: row.measured.images for row in rows}
    _downloads(scene, subjects, "compared samples", arrays, panels)


def _downloads(
    scene: Scene,
    subjects: Sequence[Subject],
    name: str,
    arrays: Mapping[str, NDArray[Any]],
    panels: Sequence[Panel] = (),
) -> None:
    of_these = replace(scene, subjects=subjects)
    downloads(
        of_these, chart_name(scene, name, subjects), lambda _: arrays, (lambda: panels) if panels else None, ["samples"]
    )


def _panel(name: str, images: Floats) -> Panel:
    grid = Grid.of(len(images), images.shape[1:], 10)
    return Panel(name, [tile_picture(tiles_of(images), 10)], "pixels", f"{len(images)} images: {name}", grid)
