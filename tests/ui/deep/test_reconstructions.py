"""Reconstructions of layers and deep autoencoders, beside PCA's and those before fine-tuning."""

import re

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.engine.inline import InlineEngine
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from tests.pages import figures, texts, titles
from tests.ui.deep.stacks import DEEP, LAYERS, SAYS, assert_draws, error_of, forget_layers, grey, passed, pca_error


@pytest.mark.parametrize("name", DEEP)
def test_the_caption_has_the_errors_of_pca_of_the_start_and_of_the_model(open_page, offered, library, name):
    own = DEEP[name]
    test = open_page(own, view="Reconstructions")
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    before = (own.layers, None) if own.start == "pre-trained" else (own, 0)
    expected = {
        "PCA": pca_error(own, own.code_size, 20),
        "Before": error_of(library, *before, count=20),
        "Fine-tuned": error_of(library, own, count=20),
    }
    for stage, error in expected.items():
        assert float(re.search(rf"{stage} \*\*([\d.]+)\*\*", caption)[1]) == pytest.approx(error, abs=0.06)
    x = grey(own)[:20]
    code, output = passed(library, own, x)
    arrays, panels, _ = offered["reconstructions"]
    np.testing.assert_allclose(arrays["code"], code, atol=1e-4)
    np.testing.assert_allclose(arrays["error"], np.square(output - x).sum(1), rtol=1e-3)
    assert [panel.title for panel in panels] == [
        "Input", "PCA: reconstruction", "Before: reconstruction", "Fine-tuned: reconstruction", "Fine-tuned: code"
    ]  # fmt: skip
    start = passed(library, before[0], x, before[1])[1]
    for panel, shown in ((panels[2], start), (panels[3], output)):
        rows, columns = CATALOGUE[own.dataset].shape
        tile = panel.frames[-1][:rows, columns + 1 : 2 * columns + 1].astype(int)
        np.testing.assert_allclose(tile, quantize(shown[1].reshape(rows, columns), 0, 1), atol=1)


def test_the_start_stands_still_while_the_model_moves(open_page, offered):
    open_page(DEEP["three layers"], view="Reconstructions")
    frames = {panel.title: len(panel.frames) for panel in offered["reconstructions"][1]}
    assert frames["Before: reconstruction"] == frames["PCA: reconstruction"] == 1
    assert frames["Fine-tuned: reconstruction"] == 3


def test_the_error_of_layers_is_that_of_the_unfolded_ones_beside_pca(open_page, offered, library):
    for name in ("three layers", "sigmoid code"):
        own = LAYERS[name]
        test = open_page(own, view="Reconstructions")
        (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
        expected = [pca_error(own, own.code_size, 20), error_of(library, own, count=20)]
        assert figures(caption) == [pytest.approx(error, abs=0.06) for error in expected]
        code = passed(library, own, grey(own)[:20])[0]
        np.testing.assert_allclose(offered["reconstructions"][0]["code"], code, atol=1e-4)
        assert not any("Before" in title for title in titles(offered, "reconstructions"))


def test_without_layers_the_start_is_the_first_snapshot_if_there_is_one(open_page, nothing_trained, offered):
    own, library = DEEP["three layers"], Library.open()
    run = InlineEngine(library).submit(own)
    open_page(own, view="Reconstructions")
    with_layers = offered["reconstructions"][1][2]
    forget_layers(library)
    open_page(own, view="Reconstructions")
    without = offered["reconstructions"][1][2]
    assert with_layers.title == without.title == "Before: reconstruction"
    np.testing.assert_allclose(without.frames[0].astype(int), with_layers.frames[0], atol=1)
    run.paths.snapshot(0).unlink()
    for view in ("Reconstructions", "Stages"):
        test = open_page(own, view=view)
        assert_draws(test, view)
        assert "Before **" not in texts(test)
        assert "before fine-tuning **" not in texts(test)
    assert titles(offered, "reconstructions") == [
        "Input", "PCA: reconstruction", "Fine-tuned: reconstruction", "Fine-tuned: code"
    ]  # fmt: skip


def test_a_pinned_run_stands_beside_instead_of_the_start(open_page, offered):
    open_page(DEEP["three layers"], view="Reconstructions", pin=run_id(DEEP["random"]))
    assert len(titles(offered, "reconstructions")) == 5
    assert not any("Before" in title or "PCA" in title for title in titles(offered, "reconstructions"))
