"""Every view of every page, and what a test holds it against."""

import json
import re
import runpy

import pytest

from explorer.models.registry import KINDS, PAGES
from explorer.settings import APP_FOLDER

VIEWS = [
    pytest.param(kind, view, id=f"{kind}: {view}")
    for kind in PAGES
    for view in runpy.run_path(str(APP_FOLDER / "pages" / f"{kind}.py"))["VIEWS"]
]
DRAWN = (
    "plotly_chart",
    "bidi_component",
    "imgs",
    "metric",
    "dataframe",
    "arrow_data_frame",
)  # what a view may consist of


def nameless(tab):
    """Return the charts and pictures of a view that do not say what they show, and along which axes."""
    charts = [chart.proto for chart in tab.get("plotly_chart")]
    found = [chart.spec for chart in charts if not names_of(json.loads(chart.spec)["layout"]) <= set(words(chart.alt))]
    pictures = [json.loads(element.proto.json) for element in tab.get("bidi_component")]
    panels = [panel for picture in pictures for panel in picture.get("panels", [])]
    named = [*panels, *(picture for picture in pictures if "cloud" in picture)]
    return found + [each for each in named if not each["alt"].strip()]


def names_of(layout):
    """Return the words of a chart's title and of the titles of its axes."""
    axes = [axis for part in (layout, layout.get("scene", {})) for name, axis in part.items() if "axis" in name]
    return {word for each in (layout, *axes) for word in words(each.get("title", {}).get("text") or "")}


def words(text):
    return re.findall(r"\w+", re.sub(r"<[^>]+>", " ", text))


def shown(test, kind, view, epoch):
    """Hold the page against what it is to show; return what is drawn in the view, and said, as one text."""
    assert not test.exception, [(each.message, each.stack_trace) for each in test.exception]
    assert [error.value for error in test.error] == []
    assert [title.value for title in test.title] == [PAGES[kind].title]
    assert [slider.value for slider in test.select_slider if slider.label == "Epoch shown"] == [epoch]
    (tab,) = [tab for tab in test.tabs if tab.label == view]
    drawn = [element for what in DRAWN for element in tab.get(what)]
    drawn += [text for text in tab.markdown if "<svg" in text.value]
    if not drawn and any(guest.page == kind for guest in KINDS.values()):
        said = [each.value for each in (*tab.info, *tab.markdown, *tab.caption) if "trained yet" in each.value]
        assert said
        return "\n".join(said)  # of a view of runs of another kind, of which there is none
    assert drawn, f"nothing is drawn in {view}"
    assert nameless(tab) == []
    return "\n".join(str(element.proto) for element in (*drawn, *tab.markdown, *tab.caption))
