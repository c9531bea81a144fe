"""All these DCGANs, a VAE and an RBM, trained on few images, and their page."""

from contextlib import contextmanager

import pytest

from explorer.analysis import gan_measures
from explorer.ui.components.filmstrip import FilmstripState
from explorer.ui.views.gan import samples as samples_view
from explorer.ui.views.gan import walk as walk_view
from tests.few_images import few_images
from tests.ui.gan.gans import OTHERS, RUNS, judge_of_digits
from tests.ui.shared_runs import trained_once


@contextmanager
def _few_images():
    """Train and measure on few images; what was found in them is forgotten, as other tests need all."""
    gan_measures._real.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        patch.setattr("explorer.engine.heavy.load", few_images)
        patch.setattr("explorer.analysis.gan_measures.load", few_images)
        patch.setattr("explorer.analysis.gan_measures.digit_classifier_or_none", judge_of_digits)
        for module in ("cached", "measured"):
            patch.setattr(f"explorer.ui.views.gan.{module}.digit_classifier", judge_of_digits)
        patch.setattr("explorer.ui.views.gan.measured.MANY", 120)
        patch.setattr("explorer.ui.views.gan.others.GIBBS_STEPS", 3)
        yield
    gan_measures._real.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _few():
    with _few_images():
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with the DCGANs above, a VAE and an RBM."""
    return trained_once(tmp_path_factory, "gan", (*RUNS.values(), *OTHERS), _few_images)


@pytest.fixture
def click(monkeypatch):
    """Click on a tile of a panel: what the browser reports is heard before the script runs."""
    draw, row, heard, news = samples_view.filmstrip, samples_view.control_row, [], []

    def filmstrip(key, panels, labels, *, on_cell=None, **options):
        heard[:] = [on_cell] if on_cell else heard
        return draw(key, panels, labels, on_cell=on_cell, **options)

    def control_row(scene, view):  # the first thing that the view draws
        if news:
            heard[0](FilmstripState(0, *news.pop()))
        return row(scene, view)

    for module in (samples_view, walk_view):
        monkeypatch.setattr(module, "filmstrip", filmstrip)
        monkeypatch.setattr(module, "control_row", control_row)

    def on(test, cell, panel=0):
        news.append((cell, panel))
        return test.run()

    return on
