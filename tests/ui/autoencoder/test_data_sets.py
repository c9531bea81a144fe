"""Every kind trains on every data set, or says what to change."""

from functools import partial

import pytest

from explorer.analysis.bounds import quadrature
from explorer.errors import ConfigError
from tests.ui.autoencoder.autoencoders import config, size

SMALL = {
    "rbm": {"hidden_units": 4},
    "dbn": {"first": {"hidden_units": 4, "epochs": 1}, "hidden_units": (4,)},
    "vae": {"hidden_units": 4, "latent_size": 2},
    "conv-vae": {"latent_size": 2},
    "autoencoder": size(3),
    "denoising": size(3),
    "contractive": size(3),
    "sparse": size(3),
}


@pytest.fixture
def quick(monkeypatch, quick_ais):
    for name, value in (
        ("dbn_measures.BOUND_SAMPLES", 5),
        ("vae_measures.MEASURES._images", 4),
        ("vae_measures.CONV_MEASURES._images", 4),
    ):
        monkeypatch.setattr(f"explorer.analysis.{name}", value)


@pytest.mark.parametrize("dataset", ["mnist-5k", "bars-and-stripes", "spiral"])
@pytest.mark.parametrize("kind", SMALL)
def test_a_kind_trains_on_a_data_set_or_says_what_to_change(inline, quick, monkeypatch, kind, dataset):
    monkeypatch.setattr("explorer.analysis.vae_measures.quadrature", partial(quadrature, step=0.5))
    if (kind, dataset) == ("conv-vae", "spiral"):
        with pytest.raises(ConfigError, match="dataset = 'spiral' is not valid: a set of images whose sides are"):
            config(kind, SMALL[kind], {"dataset": dataset, "epochs": 1})
        return
    run = inline.submit(config(kind, SMALL[kind], {"dataset": dataset, "epochs": 1}))
    assert run.status.epoch >= 1
    assert run.metrics().notna().any().any()
    assert "None" not in [str(value) for record in run.metric_rows() for value in record.values()]  # not finite


def test_a_data_set_that_a_kind_refuses_is_told_on_its_page(page):
    test = page("pages/conv-vae.py", dataset="spiral")
    assert not test.exception
    assert any("multiples of 4 pixels" in element.value for element in [*test.warning, *test.error])
