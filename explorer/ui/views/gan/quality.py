"""How good and how varied samples are, beside those of other kinds of models and beside real images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from explorer.plots.palette import REAL
from explorer.plots.tiles import Grid, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.scene import Scene
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
from explorer.ui.views.view import control_row, downloads

RESIZED_COLOR = "#b8b8b8"
OTHER_COLORS: dict[OtherKind, str] = {"vae": "#009e73", "rbm": "#cc79a7"}
FIGURES = {  # of the table, by the names of `Quality`: title, format, help
    "frechet_ratio": ("Fréchet distance", "%.1f", "× that of training images; 1 is as good as real"),
    "kernel_ratio": ("Kernel distance", "%.1f", "× its usual size between real images, which have −2 to 2"),
    "precision": ("Precision", "%.2f", "share of the samples that are among real images"),
    "recall": ("Recall", "%.2f", "share of the real images that are among the samples"),
    "class_entropy": ("Class entropy", "%.2f", "nats; ln 10 = 2.30 if all ten digits are as frequent"),
    "confidence": ("Confidence", "%.2f", "mean probability of the classifier's first choice"),
    "duplicates": ("Duplicates", "%.2f", "share of the samples with another that is nearly the same"),
}
SHARES = ("precision", "recall", "confidence", "duplicates")


@dataclass(frozen=True)
class _Row:
    """Images that are compared, with their name and colour."""

    name: str
    color: str
    measured: Measured


def quality(scene: Scene) -> None:
    """Draw the view."""
    dataset = scene.current.config.dataset
    others = {found.name: found for kind in get_args(OtherKind) if (found := other_of(kind, dataset))}
    with control_row(scene, "Quality"):
        chosen = _choice(scene, others)
        new_samples(scene)
    rows = _rows(scene, [others[name] for name in chosen])
    measured = [(row, row.measured.quality) for row in rows if row.measured.quality]
    if measured:
        _table(scene, measured)
        _charts(scene, measured)
    if without := [row.name for row in rows if not row.measured.quality]:
        whose = f"No figures of {', '.join(without)}. " if measured else ""
        st.caption(whose + why_no_classifier(scene.current))
    _pictures(scene, rows)
    for name in chosen:
        st.caption(f"{name}: {others[name].description}.")


def _choice(scene: Scene, others: dict[str, Other]) -> list[str]:
    """Draw the choice of what to compare with; return the names."""
    if not others:
        st.caption("No VAE or RBM of this data set is trained yet to compare with.")
        return []
    key = scene.key("compared with")
    chosen = st.pills(
        "Beside", list(others), selection_mode="multi", default=list(others), key=key, persist_state="session"
    )
    return [name for name in others if name in chosen]


def _rows(scene: Scene, others: Sequence[Other]) -> list[_Row]:
    seed, alone = sample_seed(scene), len(scene.subjects) == 1
    rows = []
    for subject in scene.subjects:
        name = f"DCGAN, epoch {subject.epoch}" if alone else scene.name(subject)
        rows.append(_Row(name, subject.color, measured_samples(subject, seed)))
    rows += [_Row(other.name, OTHER_COLORS[other.kind], measured_other(scene.current, other)) for other in others]
    rows.append(_Row("Training images", REAL, measured_training_images(scene.current, SIDE)))
    for side in sorted({side_of(subject) for subject in scene.subjects} - MARGINS.keys()):
        real = measured_training_images(scene.current, side)
        rows.append(_Row(f"The same at {side}×{side} and back", RESIZED_COLOR, real))
    return rows


def _table(scene: Scene, rows: Sequence[tuple[_Row, Quality]]) -> None:
    titles = {name: title for name, (title, _, _) in FIGURES.items()}
    table = pd.DataFrame(
        [{titles[name]: getattr(figures, name) for name in FIGURES} for _, figures in rows],
        index=pd.Index([row.name for row, _ in rows], name="Samples of"),
    )
    columns = {
        title: st.column_config.NumberColumn(title, format=form, help=text) for title, form, text in FIGURES.values()
    }
    st.dataframe(table, column_config=columns, key=scene.key("quality table"))
    count = count_of(scene.current)
    st.caption(
        f"n = {count:,} samples each at 28×28 pixels, against {count:,} test images. Figures of *Training* are of "
        "other samples and partly of another n: both distances are multiples of those between real images, and such a "
        "multiple grows with n. Compare within a table only."
    )


def _charts(scene: Scene, rows: Sequence[tuple[_Row, Quality]]) -> None:
    digits = CATALOGUE[DATASETS[0]].classes
    left, right = st.columns(2)
    with left:
        bars = [Bars(row.name, figures.shares, row.color) for row, figures in rows]
        title = "Which digits the classifier sees"
        st.plotly_chart(
            bar_chart(bars, digits, title, "digit", "share of the samples", line_at=0.1), key=scene.key("class shares")
        )
    with right:
        bars = [
            Bars(row.name, np.array([getattr(figures, name) for name in SHARES]), row.color) for row, figures in rows
        ]
        places = [FIGURES[name][0].lower() for name in SHARES]
        title = "Good? Varied? Sure? Repeated?"
        st.plotly_chart(bar_chart(bars, places, title, "", "share", top=1.02), key=scene.key("quality shares"))
    numbers = _numbers(rows)
    downloads(scene, "quality", lambda _: numbers)


def _numbers(rows: Sequence[tuple[_Row, Quality]]) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {"of": np.array([row.name for row, _ in rows])}
    names = (*FIGURES, "shares")
    return found | {name: np.array([getattr(figures, name) for _, figures in rows]) for name in names}


def _pictures(scene: Scene, rows: Sequence[_Row]) -> None:
    panels = [_panel(row.name, row.measured.images) for row in rows]
    st.markdown(f"##### {len(rows[0].measured.images)} of each")
    filmstrip(
        scene.key("compared samples"),
        panels,
        ["samples"],
        file_name=f"{scene.current.run.id}-compared-samples",
        max_width=420,
        per_row=3 if len(panels) > 4 else None,
        link_cells=False,
    )
    arrays = {row.name: row.measured.images for row in rows}
    downloads(scene, "compared samples", lambda _: arrays, lambda: panels, ["samples"])


def _panel(name: str, images: Floats) -> Panel:
    grid = Grid.of(len(images), images.shape[1:], 10)
    return Panel(name, [tile_picture(tiles_of(images), 10)], "pixels", f"{len(images)} images: {name}", grid)
