"""The weights of the autoencoder family, as their pages show them."""

import numpy as np
import pytest

from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from tests.pages import problems, texts
from tests.stores import arrays_of
from tests.ui.autoencoder.autoencoders import RUNS, VIEWS, assert_draws


@pytest.mark.parametrize("kind", VIEWS)
def test_a_unit_is_shown_large_in_any_order(open_page, offered, kind):
    for name in ("1", "5 deep"):
        own = RUNS[kind, name]
        test = open_page(own, view="Weights")
        last = (own.hidden_layers or (own.code_size,))[0] - 1
        test.number_input(key=f"{kind} unit").set_value(last).run()
        for order in ("norm", "mean activation"):
            test.segmented_control(key=f"{kind} order").set_value(order).run()
            assert problems(test) == []
            assert any("unit detail current" in element.key for element in test.get("bidi_component"))
            assert f"nit {last}: activation **" in texts(test)


@pytest.mark.parametrize("unit", [5, 999])
def test_a_unit_that_there_is_not_is_forgotten(open_page, unit):
    test = open_page(RUNS["sparse", "5"], view="Weights")
    test.session_state["sparse unit"] = unit
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="sparse unit").value is None


def test_a_unit_that_the_pinned_one_does_not_have_is_forgotten(open_page):
    test = open_page(RUNS["autoencoder", "5"], view="Weights")
    test.number_input(key="autoencoder unit").set_value(4).run()
    test.session_state["page state of autoencoder"].pin = run_id(RUNS["autoencoder", "2 linear"])
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="autoencoder unit").value is None


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("3 tanh", ["Encoder: pixels to units", "Decoder: units to pixels"]),
        ("5", ["Weights, the same up and down"]),
        ("5 deep", ["Encoder: pixels to units"]),
        ("5 deep linear", ["Weights, the same up and down"]),
    ],
)
def test_the_decoder_stands_beside_where_it_mirrors_the_encoder(open_page, offered, library, name, titles):
    own = RUNS["autoencoder", name]
    open_page(own, view="Weights")
    _, panels, labels = offered["weights"]
    assert [panel.title for panel in panels] == titles
    assert list(labels) == ["epoch 0", "epoch 1", "epoch 2"]
    for panel, weights in zip(panels, (("encoder.0.W", 1), ("decoder.0.W", 0)), strict=False):
        tiles = arrays_of(library, own)[weights[0]]
        tiles = (tiles.T if weights[1] else tiles).reshape(-1, 4, 4)
        limit = np.quantile(np.abs(tiles), 0.99)
        np.testing.assert_allclose(panel.frames[-1][:4, 5:9].astype(int), quantize(tiles[1], -limit, limit), atol=1)
