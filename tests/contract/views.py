"""Every view of every page, and what a test holds it against."""

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
    return "\n".join(str(element.proto) for element in (*drawn, *tab.markdown, *tab.caption))
