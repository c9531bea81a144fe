"""All these models, trained on few images, and their pages."""

from contextlib import contextmanager

import pytest

from explorer.analysis import autoencoder_measures
from explorer.runs.status import State, write_status
from tests.few_images import few_components, few_images
from tests.ui.deep.stacks import DEEP, LAYERS
from tests.ui.shared_runs import trained_once


@contextmanager
def _few_images():
    """Train, measure and show few images; what was found in them is forgotten, as other tests need all."""
    caches = (autoencoder_measures._pca, autoencoder_measures._pca_floor)
    with pytest.MonkeyPatch.context() as patch:
        for module in (
            "engine.job",
            "engine.heavy",
            "analysis.autoencoder_measures",
            "analysis.classifier_measures",
            "ui.shelf.images",
        ):
            patch.setattr(f"explorer.{module}.load", few_images)
        for module in ("analysis.autoencoder_measures", "ui.views.autoencoder.cached"):
            patch.setattr(f"explorer.{module}.principal_components", few_components)
        patch.setattr("explorer.ui.views.code_map.plane.GRID_SIDE", 5)
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _few():
    with _few_images():
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with all the models above and what they are built on."""
    return trained_once(tmp_path_factory, "deep", (*LAYERS.values(), *DEEP.values()), _few_images)


@pytest.fixture
def stopped_at_once(inline):
    """Return a function that leaves a run with its first snapshot only, as one that is stopped before an epoch ends."""

    def stopped(own, state=State.STOPPED):
        run = inline.submit(own)
        for epoch in run.snapshots[1:]:
            run.paths.snapshot(epoch).unlink()
        write_status(run.paths, run.status.model_copy(update={"state": state, "epoch": 0}))
        run.paths.metrics.write_text(run.paths.metrics.read_text().splitlines()[0] + "\n")
        run.paths.request.unlink(missing_ok=True)

    return stopped
