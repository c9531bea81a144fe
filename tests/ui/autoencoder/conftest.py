"""All these autoencoders, trained on few images, and their pages."""

from contextlib import contextmanager

import pytest

from explorer.analysis import autoencoder_measures
from tests.few_images import few_components, few_images
from tests.ui.autoencoder.autoencoders import RUNS
from tests.ui.shared_runs import trained_once


@contextmanager
def _few_images():
    """Train and measure on few images; the components found in them are forgotten, as other tests need all."""
    caches = (autoencoder_measures._pca, autoencoder_measures._pca_floor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        patch.setattr("explorer.engine.heavy.load", few_images)
        patch.setattr("explorer.analysis.autoencoder_measures.load", few_images)
        patch.setattr("explorer.analysis.autoencoder_measures.principal_components", few_components)
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
    """Return a folder with all the autoencoders above."""
    return trained_once(tmp_path_factory, "autoencoder", RUNS.values(), _few_images)
