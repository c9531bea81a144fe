import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.estimate import seconds_to_train
from explorer.runs.status import State, Status, write_status
from explorer.runs.store import Store

IMAGE = 20_000  # multiply-adds that an image is said to cost beside arithmetic


def config(**changes):
    return RBMConfig(**{"dataset": "mnist-5k", "hidden_units": 100, "epochs": 10} | changes)


@pytest.fixture
def trained(tmp_path):
    """Return a function that makes a run of a config look trained, at so many seconds per epoch and snapshot."""

    def make(config, seconds_per_epoch, *, snapshots=0.0, shipped=False, state=State.DONE):
        folder = tmp_path / ("shipped" if shipped else "own")
        paths = Store(folder).request(config).paths
        total = None if seconds_per_epoch is None else seconds_per_epoch * config.epochs + snapshots
        status = Status(state=state, epoch=config.epochs, target=config.epochs, seconds_per_epoch=seconds_per_epoch)
        write_status(paths, status.model_copy(update={"training_seconds": total or 0.0}))
        return Store(folder, shipped=shipped).run(paths.folder.name)

    return make


def multiply_adds(config):
    """2k + 1 passes between the layers and two for the statistics, for each image of an epoch."""
    pixels = 16 if config.dataset == "bars-and-stripes" else 784
    images = {"mnist": 60_000, "mnist-5k": 4_000, "bars-and-stripes": 3_000}[config.dataset]
    return images * (pixels * config.hidden_units * (2 * config.cd_k + 3) + IMAGE)


def test_without_experience_there_is_no_estimate(trained, tmp_path):
    assert seconds_to_train(config(), 0, []) is None
    queued = Store(tmp_path / "own").request(config(seed=1))
    begun = trained(config(seed=2), None, state=State.RUNNING)
    assert seconds_to_train(config(), 0, [queued, begun]) is None


def test_a_run_without_a_measured_epoch_is_no_experience(trained):
    begun, done = trained(config(), None), trained(config(hidden_units=25), 2.0)
    expected = 10 * 2.0 * multiply_adds(config()) / multiply_adds(config(hidden_units=25))
    assert seconds_to_train(config(), 0, [begun, done]) == pytest.approx(expected)


@pytest.mark.parametrize(("reached", "epochs"), [(0, 1), (0, 40), (10, 40), (39, 40)])
def test_the_same_work_takes_as_long_for_each_epoch_that_is_missing(trained, reached, epochs):
    runs = [trained(config(), 0.5)]
    assert seconds_to_train(config(epochs=epochs, seed=7), reached, runs) == pytest.approx(0.5 * (epochs - reached))


def test_nothing_is_left_to_do_at_the_end(trained):
    assert seconds_to_train(config(epochs=10), 10, [trained(config(), 0.5, snapshots=3.0)]) == 0


@pytest.mark.parametrize(
    "changes", [{"hidden_units": 200}, {"hidden_units": 25}, {"cd_k": 10}, {"dataset": "mnist", "cd_k": 2}]
)
def test_epochs_scale_with_arithmetic_and_images(trained, changes):
    wanted = config(**changes)
    expected = 10 * 0.5 * multiply_adds(wanted) / multiply_adds(config())
    assert seconds_to_train(wanted, 0, [trained(config(), 0.5)]) == pytest.approx(expected)


def test_more_work_never_takes_less_time(trained):
    runs = [trained(config(), 0.5, snapshots=2.0)]
    for name, values in (("hidden_units", (4, 100, 1000)), ("cd_k", (1, 5, 50)), ("epochs", (1, 30, 1000))):
        seconds = [seconds_to_train(config(**{name: value}), 0, runs) for value in values]
        assert seconds[0] < seconds[1] < seconds[2]


def test_epochs_of_an_image_have_a_price_beside_arithmetic(trained):
    """4 units of 16 pixels are next to no arithmetic, but an epoch still takes its time."""
    wanted = config(dataset="bars-and-stripes", hidden_units=4)
    seconds = seconds_to_train(wanted, 0, [trained(config(), 0.5)])
    assert seconds > 10 * 0.5 * 3_000 * 16 * 4 * 5 / (4_000 * 784 * 100 * 5)


def test_measuring_at_snapshots_is_added_for_each_that_is_still_to_come(trained):
    """Snapshots up to epoch 10 are those of 1, 2, 3, 5, 8, 10, up to 30 also 15, 20 and 30."""
    runs = [trained(config(epochs=10), 0.5, snapshots=12.0)]  # 2 s each
    assert seconds_to_train(config(epochs=10), 0, runs) == pytest.approx(10 * 0.5 + 6 * 2)
    assert seconds_to_train(config(epochs=30), 10, runs) == pytest.approx(20 * 0.5 + 3 * 2)
    assert seconds_to_train(config(epochs=29), 20, runs) == pytest.approx(9 * 0.5)


def test_measuring_does_not_grow_with_training_work(trained):
    runs = [trained(config(), 0.5, snapshots=12.0)]
    ratio = multiply_adds(config(cd_k=10)) / multiply_adds(config())
    assert seconds_to_train(config(cd_k=10), 0, runs) == pytest.approx(10 * 0.5 * ratio + 6 * 2)


def test_a_total_below_that_of_the_epochs_takes_nothing_off(trained):
    """The mean of the last epochs may be above that of all."""
    assert seconds_to_train(config(), 0, [trained(config(), 0.5, snapshots=-2.0)]) == pytest.approx(10 * 0.5)


@pytest.mark.parametrize(("cd_k", "per_epoch"), [(1, 0.5), (2, 0.5), (8, 3.0), (50, 3.0)])
def test_the_run_with_the_most_similar_work_is_asked(trained, cd_k, per_epoch):
    known = {0.5: config(), 3.0: config(cd_k=10)}
    runs = [trained(other, seconds) for seconds, other in known.items()]
    expected = 10 * per_epoch * multiply_adds(config(cd_k=cd_k)) / multiply_adds(known[per_epoch])
    for order in (runs, runs[::-1]):
        assert seconds_to_train(config(cd_k=cd_k, seed=3), 0, order) == pytest.approx(expected)


def test_runs_of_this_machine_come_before_shipped_ones_however_different(trained):
    shipped, own = trained(config(), 0.001, shipped=True), trained(config(hidden_units=1000, cd_k=50), 50.0)
    expected = 10 * 50.0 * multiply_adds(config()) / multiply_adds(config(hidden_units=1000, cd_k=50))
    for order in ([shipped, own], [own, shipped]):
        assert seconds_to_train(config(), 0, order) == pytest.approx(expected)
    assert seconds_to_train(config(), 0, [shipped]) == pytest.approx(10 * 0.001)


@pytest.mark.parametrize("state", [State.RUNNING, State.STOPPED, State.FAILED])
def test_runs_that_are_not_done_are_experience_too(trained, state):
    assert seconds_to_train(config(seed=1), 0, [trained(config(), 0.5, state=state)]) == pytest.approx(5)


@pytest.mark.parametrize("broken", ["config", "status"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"kind": "rbm", "config": {"warp": 9}}'])
def test_a_broken_run_is_passed_over(trained, broken, content):
    """Or deleted, by somebody else, while the estimate is made."""
    victim, sound = trained(config(), 0.5), trained(config(hidden_units=25), 2.0)
    path = getattr(victim.paths, broken)
    path.unlink() if content is None else path.write_bytes(content)
    expected = 10 * 2.0 * multiply_adds(config()) / multiply_adds(config(hidden_units=25))
    assert seconds_to_train(config(seed=1), 0, [victim, sound]) == pytest.approx(expected)
    assert seconds_to_train(config(seed=1), 0, [victim]) is None


def test_the_sizes_above_are_those_of_the_catalogue():
    for name, pixels, images in (("mnist", 784, 60_000), ("mnist-5k", 784, 4_000), ("bars-and-stripes", 16, 3_000)):
        assert (CATALOGUE[name].n_pixels, CATALOGUE[name].n_train) == (pixels, images)


# Kinds that keep no snapshots on the way


def classifier(**changes):
    layers = PretrainingConfig(dataset="mnist-5k", hidden_layers=(30,), code_size=10)
    base = DeepAutoencoderConfig(dataset="mnist-5k", layers=layers)
    return DeepClassifierConfig(**{"base": base, "dataset": "mnist-5k", "labels": 2000, "epochs": 10} | changes)


def work_of(config):
    """Twenty batches of 100 images, or as many images as have labels, or all."""
    images = max(2_000, config.labels) if config.kind == "deep-classifier" else 4_000
    return images * (config.cost((28, 28)) + IMAGE)


def test_a_kind_without_snapshots_on_the_way_is_measured_once(trained):
    runs = [trained(classifier(), 0.5, snapshots=3.0)]  # of the one at the end
    assert seconds_to_train(classifier(seed=1), 0, runs) == pytest.approx(10 * 0.5 + 3)
    assert seconds_to_train(classifier(seed=1, epochs=100), 0, runs) == pytest.approx(100 * 0.5 + 3)
    assert seconds_to_train(classifier(seed=1, epochs=100), 40, runs) == pytest.approx(60 * 0.5 + 3)
    assert seconds_to_train(classifier(), 10, runs) == 0


def test_more_labels_take_longer(trained):
    runs = [trained(classifier(), 0.5)]
    few, many = (seconds_to_train(classifier(labels=labels), 0, runs) for labels in (10, 4000))
    assert few == pytest.approx(5)  # twenty batches of 100 images, as those of 2000 labels
    assert many == pytest.approx(5 * work_of(classifier(labels=4000)) / work_of(classifier()))
    assert many > few


def test_what_a_snapshot_takes_is_judged_by_those_the_other_run_has_kept(trained):
    """Ten epochs of an RBM are six snapshots, of a classifier a single one, whichever is asked for."""
    rbm, own = trained(config(), 0.5, snapshots=12.0), classifier(seed=1)
    epochs = 10 * 0.5 * work_of(own) / work_of(config())
    assert seconds_to_train(own, 0, [rbm]) == pytest.approx(epochs + 2)
    other = trained(classifier(), 0.5, snapshots=3.0)
    epochs = 10 * 0.5 * work_of(config()) / work_of(classifier())
    assert seconds_to_train(config(), 0, [other]) == pytest.approx(epochs + 6 * 3)


def test_of_a_shipped_run_the_epochs_alone_count(trained):
    """It was measured while it was trained, which no training is any more."""
    shipped = trained(config(), 0.5, snapshots=100.0, shipped=True)
    assert seconds_to_train(config(), 0, [shipped]) == pytest.approx(10 * 0.5)
