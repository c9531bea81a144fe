"""Trainings that start with another run's weights, held against loops written by hand."""

import pytest
import torch

from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.errors import ParentFailed, RunNotFound, TrainingFailed
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.status import State
from explorer.training.randomness import Stream, generator
from tests.models.literal import LiteralLearner
from tests.same_bits import assert_same_bits

TOY = RBMConfig(
    dataset="bars-and-stripes",
    hidden_units=4,
    epochs=3,
    batch_size=10,
    momentum=0.5,
    persistent=True,
    learning_rate=0.3,
)


def later(config, epoch, **changes):
    return config.model_copy(update={"start": f"{run_id(config)}@{epoch}"} | changes)


def state(run, epoch):
    return run.model(epoch).state()


def equal(one, other):
    return all(torch.equal(x, other[name]) for name, x in one.items())


@pytest.fixture
def first(library):
    return InlineEngine(library).submit(TOY)


def test_an_epoch_with_another_rate_is_that_of_a_loop_by_hand(library, first):
    """Weights are the start's, velocities 0, chains those of the seed; the random numbers those of epoch 4."""
    config = later(TOY, 3, learning_rate=0.7, cd_k=2, epochs=4)
    run = InlineEngine(library).submit(config)
    assert run.snapshots == [3, 4]
    assert equal(state(run, 3), state(first, 3))

    fresh = config.new_learner((4, 4), generator(config.seed, 0, Stream.TRAINING))
    literal = LiteralLearner(config, state(first, 3) | {"chains": fresh.state()["chains"]})
    data = torch.tensor(load(config.dataset).train)
    draws = generator(config.seed, 4, Stream.TRAINING)
    literal.begin_epoch(4, draws)
    for batch in torch.randperm(len(data), generator=draws).split(config.batch_size):
        literal.train_batch(data[batch])
    for name in "Wab":
        expected = torch.tensor(getattr(literal, name))
        torch.testing.assert_close(state(run, 4)[name], expected, rtol=0, atol=2e-5)
        assert not torch.allclose(state(run, 4)[name], state(first, 3)[name], atol=1e-3)


def test_without_memory_the_same_settings_go_on_as_the_run_itself_does(library):
    """What starts anew is nothing here: epochs count on, and with them random numbers and the falling rate."""
    plain = TOY.model_copy(update={"momentum": 0.0, "persistent": False, "decay_epochs": 9, "epochs": 5})
    whole = InlineEngine(library).submit(plain)
    run = InlineEngine(library).submit(later(plain, 2))
    assert run.id != whole.id
    assert run.snapshots == [2, 3, 5]
    assert all(equal(state(run, epoch), state(whole, epoch)) for epoch in run.snapshots)
    rows, expected = run.light_rows(), whole.light_rows()[2:]
    drop = {"seconds"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in rows[1:]] == [
        {k: v for k, v in row.items() if k not in drop} for row in expected[1:]
    ]
    assert rows[0].items() - {"seconds"} <= expected[0].items() | {("seconds", 0.0)}


def test_going_on_is_bit_for_bit_as_in_one_go(library, new_library, first, tmp_path):
    config = later(TOY, 2, learning_rate=0.05, centred=True, epochs=9)
    elsewhere = new_library(tmp_path / "one-go")
    InlineEngine(elsewhere).submit(TOY)
    in_one_go = InlineEngine(elsewhere).submit(config)
    for epochs in (3, 4, 9):
        run = InlineEngine(library).submit(config.model_copy(update={"epochs": epochs}))
    assert (run.status.attempt, in_one_go.status.attempt) == (3, 1)
    assert list(run.metrics().index) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert_same_bits(run, in_one_go)


def test_a_start_of_a_start_begins_where_that_one_was(library, first):
    second = later(TOY, 3, learning_rate=0.05, epochs=5)
    InlineEngine(library).submit(second)
    third = InlineEngine(library).submit(later(second, 5, cd_k=3, epochs=6))
    assert third.snapshots == [5, 6]
    assert equal(state(third, 5), state(library.find(second), 5))


def test_epoch_0_of_a_run_can_be_started_with(library, first):
    other_seed = later(TOY, 0, seed=1, epochs=1)
    run = InlineEngine(library).submit(other_seed)
    assert equal(state(run, 0), state(first, 0))
    assert run.snapshots == [0, 1]


def test_a_start_that_is_missing_is_refused_before_anything_is_kept(library):
    with pytest.raises(RunNotFound, match=run_id(TOY)):
        InlineEngine(library).submit(later(TOY, 2))
    assert list(library) == []


def test_a_start_that_goes_while_its_run_waits_fails_with_its_name(library, first):
    run = library.request(later(TOY, 2))
    library.own.delete(first.id)
    from explorer.engine.job import train_job

    train_job(str(library.own.folder), run.id, shipped=library.shipped.folder)
    assert run.status.state is State.FAILED
    assert f"There is no run {first.id}, with which this one starts" in run.status.error
    assert run.status.traceback is None


def test_a_dbn_is_built_on_an_rbm_that_starts_with_another(library, first):
    below = later(TOY, 2, learning_rate=0.05, epochs=4)
    dbn = DBNConfig(first=below, hidden_units=(5,), epochs=1)
    run = InlineEngine(library).submit(dbn)
    assert equal({"W": state(run, 1)["1.W"]}, {"W": state(library.find(below), 4)["W"]})
    library.own.delete(first.id)
    library.own.delete(run_id(below))
    with pytest.raises((RunNotFound, TrainingFailed, ParentFailed), match=first.id):
        InlineEngine(library).submit(dbn.model_copy(update={"cd_k": 3}))


def test_a_snapshot_that_a_parent_lacks_is_trained_from_its_start(library, first):
    """A DBN asks for epoch 4 of an RBM that has gone on to 6 without keeping it."""
    below = later(TOY, 2, learning_rate=0.05, epochs=6)
    run = InlineEngine(library).submit(below)
    assert 4 not in run.snapshots
    InlineEngine(library).submit(DBNConfig(first=below.model_copy(update={"epochs": 4}), hidden_units=(5,), epochs=1))
    other = InlineEngine(library).submit(below.model_copy(update={"epochs": 6, "seed": 3}))
    assert 4 in run.snapshots
    assert other.snapshots == [2, 3, 5, 6]
