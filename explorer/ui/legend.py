"""A colour scale with its ends and its meaning."""

from __future__ import annotations

from html import escape

import streamlit as st

from explorer.plots.palette import Scale, css_stops


def color_legend(scale: Scale, low: str, high: str, meaning: str) -> None:
    """Draw a bar of the scale's colours between the values of its ends."""
    gradient = ", ".join(css_stops(scale))
    st.html(
        f'<div role="img" aria-label="Colour scale from {escape(low)} to {escape(high)}: {escape(meaning)}" '
        'style="display:flex;align-items:center;gap:0.5rem;font-size:0.875rem">'
        f"<span>{escape(low)}</span>"
        '<span style="width:12rem;height:0.8rem;border-radius:2px;'
        f'background:linear-gradient(to right,{gradient})"></span>'
        f"<span>{escape(high)}</span><span style='opacity:0.75'>{escape(meaning)}</span></div>"
    )
