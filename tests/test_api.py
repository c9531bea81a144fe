"""The public functions, as the README shows them."""

import pytest

from explorer import DBNConfig, FineTunedDBNConfig, RBMConfig, open_run, train
from explorer.errors import RunNotFound, SnapshotNotFound, TrainingFailed

CONFIG = {"dataset": "bars-and-stripes", "hidden_units": 5}


@pytest.fixture(autouse=True)
def _store(clean_settings):
    clean_settings(device="cpu")


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


def test_what_a_model_is_built_on_is_trained_first_and_kept():
    rbm = RBMConfig(**CONFIG, epochs=4)
    config = DBNConfig(dataset="bars-and-stripes", first=rbm, hidden_units=(6,), epochs=2)
    seen = []
    run = train(config, on_epoch=lambda record: seen.append(record.epoch))
    assert (run.config, run.epochs, seen) == (config, 2, [1, 2])
    below = open_run(rbm)
    assert (below.epochs, below.status.attempt) == (4, 1)
    assert run.model().first_rbm().W.equal(below.model(4).W)
    assert train(rbm).id == below.id
    assert below.status.attempt == 1  # a read


def test_a_chain_of_three_is_one_call():
    config = FineTunedDBNConfig(base=DBNConfig(first=RBMConfig(**CONFIG, epochs=1), epochs=1), epochs=1)
    assert train(config).epochs == 1
    assert [open_run(each).epochs for each in (config.base, config.base.first)] == [1, 1]


def test_what_a_model_is_built_on_may_fail():
    rbm = RBMConfig(**CONFIG, learning_rate=10, weight_decay=1, epochs=50)
    with pytest.raises(TrainingFailed, match=r"The RBM that it is built on, rbm-.*became infinite or not a number"):
        train(DBNConfig(first=rbm))
    with pytest.raises(RunNotFound):
        open_run(DBNConfig(first=rbm, seed=1))
