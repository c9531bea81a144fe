from itertools import chain, islice

import pytest
import torch

from explorer.errors import TrainingDiverged
from explorer.models.interface import Learner
from explorer.models.rbm import RBMConfig
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

VARIANTS = {
    "CD-1": {},
    "CD-2 with momentum": {"cd_k": 2, "momentum": 0.5, "weight_decay": 0.01},
    "PCD with decay": {"persistent": True, "decay_epochs": 10},
    "everything": {"persistent": True, "momentum": 0.9, "decay_epochs": 8, "binarize": "none"},
}


class Recorder(Learner):
    """Learns nothing; notes the pixels of each batch."""

    def __init__(self):
        self.weight = torch.zeros(1)
        self.epochs, self.batches = [], []

    def begin_epoch(self, epoch, generator):  # noqa: ARG002  (needs no random numbers)
        self.epochs.append(epoch)

    def train_batch(self, pixels):
        self.batches.append(pixels[:, 0].tolist())
        return {"size": torch.tensor(float(len(pixels))), "number": torch.tensor(float(len(self.batches)))}

    def state(self):
        return {"weight": self.weight}

    @property
    def current_learning_rate(self):
        return 0.25


def never(share):
    return False


def numbered(n):
    return torch.arange(n, dtype=torch.uint8)[:, None]


def train(learner, data, epochs, *, reached=0, seed=0, batch_size=4, watch=never):
    records = train_epochs(
        learner,
        data,
        seed=seed,
        batch_size=batch_size,
        reached=reached,
        generator=torch.Generator(),
        watch=watch,
    )
    return list(islice(records, epochs))


def new_rbm(seed=0, **options):
    config = RBMConfig(**{"dataset": "mnist-5k", "hidden_units": 8, "batch_size": 4, "seed": seed} | options)
    return config.new_learner((4, 5), generator(seed, 0, Stream.TRAINING))


@pytest.fixture(scope="module")
def pixels():
    return torch.randint(256, (30, 20), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_there_is_one_record_per_epoch_with_means_over_images():
    learner = Recorder()
    records = train(learner, numbered(10), 3)
    assert [record.epoch for record in records] == learner.epochs == [1, 2, 3]
    assert all(record.seconds > 0 for record in records)
    numbers = [(4 * first + 4 * (first + 1) + 2 * (first + 2)) / 10 for first in (1, 4, 7)]
    assert [record.metrics["number"] for record in records] == pytest.approx(numbers)
    assert all(record.metrics["size"] == pytest.approx((4 * 4 + 4 * 4 + 2 * 2) / 10) for record in records)


@pytest.mark.parametrize(("images", "batch_size"), [(4001, 1333), (9, 4), (8, 4), (3, 100), (1, 1)])
def test_an_image_counts_as_much_in_a_small_batch(images, batch_size):
    learner = Recorder()
    learner.train_batch = lambda pixels: {"grey": pixels.float().mean()}
    grey = torch.randint(256, (images, 1), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    (record,) = train(learner, grey, 1, batch_size=batch_size)
    assert record.metrics["grey"] == pytest.approx(float(grey.double().mean()), rel=1e-6)


def test_each_epoch_sees_every_image_once_in_an_order_of_its_own():
    learner = Recorder()
    train(learner, numbered(10), 2)
    assert [len(batch) for batch in learner.batches] == [4, 4, 2, 4, 4, 2]
    first, second = list(chain(*learner.batches[:3])), list(chain(*learner.batches[3:]))
    assert sorted(first) == sorted(second) == list(range(10))
    assert list(range(10)) != first != second


def test_a_batch_may_be_larger_than_the_data():
    learner = Recorder()
    assert len(train(learner, numbered(3), 2, batch_size=100)) == 2
    assert [len(batch) for batch in learner.batches] == [3, 3]


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_continuing_equals_training_in_one_go_bit_for_bit(pixels, options):
    in_one_go = new_rbm(**options)
    train(in_one_go, pixels, 5)

    begun = new_rbm(**options)
    train(begun, pixels, 2)
    kept = {name: tensor.clone() for name, tensor in begun.state().items()}
    continued = new_rbm(seed=7, **options)  # another start, which loading must replace in full
    continued.load_state(kept)
    train(continued, pixels, 3, reached=2)

    assert not torch.equal(kept["W"], in_one_go.model.W)
    for name, tensor in in_one_go.state().items():
        assert torch.equal(continued.state()[name], tensor), name


def test_another_seed_gives_other_weights(pixels):
    first, other = new_rbm(), new_rbm()
    train(first, pixels, 1, seed=0)
    train(other, pixels, 1, seed=1)
    assert not torch.equal(first.model.W, other.model.W)


def test_stopping_inside_an_epoch_yields_no_record_for_it():
    learner = Recorder()
    calls = []

    def fifth_time(share):
        calls.append(share)
        return len(calls) == 5

    records = train(learner, numbered(10), 99, watch=fifth_time)
    assert [record.epoch for record in records] == [1]
    assert len(learner.batches) == 4
    assert calls == pytest.approx([0, 1 / 3, 2 / 3, 0, 1 / 3])


def test_divergence_names_epoch_and_learning_rate(pixels):
    learner = new_rbm(learning_rate=10, weight_decay=1)  # each update multiplies the weights by −9
    with pytest.raises(TrainingDiverged, match=r"epoch \d+ at learning rate 10, W became .* smaller learning rate"):
        train(learner, pixels, 100)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_epochs_before_a_divergence_are_kept(pixels, poison):
    learner = new_rbm(momentum=0.5)
    records = train_epochs(learner, pixels, seed=0, batch_size=4, reached=0, generator=torch.Generator(), watch=never)
    assert [next(records).epoch, next(records).epoch] == [1, 2]
    learner.model.b[0] = poison
    with pytest.raises(
        TrainingDiverged, match=r"In epoch 3 at learning rate 0\.1, [Wb] became .* up to epoch 2 is kept"
    ):
        next(records)
