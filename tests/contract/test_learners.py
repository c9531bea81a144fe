"""What every learner promises the training loop, with each of its settings: see `explorer.models.interface`."""

import itertools
import math
from dataclasses import dataclass

import pytest
import torch

from explorer.data.catalogue import CATALOGUE, load
from explorer.errors import TrainingDiverged
from explorer.models.interface import Learner
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator
from tests.contract.tiny import CASES, ENDS

each_case = pytest.mark.parametrize("config", CASES.values(), ids=CASES)
each_end = pytest.mark.parametrize("config", ENDS.values(), ids=ENDS)


def new_learner(config):
    """A learner as the engine makes it, not prepared."""
    draws = generator(config.seed, 0, Stream.TRAINING)
    return config.new_learner(CATALOGUE[config.dataset].shape, draws)


def rows_of(config):
    return torch.tensor(config.training_rows(load(config.dataset)))


def prepared(config):
    """A learner ready for its first epoch; the models that it is built on are not trained, but at random."""
    learner = new_learner(config)
    learner.prepare(rows_of(config), {name: prepared(inner).model for name, inner in config.parents().items()})
    return learner


def trained(learner, config, epochs, reached=0, rows=None):
    """Train so many epochs more and return the learner."""
    places = {"seed": config.seed, "batch_size": config.batch_size, "reached": reached, "generator": torch.Generator()}
    data = rows_of(config) if rows is None else rows
    for _ in itertools.islice(train_epochs(learner, data, **places, watch=lambda _: False), epochs):
        pass
    return learner


def copied(state):
    return {name: tensor.detach().clone() for name, tensor in state.items()}


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@dataclass(frozen=True)
class Place:
    """What must not change of a tensor: on a GPU, a recorded step is replayed on the same memory."""

    address: int
    shape: tuple[int, ...]
    dtype: torch.dtype


def places(state):
    return {name: Place(x.data_ptr(), tuple(x.shape), x.dtype) for name, x in state.items()}


@each_case
def test_the_state_is_complete_from_construction_on_and_stays_in_place(config):
    learner = new_learner(config)
    assert isinstance(learner, Learner)
    before, models = places(learner.state()), places(learner.model.state())
    assert models
    assert models.items() <= before.items()
    learner.prepare(rows_of(config), {name: prepared(inner).model for name, inner in config.parents().items()})
    assert places(learner.state()) == before
    trained(learner, config, 2)
    assert places(learner.state()) == before
    assert places(learner.model.state()) == models


@each_case
def test_the_seed_decides_the_weights(config):
    other = config.model_copy(update={"seed": config.seed + 1})
    first, again, different = (copied(trained(prepared(c), c, 1).model.state()) for c in (config, config, other))
    assert same_bits(first, again)
    assert not same_bits(first, different)


@each_case
def test_two_epochs_and_one_are_three_in_one_go(config):
    """The second learner has nothing but the state: it is of another seed, not prepared, and knows no parents."""
    in_one_go = copied(trained(prepared(config), config, 3).state())
    saved = copied(trained(prepared(config), config, 2).state())
    continued = new_learner(config.model_copy(update={"seed": config.seed + 7}))
    continued.load_state(saved)
    assert same_bits(trained(continued, config, 1, reached=2).state(), in_one_go)
    assert not same_bits(saved, in_one_go)


@each_case
def test_a_batch_may_be_larger_than_the_data_the_last_one_a_single_image(config):
    rows = rows_of(config)
    rows = rows[rows.sum(dim=1).argsort(descending=True)][: config.batch_size + 1]  # a black image may teach nothing
    for several in (rows[:1], rows[:7], rows):
        learner = prepared(config)
        before = copied(learner.model.state())
        trained(learner, config, 1, rows=several)  # raises where something is not finite
        assert not same_bits(copied(learner.model.state()), before)


@each_end
def test_training_figures_are_means_over_images(config):
    """A literal loop over batches, the last of one image; it leaves the same bits in the weights."""
    rows = rows_of(config).repeat(2, 1)[: 2 * config.batch_size + 1]
    learner, literal = prepared(config), prepared(config)
    places = {"seed": config.seed, "batch_size": config.batch_size, "reached": 0, "generator": torch.Generator()}
    record = next(train_epochs(learner, rows, **places, watch=lambda _: False))

    draws = generator(config.seed, 1, Stream.TRAINING)
    literal.begin_epoch(1, draws)
    order = torch.randperm(len(rows), generator=draws)
    sums, sizes = {}, []
    for start in range(0, len(rows), config.batch_size):
        batch = rows[order[start : start + config.batch_size]]
        sizes.append(len(batch))
        for name, value in literal.train_batch(batch).items():
            sums[name] = sums.get(name, 0) + len(batch) * float(value)
    assert sizes == [config.batch_size, config.batch_size, 1]
    assert record.metrics == pytest.approx({name: total / len(rows) for name, total in sums.items()}, rel=1e-5)
    assert same_bits(copied(learner.state()), copied(literal.state()))


@each_case
def test_a_model_is_made_again_from_its_state_and_from_half_precision(config):
    learner = trained(prepared(config), config, 1)
    model = config.new_model(CATALOGUE[config.dataset].shape)
    assert type(model) is type(learner.model)
    model.load_state(learner.model.state())
    assert same_bits(model.state(), copied(learner.model.state()))
    halves = {name: tensor.detach().half() for name, tensor in learner.model.state().items()}
    model.load_state(halves)
    assert all(x.dtype == torch.float32 and not x.requires_grad for x in model.state().values())
    assert same_bits(model.state(), {name: tensor.float() for name, tensor in halves.items()})


@each_end
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(config):
    learner = prepared(config)
    for target in (learner, learner.model):
        before = copied(target.state())
        name, tensor = next(iter(before.items()))
        others = {key: torch.full_like(x, 3) for key, x in before.items()}
        with pytest.raises(ValueError, match=f"the tensor {name} is missing"):
            target.load_state({key: x for key, x in others.items() if key != name})
        with pytest.raises(ValueError, match="there is no tensor nothing"):
            target.load_state(others | {"nothing": torch.ones(1)})
        with pytest.raises(ValueError, match=f"{name} has shape"):
            target.load_state(others | {name: torch.ones(*tensor.shape, 2)})
        assert same_bits(copied(target.state()), before)


@each_end
def test_a_training_that_diverges_says_so(config):
    """Whichever tensor of the model goes to infinity, the epoch ends in an error that names epoch and remedy."""
    learner, rows = prepared(config), rows_of(config)[:2]
    sound = copied(learner.state())
    for name in learner.model.state():
        learner.load_state(sound)
        learner.model.state()[name].detach().fill_(math.inf)
        with pytest.raises(TrainingDiverged, match=r"In epoch 3 at learning rate .* up to epoch 2 .* smaller learning"):
            trained(learner, config, 1, reached=2, rows=rows)
