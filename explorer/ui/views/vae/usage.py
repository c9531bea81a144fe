"""Which latents a variational autoencoder uses: KL, μ, σ² and decoder weights of each, and what each one draws."""

from __future__ import annotations

from functools import partial

import plotly.graph_objects as go
import streamlit as st

from explorer.analysis.latent import ACTIVE_ABOVE, equal_steps, traversals, varied
from explorer.analysis.ranking import largest_first
from explorer.plots.latents import LatentSpread, bar_heights, bars_3d, common_ranges, latent_boxes
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.state.choices import natural
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.digits import number_of_image
from explorer.ui.views.pictures import generated_panel, in_the_plane
from explorer.ui.views.vae.cached import decode, latents_of, posterior_of, vae_of
from explorer.ui.views.view import at_step, columns_of, control_row, downloads, pick, show_chart
from explorer.ui.wording import signed

VALUES = equal_steps(3, 11)
FINE = equal_steps(3, 25)
MOST_ROWS = 20
IN_A_ROW = 2  # charts, each with a column for each latent


def usage(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Latent usage"):
        st.markdown("  \n".join(_verdict(scene, subject) for subject in scene.subjects), width="stretch")
        shape = pick(scene, "Draw as", ("box plots", "3-D bars"), "usage shape")
    figures = _figures(scene, shape)
    for (column, subject), figure in zip(columns_of(scene, IN_A_ROW), figures, strict=True):
        with column:
            _spread(scene, subject, shape, figure)
    _traversal(scene, scene.current)


def _verdict(scene: Scene, subject: Subject) -> str:
    active = posterior_of(subject).active
    off = [latent for latent, is_active in enumerate(active) if not is_active]
    listed = ": " + ", ".join(map(str, off[:12])) + (" …" if len(off) > 12 else ".") if off and active.any() else "."
    return scene.title(subject, f"**{int(active.sum())} of {len(active)}** latents are active, {len(off)} off{listed}")


def spread_of(subject: Subject) -> LatentSpread:
    """Return the latents' figures at the epoch shown, in the order of their indices."""
    q = posterior_of(subject)
    weights = vae_of(subject).latent_weights().detach().numpy()
    return LatentSpread(q.kl, q.mean, q.variance, weights.T, q.active)


def _figures(scene: Scene, shape: str) -> list[go.Figure]:
    """Return the chart of each subject; those of several subjects have the same axes."""
    spreads = [spread_of(subject) for subject in scene.subjects]
    named = [
        (spread, scene.title(subject, f"latents at epoch {subject.epoch}"))
        for spread, subject in zip(spreads, scene.subjects, strict=True)
    ]
    if shape == "box plots":
        return [latent_boxes(spread, title, common_ranges(spreads)) for spread, title in named]
    top = max(float(bar_heights(spread).max()) for spread in spreads)
    return [bars_3d(spread, title, top) for spread, title in named]


def _spread(scene: Scene, subject: Subject, shape: str, figure: go.Figure) -> None:
    key, clickable = scene.key(f"usage {subject.role} {shape}"), subject is scene.current and shape == "box plots"
    if clickable:
        show_chart(figure, key=key, on_select=partial(_take_click, scene, key), selection_mode="points")
    else:
        show_chart(figure, key=key)
    if shape == "box plots":
        click = " Click a KL bar to see what its latent draws." if clickable else ""
        st.caption(
            "Boxes hold the middle half of the test images (of the weights, in the last row), whiskers 90\u00a0%. "
            f"Grey: off, as the variance of μ is at most {ACTIVE_ABOVE}.{click}"
        )
    else:
        st.caption("Standard deviation of μ over the test images, mean σ², and spread of the decoder's weights.")


def _take_click(scene: Scene, chart: str) -> None:
    """Make the latent whose bar was clicked the one that is drawn below."""
    points = st.session_state[chart]["selection"]["points"]
    if points and isinstance(points[0].get("x"), int | float):
        st.session_state[scene.key("latent")] = int(points[0]["x"])


def _traversal(scene: Scene, subject: Subject) -> None:
    """Draw what each latent does to one image, and a chosen one in fine steps."""
    dataset = subject.config.dataset
    q = posterior_of(subject)
    images = subject.images
    st.markdown("##### What each latent draws")
    last, first = q.mean.shape[1] - 1, int(largest_first(q.kl)[0])
    key = scene.linked("latent", first, natural(last))
    chosen = st.session_state.get(key)
    if chosen is None or chosen > last:
        st.session_state[key] = first
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        which = number_of_image(scene, "Test image", "traversed")
        latent = int(st.number_input("Latent", 0, last, key=key, width=140, persist_state="session"))
    at = latents_of(subject, images.test[which : which + 1])[0]
    order = largest_first(q.kl)[:MOST_ROWS]
    rows = traversals(vae_of(subject), VALUES, at)[order]
    fine = varied(at, latent, FINE)
    left, right = st.columns([3, 1], vertical_alignment="top")
    with left:
        at_values = [signed(value, 1, plus=True) for value in VALUES]
        notes = [f"latent {z} = {value} · KL {q.kl[z]:.2f} nats" for z in order for value in at_values]
        one = "curve" if in_the_plane(dataset) else "row"
        first_of = f" (first {MOST_ROWS})" if last >= MOST_ROWS else ""
        title = f"one {one} for each latent, by falling KL, from −3 to 3{first_of}"
        alt = f"One {one} for each latent, in which it goes from −3 to 3 while the others stay"
        made = rows.reshape(len(notes), -1)
        drawn = generated_panel(dataset, [made], len(VALUES), title=title, alt=alt, notes=notes, joined="rows")
        filmstrip(scene.key("traversals"), [drawn], ["all"])
    with right:
        frames = [x[None] for x in decode(subject, fine)]
        labels = [signed(value, plus=True) for value in FINE]
        alt = f"Test image {which} as latent {latent} changes"
        panel = generated_panel(dataset, frames, 1, title=f"latent {latent}", alt=alt)
        filmstrip(
            scene.key("traversal"), [panel], labels, max_width=260, **at_step(scene, "value", labels, len(FINE) // 2)
        )
    numbers = {"kl": q.kl, "mean": q.mean, "variance": q.variance, "traversals": rows}
    downloads(
        scene,
        "latent usage",
        lambda _: numbers,
        lambda: [panel],
        labels,
    )
