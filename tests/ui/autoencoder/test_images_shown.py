"""Whose test images a page shows, what they are without labels, and what a drawing is on dark or light images."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.data.catalogue import load
from explorer.engine.heavy import measure_all
from explorer.ui.components.shared_value import SharedValue
from tests.pages import problems, texts, traces
from tests.ui.autoencoder.autoencoders import BARS, DIGITS, RUNS, assert_draws, config, size

DRAWING = np.zeros((28, 28), np.uint8)
DRAWING[4:24, 12:16] = 182  # one of the eight levels that a drawing is rounded to


@pytest.fixture
def shown(monkeypatch):
    """Return a function that has pages show a set of images in place of those of its name."""
    sets = {}
    monkeypatch.setattr("explorer.ui.shelf.images.load", lambda name: sets.get(name) or load(name))
    return lambda images: sets.update({images.name: images})


@pytest.fixture
def unlabelled(shown):
    for name in ("mnist-5k", "bars-and-stripes"):
        shown(replace(load(name), train_labels=None, test_labels=None))


@pytest.mark.parametrize(("grey", "full"), [(0, 255), (255, 0), (200, 0)])
def test_a_drawing_has_the_background_of_the_images(open_page, offered, shown, monkeypatch, grey, full):
    digits = load("mnist-5k")
    ink = (digits.train / 255, digits.test / 255)
    train, test = (np.rint(grey + (full - grey) * x).astype(np.uint8) for x in ink)
    shown(replace(digits, train=train, test=test))
    papers = []
    monkeypatch.setattr(
        "explorer.ui.views.digits.digit_canvas", lambda _key, value, background: papers.append(background) or value
    )
    page = open_page(RUNS["denoising", "digits"], view="Reconstructions")
    page.segmented_control(key="denoising reconstructions source").set_value("my drawing").run()
    page.session_state["drawn digit"] = DRAWING
    page.run()
    assert_draws(page, "Reconstructions")
    assert papers[-1] == grey
    given = offered["reconstructions"][0]["input"].reshape(28, 28)
    assert (given[DRAWING == 0] == grey).all()
    assert (given[DRAWING > 0] == round(grey + (full - grey) * 182 / 255)).all()
    assert np.array_equal(page.session_state["drawn digit"], DRAWING)  # what is drawn stays for other pages


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("digits", "as in **MNIST, 4,000 digits (built in)**, which has 1,000 of them: other digits than those of the"),
        ("1", "as in **Bars and stripes, 30 pictures**, which has 30 of them."),
    ],
)
def test_the_first_test_images_are_said_to_be_of_their_set(open_page, offered, name, said):
    for view in ("Reconstructions", "Denoise", "Sampling chain"):
        assert f"Test images are numbered {said}" in texts(open_page(RUNS["denoising", name], view=view))
    page = open_page(RUNS["denoising", name], view="Correction field")
    assert f"Test images are numbered {said}" in page.number_input(key="denoising corner A").help


def test_images_without_labels_are_told_by_number_alone(open_page, offered, unlabelled):
    page = open_page(RUNS["autoencoder", "digits"], view="Reconstructions")
    assert_draws(page, "Reconstructions")
    assert list(offered["reconstructions"][1][0].notes) == [f"test image {i}" for i in range(20)]
    page = open_page(RUNS["autoencoder", "digits"], view="Nearest images")
    assert problems(page) == []
    query, by_code, *_ = offered["nearest"][1]
    assert query.title == "Test image 0"
    assert by_code.title == "By code"
    assert by_code.notes[0].startswith("test image ")
    assert "how many of the nearest are of the same class is not known" in texts(page)


def test_a_map_without_labels_has_one_class(open_page, offered, unlabelled):
    page = open_page(RUNS["autoencoder", "2 deep, linear code"], view="Code space")
    page.session_state["autoencoder map current two codes (0, 1).selection"] = SharedValue((3, 4, 5), (), (), ())
    page.run()
    assert_draws(page, "Code space")
    assert any(each.value == "**3** test images selected" for each in page.markdown)


def test_a_scatter_without_labels_has_one_cloud(open_page, inline, unlabelled):
    own = config("autoencoder", BARS, size(3))
    inline.submit(own)
    page = open_page(own, view="Code space")
    page.segmented_control(key="autoencoder map kind").set_value("3-D").run()
    assert problems(page) == []
    (cloud,) = traces(page, "scatter current")
    assert cloud["name"] == "not known"


def test_the_probe_is_missed_with_its_reason(open_page, inline, unlabelled, monkeypatch):
    monkeypatch.setattr(
        "explorer.analysis.autoencoder_measures.load", lambda name: replace(load(name), train_labels=None)
    )
    own = config("sparse", DIGITS, size(5), {"epochs": 1, "seed": 3})
    inline.submit(own)
    measure_all(inline._library.own, inline._library.find(own).id)
    said = texts(open_page(own, view="Training"))
    assert "Not measured here: Linear probe. Classes are told apart where images have labels" in said
