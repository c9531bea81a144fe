"""The frame of every page: its settings, the list of pages, and nothing of its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import streamlit as st
from PIL import Image

from explorer.errors import ExplorerError
from explorer.models.config import Hyperparameter
from explorer.models.registry import PAGES, Kind
from explorer.plots.palette import colors
from explorer.ui.shelf.services import one_look
from explorer.ui.state.address import Parameters, without_parameters
from explorer.ui.state.effects import effects_as_left
from explorer.ui.state.one_digit import one_digit_as_left
from explorer.ui.state.page import PageState, as_left, parameters_of
from explorer.ui.state.runs import runs_as_left
from explorer.ui.wording import plain

APP = "The explorer of generative models"
_STUDY: tuple[tuple[str, str, str, Callable[[], Parameters]], ...] = (  # each with its address as it was left
    ("pages/effects.py", "Effects", ":material/tune:", effects_as_left),
    ("pages/one-digit.py", "One digit, every model", ":material/compare_arrows:", one_digit_as_left),
    ("pages/runs.py", "All runs", ":material/list:", runs_as_left),
)


@lru_cache(maxsize=1)
def _icon() -> Image.Image:
    """Return the browser tab's picture: a weight tile with a stroke. Named icons come from the network."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    stroke = np.exp(-6 * (x + y) ** 2) - 0.8 * np.exp(-6 * (x + y - 0.9) ** 2) - 0.8 * np.exp(-6 * (x + y + 0.9) ** 2)
    return Image.fromarray(colors("signed")[(128 + 120 * stroke).clip(1, 255).astype(np.uint8)])


# Streamlit leaves a lot of air; on a projector the picture is what should be large.
_STYLE = """
<style>
[data-testid="stPageLink"] a:focus-visible { outline: 3px solid color-mix(in srgb, currentcolor 60%, transparent); }
.stMainBlockContainer { padding: 1.5rem 2.5rem 3rem; max-width: 1500px; }
body:has([data-testid="stExpandSidebarButton"]) .stMainBlockContainer { padding-top: 4rem; } /* below the bar */
[data-testid="stMainBlockContainer"] h1 { padding: 0 0 0.3rem; }
[data-testid="stPageLink"] p { white-space: normal; }
[data-testid="stSidebarHeader"] { height: 2.5rem; margin-bottom: 0; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
/* closed, it would only be out of sight: the keyboard shall not go through it */
[data-testid="stSidebar"][data-collapsed="true"] [data-testid="stSidebarContent"] * { visibility: hidden !important; }
/* Streamlit's own are too faint to be read by WCAG */
[data-testid="stCaptionContainer"] { opacity: 0.75; }
.stApp .stButtonGroup button[data-selected="true"] :is(p, span) { color: inherit; font-weight: 600; }
.stApp .stButtonGroup button[data-selected="true"][class] { color: inherit; }
.stApp [data-testid="stBaseButton-primary"] :is(p, span) { color: light-dark(#fff, #10151c); }
.stApp [data-testid="stMultiSelectTagsContainer"] span { color: light-dark(#fff, #10151c); }
/* a chart's texts as dark as all others, its toolbar below its title */
.js-plotly-plot :is(.xtick, .ytick, .infolayer) text { fill: currentColor !important; }
.js-plotly-plot .plotly .modebar-container { top: 2.25rem !important; height: calc(100% - 2.25rem) !important; }
.js-plotly-plot .plotly .modebar-btn { min-width: 24px; min-height: 24px; }
/* of the link to a control's effects only the picture is seen, in the margin before the control's label */
[class*="st-key-effects-of-"] { position: relative; }
[class*="st-key-effects-of-"] > div:has(> [data-testid="stPageLink"]) {
    position: absolute; top: -2px; left: -26px; width: 24px;
}
[class*="st-key-effects-of-"] [data-testid="stPageLink"] a { padding: 0.1rem; min-width: 24px; min-height: 24px; }
[class*="st-key-effects-of-"] [data-testid="stPageLink"] p {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
[data-testid="stExpander"] [class*="st-key-effects-of-"] > div:has(> [data-testid="stPageLink"]) { left: -20px; }
/* charts below each other are as wide as the page without their axes */
[class*="st-key-vega-"] svg { max-width: 100%; height: auto; }
[class*="st-key-vega-"] svg .role-title-subtitle text { fill: currentColor; }
[data-testid="stMain"]:focus-visible { outline: 2px solid; outline-offset: -2px; }
@media (max-width: 768px) {
    .stMainBlockContainer { padding: 4.5rem 1.25rem 3rem; } /* below the bar on phones */
    .stButtonGroup [role="radiogroup"] { flex-wrap: wrap; }
    .stButtonGroup [role="radio"] { padding-inline: 0.5rem; }
    .js-plotly-plot .gtitle { font-size: 14px !important; }
    /* a card of Home keeps its picture beside its text */
    [class*="st-key-card-"] .stHorizontalBlock { flex-wrap: nowrap; gap: 1rem; }
    [class*="st-key-card-"] .stColumn { min-width: 0; }
}
@media (max-width: 480px) {
    .js-plotly-plot .plotly .modebar-container { display: none; } /* there is no room but over the legend */
}
</style>
"""


@contextmanager
def page(title: str, *, with_controls: bool = False, with_address: bool = False) -> Iterator[None]:
    """Draw the frame of a page around its content; an error that nothing below has dealt with ends it in words.

    with_address: the page has parameters in its address, as pages with controls have.
    """
    try:
        _begin_page(title, with_controls=with_controls)
        if not (with_controls or with_address):
            without_parameters(title)
        with one_look():
            yield
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.stop()  # also where nothing of the page is drawn yet


def _begin_page(title: str, *, with_controls: bool = False) -> None:
    """Set up the page and draw the navigation; the first call of every page.

    On a page with controls the list of pages is folded, so that the controls are in sight.
    """
    st.set_page_config(page_title=f"{title} · explorer", page_icon=_icon(), layout="wide")
    st.html(_STYLE)
    with st.sidebar, st.expander(title, icon=":material/menu:", expanded=not with_controls):
        st.page_link("Home.py", label="Home", icon=":material/home:")
        for family in dict.fromkeys(kind.family for kind in PAGES.values()):
            st.caption(family)
            for kind in PAGES.values():
                if kind.family == family:
                    page_link(kind, kind.title, ":material/grid_view:")
        st.caption("Study")
        for path, label, icon, left in _STUDY:
            st.page_link(path, label=label, icon=icon, query_params=left())


def page_link(kind: Kind, label: str, icon: str) -> None:
    """Draw the link to a kind's page as the session has left it: with an address that the page need not complete."""
    st.page_link(f"pages/{kind.name}.py", label=label, icon=icon, query_params=as_left(kind.name))


def effects_link(state: PageState, h: Hyperparameter) -> None:
    """Draw the link that opens a study of a hyperparameter, with all else as on a model's page."""
    others = {name: value for name, value in state.values.items() if name != h.name}
    query = {"model": state.kind, "vary": h.name} | parameters_of(state.config_class, others)
    label = f"Effects of {h.full_title}"
    st.page_link(
        "pages/effects.py", label=label, icon=":material/tune:", query_params=query, help=label, width="content"
    )
