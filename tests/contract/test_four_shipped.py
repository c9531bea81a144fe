"""Four shipped runs side by side on every view of their page, small and large ones, of other settings and ages."""

import runpy
from itertools import groupby

import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.models.registry import PAGES
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER, settings
from tests.contract.views import DRAWN
from tests.opening import opened_pages
from tests.pages import address, problems

TOGETHER = 4


@pytest.fixture
def open_page(clean_settings, tmp_path, monkeypatch):
    clean_settings(store=tmp_path)
    with opened_pages(monkeypatch) as opened:
        yield opened


def four_of(kind):
    """Return a run and the pins of three others of images of its size; of few runs some epochs stand beside it."""
    runs = [run for run in Store(settings().trained, shipped=True) if run.kind == kind and run.snapshots]
    runs.sort(key=lambda run: (shape(run), sum(value for value in run.settings.values() if isinstance(value, int))))
    alike = max((list(group) for _, group in groupby(runs, shape)), key=len)
    *chosen, last = [alike[i] for i in sorted({0, len(alike) // 3, len(alike) // 2, len(alike) - 1})]
    missing = TOGETHER - 1 - len(chosen)
    return last, [*(run.id for run in chosen), *(f"{last.id}@{epoch}" for epoch in last.snapshots[:missing])]


def shape(run):
    return CATALOGUE[run.config.dataset].shape


@pytest.mark.parametrize("kind", PAGES)
def test_every_view_draws_four_shipped_runs(kind, open_page):
    run, pins = four_of(kind)
    assert len(pins) == TOGETHER - 1
    test = open_page(kind, **address(run.config), pin=",".join(pins))
    state = test.session_state[f"page state of {kind}"]
    for view in runpy.run_path(str(APP_FOLDER / "pages" / f"{kind}.py"))["VIEWS"]:
        state.view = view
        test.run()
        assert problems(test) == [], view
        assert state.pins == tuple(pins)
        (tab,) = [tab for tab in test.tabs if tab.label == view]
        assert any(tab.get(what) for what in (*DRAWN, "markdown")), view
