"""Figures of the units of layers: products of weights, and how far they spread over the epochs."""

import numpy as np
import torch

from explorer.analysis.autoencoder_pictures import encoder_product
from explorer.analysis.dbn_measures import spread
from explorer.models.autoencoder import AutoencoderConfig


def test_a_layer_speaks_for_pixels_by_the_product_of_all_weights_below():
    config = AutoencoderConfig(dataset="bars-and-stripes", hidden_layers=(7, 5), code_size=3)
    model = config.new_learner((4, 4), torch.Generator().manual_seed(0)).model
    first, second, third = (W.detach().numpy() for W in model.encoder_weights())
    np.testing.assert_array_equal(encoder_product(model, 1), first)
    np.testing.assert_allclose(encoder_product(model, 3), first @ second @ third, rtol=1e-5)


def test_the_spread_of_units_is_their_median_and_their_largest():
    median, largest = spread([np.array([1.0, 5.0, 2.0]), np.array([4.0, 3.0, 9.0])])
    assert median.tolist() == [2, 4]
    assert largest.tolist() == [5, 9]
