"""Every view of images as users bring them: without labels, all the same, or of only two pictures."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.heavy import measure_all
from explorer.errors import TrainingFailed
from explorer.models.registry import KINDS, PAGES
from explorer.runs.findings import findings_of
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.contract.few import cut
from tests.contract.tiny import EPOCHS, tiny
from tests.contract.views import VIEWS, shown
from tests.pages import texts
from tests.short_measures import shorten_ais, shorten_quadrature

BY_PCA = {"autoencoder", "deep-autoencoder", "pretraining"}  # kinds on whose pages PCA stands beside the model
FEW = "as training images vary in no more directions"


def unlabelled(images):
    return replace(images, train_labels=None, test_labels=None)


def all_of_grey(value):
    def change(images):
        return replace(images, train=np.full_like(images.train, value), test=np.full_like(images.test, value))

    return change


def of_two(images):
    """Two pictures to train on, the second twelve times, in the order of their classes."""
    pictures, labels = (rows[:2].repeat(12, axis=0) for rows in (images.train, images.train_labels))
    return replace(images, train=pictures, train_labels=labels * 0)


ODD = {"unlabelled": unlabelled, "black": all_of_grey(0), "light grey": all_of_grey(200), "of two": of_two}
KINDS_ON = {  # which pages are opened, where that is not all of them
    "black": PAGES.keys() - {"dcgan"},  # whose samples are judged only of sets that are known to the bit
    "light grey": BY_PCA,
    "of two": BY_PCA,
}
PLACES = [case.values for case in VIEWS]
CASES = [(odd, kind, view) for odd in ODD for kind, view in PLACES if kind in KINDS_ON.get(odd, PAGES)]


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        shorten_ais(patch)
        shorten_quadrature(patch)
        yield


class Shelves:
    """A library of what is trained on each sort of odd images; one sort at a time stands for all data sets."""

    def __init__(self, folder):
        self._folder, self._odd, self._give_back = folder, None, lambda: None

    def of(self, odd):
        if odd != self._odd:
            self.end()
            self._odd, self._give_back = odd, cut(ODD[odd])
        return Library(Store(self._folder / odd), Store(self._folder / "shipped", shipped=True))

    def end(self):
        self._give_back()


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    shelves = Shelves(tmp_path_factory.mktemp("odd"))
    yield shelves
    shelves.end()


@pytest.fixture
def odd(request):
    return request.param


@pytest.fixture
def shelf(odd, shelves):
    return shelves.of(odd)


@pytest.mark.parametrize(("odd", "kind", "view"), CASES, indirect=["odd"])
def test_a_view_of_odd_images_draws_or_says_why_not(odd, kind, view, shelf, trained, open_page):
    run = trained(tiny(kind))
    measure_all(shelf.own, run.id)
    test = open_page(run.config, view=view)
    if view == "Correction field" and odd == "black":
        assert "The three images are on one line" in texts(test)
        return
    shown(test, kind, view, EPOCHS)
    said = texts(test)
    if view in {"Beside PCA", "Stages"}:
        many = {"of two": "PCA with only 1 component,", "unlabelled": "PCA with"}.get(odd, "PCA with no components,")
        assert many in said
        assert (FEW in said) == (odd != "unlabelled")
    if view == "Nearest images":
        assert ("The test images have no labels here" in said) == (odd == "unlabelled")


@pytest.mark.parametrize(("odd", "kind"), [(odd, kind) for odd in ODD for kind in KINDS], indirect=["odd"])
def test_images_that_are_all_the_same_are_a_finding_of_any_kind(odd, kind, trained):
    if (odd, kind) == ("unlabelled", "deep-classifier"):
        return
    found = [finding.name for finding in findings_of(trained(tiny(kind)))]
    assert ("Constant data" in found) == (odd in {"black", "light grey"})


@pytest.mark.parametrize("odd", ODD, indirect=True)
def test_labels_are_asked_for_where_a_classifier_is_trained(odd, trained):
    if odd != "unlabelled":
        trained(tiny("deep-classifier"))
        return
    with pytest.raises(TrainingFailed, match="have no labels on this machine, and classes cannot be told without"):
        trained(tiny("deep-classifier"))
