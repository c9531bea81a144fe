"""Every view of the autoencoder family's pages, and where their images come from."""

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.runs.ids import run_id
from tests.few_images import NotHere
from tests.pages import button, problems, texts
from tests.ui.autoencoder.autoencoders import BARS, DIGITS, PAIRS, RUNS, VIEWS, assert_draws, config, size

# all views


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=lambda value: value)
def test_every_view_draws(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        test = open_page(RUNS[kind, name], view=view)
        assert_draws(test, view)
        assert f"Trained, **{RUNS[kind, name].epochs} epoch" in texts(test)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("autoencoder", "2 linear"), ("denoising", "spiral"), ("contractive", "5 deep"), ("sparse", "5")],
    ids=lambda value: value,
)
def test_every_view_draws_before_the_first_update(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        assert_draws(open_page(RUNS[kind, name], view=view, epoch=0), view)


@pytest.mark.parametrize(("kind", "name", "pinned"), PAIRS, ids=lambda value: value)
def test_every_view_draws_beside_a_pinned_one(open_page, offered, kind, name, pinned):
    for view in VIEWS[kind]:
        test = open_page(RUNS[kind, name], view=view, pin=f"{run_id(RUNS[kind, pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


@pytest.mark.parametrize("kind", VIEWS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)


@pytest.mark.parametrize("kind", VIEWS)
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, kind):
    broken = config(kind, BARS, size(3), {"seed": 5})
    path = inline.submit(broken).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[kind]:
        test = open_page(broken, view=view)
        (warning,) = problems(test)
        assert "epoch-00002.safetensors" in warning, view
        assert test.select_slider(key=f"{kind} epoch").value == 1


def test_a_set_of_few_images_has_pictures_of_all_when_another_was_chosen(open_page, offered):
    """Image 500 is chosen among the digits, of which bars and stripes have only 30."""
    for view, key in (
        ("Correction field", "corner A"),
        ("Denoise", "denoise from"),
        ("Reconstructions", "reconstructions from"),
    ):
        test = open_page(RUNS["denoising", "digits"], view=view)
        if key.endswith("from"):
            source = f"denoising {key.removesuffix('from')}source"
            test.segmented_control(key=source).set_value("other test images").run()
        test.number_input(key=f"denoising {key}").set_value(500).run()
        test.selectbox(key="denoising.dataset").set_value("bars-and-stripes").run()
        assert not test.exception, view
        assert not test.error, view
        assert test.number_input(key=f"denoising {key}").value < 30


# where images come from


@pytest.mark.parametrize(
    ("kind", "view"),
    [*((kind, "Reconstructions") for kind in VIEWS), ("denoising", "Denoise")],
    ids=lambda value: value,
)
def test_a_drawing_goes_through_the_model(open_page, offered, kind, view):
    own = RUNS[kind, "digits"]
    name = view.lower()
    test = open_page(own, view=view)
    test.segmented_control(key=f"{kind} {name} source").set_value("my drawing").run()
    assert problems(test) == []
    assert any("Draw a digit" in caption.value for caption in test.caption)
    drawing = np.zeros((28, 28), np.uint8)
    drawing[4:24, 12:16] = 255
    test.session_state["drawn digit"] = drawing
    offered.clear()
    test.run()
    assert_draws(test, view)
    arrays = offered[name][0]
    np.testing.assert_array_equal(arrays["input" if name == "reconstructions" else "clean"].shape, (1, 784))


def test_toys_cannot_be_drawn(open_page):
    for name in ("1", "spiral"):
        test = open_page(RUNS["denoising", name], view="Denoise")
        assert "my drawing" not in test.segmented_control(key="denoising denoise source").options


def test_other_images_stand_in_for_those_that_are_not_here(open_page, offered, inline, monkeypatch):
    absent = config("denoising", DIGITS, {"dataset": "mnist"})
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    for view in VIEWS["denoising"]:
        test = open_page(absent, view=view)
        assert problems(test) == []
        (warning,) = (element.value for element in test.warning)
        assert "is not on this machine, so nothing can be trained on it" in warning
        assert "the digits shown are from the 1,000 built-in" in texts(test)
        assert offered or view in {"Code space", "Training"}, view
        offered.clear()


def test_two_curves_beside_an_error_are_told_apart(open_page):
    test = open_page(RUNS["autoencoder", "2 linear"], view="Training")
    (chart,) = [each for each in test.get("plotly_chart") if "metric reconstruction_error" in each.key]
    dashes = [trace["line"]["dash"] for trace in json.loads(chart.proto.spec)["data"] if "line" in trace]
    assert dashes == ["solid", "dot", "3px,9px"]
    assert "Dotted: reconstruction error (training)" in texts(test)
    assert "Sparsely dotted: error of PCA" in texts(test)
