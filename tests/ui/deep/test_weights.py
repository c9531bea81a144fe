"""The weights of all layers."""

import numpy as np
import pytest

from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from tests.pages import figures, problems
from tests.stores import arrays_of, sigmoid
from tests.ui.deep.stacks import DEEP, KINDS, LAYERS, assert_draws, grey


@pytest.mark.parametrize(("kind", "layer"), [("pretraining", 3), ("deep-autoencoder", 1)])
def test_the_layer_shown_first_is_the_one_that_learns(open_page, offered, kind, layer):
    test = open_page(KINDS[kind]["three layers"], view="Weights")
    control = test.segmented_control(key=f"{kind} layer of 3")
    assert list(control.options) == ["1", "2", "3"]
    assert control.value == layer


@pytest.mark.parametrize("kind", KINDS)
def test_above_the_first_layer_tiles_are_products_of_matrices(open_page, offered, library, kind):
    own = KINDS[kind]["three layers"]
    test = open_page(own, view="Weights")
    arrays = arrays_of(library, own)
    for layer, units in ((1, 12), (2, 8), (3, 3)):
        test.segmented_control(key=f"{kind} layer of 3").set_value(layer).run()
        assert_draws(test, "Weights")
        _, (panel,), _ = offered["weights"]
        first = "Weights, the same up and down" if kind == "pretraining" else "Encoder: pixels to units"
        assert panel.title == (first if layer == 1 else f"Layer {layer}, projected down to pixels")
        assert panel.grid.count == units
        tiles = arrays["encoder.0.W"]
        for above in range(1, layer):
            tiles = np.einsum("vh,hc->vc", tiles, arrays[f"encoder.{above}.W"])
        limit = np.quantile(np.abs(tiles), 0.99)
        tile = panel.frames[-1][:4, 5:9].astype(int)
        np.testing.assert_allclose(tile, quantize(tiles[:, 1].reshape(4, 4), -limit, limit), atol=1)


def test_a_unit_of_each_layer_is_shown_large_with_its_own_activation(open_page, offered, library):
    own = DEEP["three layers"]
    arrays, x = arrays_of(library, own), grey(own)
    test = open_page(own, view="Weights")
    for layer, key in ((1, "unit"), (2, "unit of layer 2"), (3, "unit of layer 3")):
        x = x @ arrays[f"encoder.{layer - 1}.W"] + arrays[f"encoder.{layer - 1}.b"]
        x = x if layer == 3 else sigmoid(x)
        test.segmented_control(key="deep-autoencoder layer of 3").set_value(layer).run()
        test.number_input(key=f"deep-autoencoder {key}").set_value(2).run()
        for order in ("norm", "mean activation"):
            test.segmented_control(key="deep-autoencoder order").set_value(order).run()
            assert problems(test) == []
        assert any("unit detail current" in element.key for element in test.get("bidi_component"))
        (line,) = [m.value for m in test.markdown if m.value.startswith("Unit 2: activation **")]
        assert figures(line) == [pytest.approx(x[:, 2].mean(), abs=0.006)]


def test_layers_in_order_of_norm_and_of_activation(open_page, offered, library):
    own = LAYERS["three layers"]
    test = open_page(own, view="Weights")
    test.segmented_control(key="pretraining layer of 3").set_value(2).run()
    W = arrays_of(library, own)["encoder.1.W"]
    test.segmented_control(key="pretraining order").set_value("norm").run()
    noted = [int(note.split()[1]) for note in offered["weights"][1][0].notes]
    assert noted == np.argsort(-np.linalg.norm(W, axis=0), kind="stable").tolist()


def test_beside_fewer_layers_those_of_both_can_be_chosen(open_page, offered):
    test = open_page(LAYERS["three layers"], view="Weights", pin=run_id(LAYERS["one unit"]))
    assert list(test.segmented_control(key="pretraining layer of 2").options) == ["1", "2"]
    test.number_input(key="pretraining unit of layer 2").set_value(0).run()
    assert problems(test) == []
    assert len([element for element in test.get("bidi_component") if "unit detail" in element.key]) == 2
