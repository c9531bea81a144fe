"""These runs, trained on few images, and the page."""

from contextlib import contextmanager

import pytest

from tests.contract.few import cut
from tests.short_measures import shorten_ais, shorten_quadrature
from tests.ui.one_digit.kinds import ELSEWHERE, OTHER, RUNS
from tests.ui.shared_runs import trained_once

PAGE = "pages/one-digit.py"


@contextmanager
def _few_images():
    give_back = cut()
    with pytest.MonkeyPatch.context() as patch:
        shorten_ais(patch)
        shorten_quadrature(patch)
        patch.setattr("explorer.ui.one_digit.samples.GIBBS_STEPS", 3)
        patch.setattr("explorer.ui.one_digit.cached.POOL", 20)
        yield
    give_back()


@pytest.fixture(scope="module", autouse=True)
def _few():
    with _few_images():
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with a run of each kind, a second RBM, and one of no digits."""
    return trained_once(tmp_path_factory, "one digit", (*RUNS.values(), OTHER, ELSEWHERE), _few_images)


@pytest.fixture
def opened(page):
    """Return a function that opens the page, with choices as its link has them."""
    return lambda **chosen: page(PAGE, **{"show.data": "mnist-5k"} | {f"show.{n}": x for n, x in chosen.items()})
