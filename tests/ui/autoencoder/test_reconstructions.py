"""Reconstructions of the autoencoder family, also beside those of PCA."""

import re

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.data.catalogue import load
from explorer.plots.field import points_picture
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from tests.pages import charts, figures
from tests.stores import arrays_of, model_of, sigmoid
from tests.ui.autoencoder.autoencoders import RUNS, SAYS, SETTINGS, assert_draws, grey

# reconstructions


def literal_pass(arrays, x):
    """What two sigmoid or linear layers make of images, untied, squared error."""
    code = sigmoid(x @ arrays["encoder.0.W"] + arrays["encoder.0.b"])
    return code, code @ arrays["decoder.0.W"] + arrays["decoder.0.b"]


def test_the_caption_has_the_error_of_the_images_by_the_model_and_by_pca(open_page, offered, library):
    own = RUNS["autoencoder", "1"]
    test = open_page(own, view="Reconstructions")
    x = grey(own)[:20]
    code, output = literal_pass(arrays_of(library, own), x)
    fitted = PCA(1, svd_solver="full").fit(load(own.dataset).train / 255)
    by_pca = fitted.inverse_transform(fitted.transform(x))
    expected = {"PCA": np.square(by_pca - x).sum(1).mean(), "Autoencoder": np.square(output - x).sum(1).mean()}
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    for name, error in expected.items():
        assert float(re.search(rf"{name} \*\*([\d.]+)\*\*", caption)[1]) == pytest.approx(error, abs=0.06)
    arrays, panels, _ = offered["reconstructions"]
    np.testing.assert_allclose(arrays["code"], code, atol=1e-4)
    np.testing.assert_allclose(arrays["error"], np.square(output - x).sum(1), rtol=1e-3)
    assert [panel.title for panel in panels] == [
        "Input", "PCA: reconstruction", "Autoencoder: reconstruction", "Autoencoder: code"
    ]  # fmt: skip
    np.testing.assert_allclose(
        panels[2].frames[-1][:4, 5:9].astype(int), quantize(output[1].reshape(4, 4), 0, 1), atol=1
    )


def test_the_error_is_that_of_the_epoch_and_of_the_images_shown(open_page, offered, library):
    own = RUNS["sparse", "3 untied"]
    test = open_page(own, view="Reconstructions", epoch=1)
    test.segmented_control(key="sparse reconstructions source").set_value("other test images").run()
    assert_draws(test, "Reconstructions")
    x = grey(own)[10:30]
    _, output = literal_pass(arrays_of(library, own, 1), x)
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    assert "at epoch 1" in caption
    assert figures(caption) == [pytest.approx(np.square(output - x).sum(1).mean(), abs=0.06)]


def test_pinned_runs_stand_beside_instead_of_pca(open_page, offered):
    open_page(RUNS["autoencoder", "2 linear"], view="Reconstructions", pin=run_id(RUNS["autoencoder", "5"]))
    titles = [panel.title for panel in offered["reconstructions"][1]]
    assert len(titles) == 5
    assert not any("PCA" in title for title in titles)


# beside PCA


@pytest.mark.parametrize("name", ["2 linear", "5 deep"])
def test_the_floor_is_the_error_of_pca(open_page, offered, library, name):
    own = RUNS["autoencoder", name]
    test = open_page(own, view="Beside PCA")
    x, train = grey(own).astype(float), load(own.dataset).train / 255
    fitted = PCA(own.code_size, svd_solver="full").fit(train)
    floor = np.square(fitted.inverse_transform(fitted.transform(x)) - x).sum(1).mean()
    model = model_of(library, own)
    output = model.reconstruct(torch.tensor(x, dtype=torch.float32)).numpy()
    error = np.square(output - x).sum(1).mean()
    (verdict,) = [m.value for m in test.markdown if SAYS["Beside PCA"] in m.value]
    assert float(re.search(r"\*\*([\d.]+)\*\* per test image", verdict)[1]) == pytest.approx(error, abs=0.006)
    assert float(re.search(r"as many: \*\*([\d.]+)\*\*", verdict)[1]) == pytest.approx(floor, abs=0.006)
    drawn = charts(test)
    by_size, by_epoch = drawn["error by size"], drawn["error by epoch"]
    assert by_size["PCA"][1][own.code_size] == pytest.approx(floor, abs=0.01)
    assert by_size["PCA"][1][0] == pytest.approx(np.square(x - train.mean(0)).sum(1).mean(), abs=0.01)
    assert by_size["This autoencoder"][0] == [own.code_size]
    assert by_epoch["This autoencoder"][1][-1] == pytest.approx(error, abs=0.01)


def test_more_code_units_than_components_have_their_last_floor(open_page, offered):
    """The spiral has two dimensions; five code units find no third one."""
    many = RUNS["autoencoder", "spiral"]
    test = open_page(many, view="Beside PCA")
    assert_draws(test, "Beside PCA")
    (verdict,) = [m.value for m in test.markdown if SAYS["Beside PCA"] in m.value]
    assert float(re.search(r"as many: \*\*([\d.]+)\*\*", verdict)[1]) == 0


def test_each_unit_draws_what_it_adds(open_page, offered, library):
    own = RUNS["autoencoder", "2 linear"]
    open_page(own, view="Beside PCA")
    arrays = arrays_of(library, own)
    code = grey(own) @ arrays["encoder.0.W"] + arrays["encoder.0.b"]
    expected = code.std(0, ddof=1)[:, None] * arrays["decoder.0.W"]
    np.testing.assert_allclose(offered["beside pca"][0]["effects"], expected, atol=1e-4)


@pytest.mark.parametrize("name", SETTINGS["autoencoder"])
def test_angles_are_drawn_only_of_linear_ones(open_page, name):
    test = open_page(RUNS["autoencoder", name], view="Beside PCA")
    assert ("angles" in charts(test)) == (name in ("2 linear", "5 deep linear"))


@pytest.mark.parametrize(("name", "pinned"), [("2 linear", "5"), ("5", "2 linear")])
def test_beside_another_kind_of_units_only_the_linear_one_has_angles(open_page, name, pinned):
    test = open_page(RUNS["autoencoder", name], view="Beside PCA", pin=run_id(RUNS["autoencoder", pinned]))
    angles = charts(test)["angles"]
    assert len(angles) == 2
    (largest,) = [y for curve, (_, y) in angles.items() if "largest" in curve]
    assert len(largest) == 3
    assert (largest >= 0).all()
    assert (largest <= 90).all()


def test_points_of_a_plane_are_drawn_in_it_and_not_as_pairs_of_pixels(open_page, offered, library):
    own = RUNS["autoencoder", "spiral"]
    open_page(own, view="Reconstructions")
    x, behind = grey(own)[:20], grey(own)
    with torch.no_grad():
        model = model_of(library, own)
        output = model.decode(model.encode(torch.tensor(x))).clamp(0, 1).numpy()
    panels = {panel.title: panel for panel in offered["reconstructions"][1]}
    np.testing.assert_array_equal(panels["Input"].frames[0], points_picture(x, behind))
    shown = panels["Autoencoder: reconstruction"].frames[-1]
    assert np.mean(shown != points_picture(output, behind)) < 0.001  # a pixel, by rounding
    assert shown.shape == panels["Input"].frames[0].shape
