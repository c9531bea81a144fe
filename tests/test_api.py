"""The public functions, as the README shows them."""

import pytest

import explorer
from explorer import RBMConfig, open_run, train
from explorer.errors import SnapshotNotFound

CONFIG = {"dataset": "bars-and-stripes", "hidden_units": 5}


@pytest.fixture(autouse=True)
def _store(clean_settings):
    clean_settings(device="cpu")


def test_the_public_names_exist():
    assert sorted(explorer.__all__) == ["ConvVAEConfig", "RBMConfig", "Run", "VAEConfig", "open_run", "train"]
    assert all(getattr(explorer, name) for name in explorer.__all__)


def test_a_trained_run_has_config_epochs_metrics_and_models():
    run = train(RBMConfig(**CONFIG, epochs=3))
    assert run.config == RBMConfig(**CONFIG, epochs=3)
    assert run.epochs == 3
    assert list(run.metrics().index) == [0, 1, 2, 3]
    assert run.model().W.shape == (16, 5)
    assert run.model(1).W.ne(run.model().W).any()


def test_fewer_epochs_of_a_longer_run_are_those_epochs():
    longer = train(RBMConfig(**CONFIG, epochs=5))
    shorter = train(RBMConfig(**CONFIG, epochs=2))
    assert shorter.id == longer.id
    assert (shorter.epochs, shorter.config.epochs) == (2, 2)
    assert list(shorter.metrics().index) == [0, 1, 2]
    assert shorter.snapshots == [0, 1, 2]
    assert shorter.model().W.equal(longer.model(2).W)
    assert open_run(longer.id).epochs == 5


def test_an_epoch_that_was_not_kept_is_not_replaced_by_another():
    train(RBMConfig(**CONFIG, epochs=5))
    with pytest.raises(SnapshotNotFound, match="no snapshot of epoch 4; it was kept at: 0, 1, 2, 3"):
        train(RBMConfig(**CONFIG, epochs=4)).model()
