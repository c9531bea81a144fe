"""Every view of every page draws, whatever kind it shows: at the start, at the end, and with another run beside."""

import runpy

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.models.registry import KINDS, PAGES
from explorer.settings import APP_FOLDER, settings
from explorer.ui import run_table
from explorer.ui.shelf import services
from explorer.ui.shelf.remembered import forget_everything
from tests.contract.tiny import EPOCHS, tiny
from tests.pages import NoEngine, address

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


@pytest.fixture
def open_page(shelf, clean_settings, monkeypatch):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""
    clean_settings(device="cpu", threads=1, workers=1, store=shelf.own.folder, trained=shelf.shipped.folder)
    # at each run of a page Streamlit looks for components in every package: half of the time, and nothing found
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
    _forget()
    services._WARMING.set()  # no workers in the background of a test
    monkeypatch.setattr("explorer.ui.still_measured.engine", lambda: NoEngine)

    def opened(config, **changes):
        test = AppTest.from_file(APP_FOLDER / "Home.py", default_timeout=60)
        test.switch_page(f"pages/{config.kind}.py")
        parameters = address(config) | changes
        for name, value in parameters.items():
            test.query_params[name] = str(value)
        return test.run()

    yield opened
    _forget()


def _forget():
    settings.cache_clear()
    run_table.forget_table()
    forget_everything()
    st.cache_resource.clear()


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


@pytest.mark.parametrize(("kind", "view"), VIEWS)
def test_a_view_draws_the_start_the_end_and_a_run_beside(kind, view, trained, open_page):
    config = tiny(kind)
    other = trained(config.model_copy(update={"seed": 1}))
    trained(config)
    test = open_page(config, view=view, epoch=0)
    shown(test, kind, view, 0)
    state = test.session_state[f"page state of {kind}"]
    state.epoch = EPOCHS
    alone = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" not in alone
    state.pin = f"{other.id}@{EPOCHS}"
    beside = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" in beside or "trained yet" in beside  # what tells one from the other
