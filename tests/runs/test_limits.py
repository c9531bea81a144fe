"""What is refused because a setting says so, in words that name it; and that nobody meets a limit by the defaults."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import LimitReached, TrainingFailed
from explorer.models.config import hyperparameters
from explorer.models.config.values import Layers, Number
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs import limits
from explorer.runs.limits import RoomWatch, check_config, check_queue, check_room, refusal_of
from explorer.runs.status import State
from tests.stores import begun

WIDE = ("units", "code_size", "width", "latent_size")


def largest(kind):
    """The config of a kind with the most units, codes and layers that it takes."""
    values = {}
    for field in hyperparameters(kind.config_class()):
        sizes = field.values
        if isinstance(sizes, Layers):
            values[field.name] = [sizes.maximum] * sizes.most
        elif isinstance(sizes, Number) and field.name.endswith(WIDE):
            values[field.name] = int(sizes.maximum)
    return kind.config_class().from_values(values | {"dataset": "mnist", "epochs": 10_000})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_whatever_sliders_offer_is_within_the_usual_limits(kind):
    assert refusal_of(largest(kind)) == ""


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_parameters_are_counted_without_taking_memory_for_them(kind, clean_settings):
    config = kind.config_class()(dataset="mnist-5k")
    count = sum(tensor.numel() for tensor in config.new_model((28, 28)).state().values())
    assert all(tensor.is_meta for tensor in config.new_model((28, 28), "meta").state().values())
    assert limits._parameters(config) == count
    clean_settings(parameters=count - 1)
    assert f" parameters: at most {count - 1:,} (EXPLORER_PARAMETERS)" in refusal_of(config)


def test_a_model_with_too_many_parameters_is_refused(clean_settings):
    config = RBMConfig(dataset="bars-and-stripes", hidden_units=4)  # 16 × 4 weights, 16 + 4 biases
    clean_settings(parameters=84)
    check_config(config)
    clean_settings(parameters=83)
    with pytest.raises(LimitReached) as refusal:
        check_config(config)
    assert str(refusal.value) == (
        "A model with 84 parameters: at most 83 (EXPLORER_PARAMETERS). Choose fewer units or layers."
    )


def test_too_many_epochs_are_refused_of_what_a_model_is_built_on_too(clean_settings):
    clean_settings(epochs=20)
    below = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=21)
    said = "21 epochs: at most 20 (EXPLORER_EPOCHS). Choose fewer."
    assert refusal_of(below) == said
    assert refusal_of(DBNConfig(first=below, hidden_units=(4,), epochs=1)) == said
    assert refusal_of(below.model_copy(update={"epochs": 20})) == ""


def test_so_many_may_wait_and_not_one_more(clean_settings):
    clean_settings(queue=3)
    check_queue(3)
    with pytest.raises(LimitReached, match=r"^4 trainings that wait: at most 3 \(EXPLORER_QUEUE\)\. Ask for fewer"):
        check_queue(4)


@pytest.fixture
def fill(store, config, clean_settings):
    """Leave a run of so many MB in a store that has room for 2 MB."""
    clean_settings(store_mb=2)

    def leave(seed, megabytes, *, automatic=False):
        run = begun(store, config.model_copy(update={"seed": seed}), State.DONE, epoch=2)
        (run.paths.folder / "large").write_bytes(bytes(int(megabytes * 1e6)))
        if automatic:
            run.paths.automatic.touch()
        return run

    return leave


def test_a_full_store_takes_nothing_more_and_keeps_all(store, fill):
    runs = [fill(seed, 0.9) for seed in (1, 2)]
    check_room(store)
    with pytest.raises(LimitReached, match=r"^3 MB of runs: at most 2 MB \(EXPLORER_STORE_MB\)\. Delete some"):
        check_room(store, more=1_000_000)
    runs.append(fill(3, 0.9))
    with pytest.raises(LimitReached, match="EXPLORER_STORE_MB"):
        check_room(store)
    assert sorted(run.id for run in store) == sorted(run.id for run in runs)


def test_what_began_by_itself_makes_room(store, fill, monkeypatch):
    monkeypatch.setattr("explorer.runs.room.LOOKED_AT_SECONDS", -1)
    kept, expendable = fill(1, 1.5), fill(2, 1.0, automatic=True)
    check_room(store)
    assert [run.id for run in store] == [kept.id] != [expendable.id]


def test_a_training_is_not_begun_in_a_full_store_but_read(library, store, fill, config):
    trained = InlineEngine(library).submit(config)
    fill(1, 2.5)
    assert InlineEngine(library).submit(config).id == trained.id
    with pytest.raises(LimitReached, match="EXPLORER_STORE_MB"):
        InlineEngine(library).submit(config.model_copy(update={"epochs": 3}))
    with pytest.raises(LimitReached, match="EXPLORER_STORE_MB"):
        InlineEngine(library).submit(config.model_copy(update={"seed": 5}))
    assert trained.epochs == 2


def test_a_training_ends_when_the_room_is_used_up(library, fill, config, clean_settings, monkeypatch):
    monkeypatch.setattr(limits, "LOOK_SECONDS", 0)

    def crowd(record):
        if record.epoch == 3:
            fill(1, 2.5)

    long = config.model_copy(update={"epochs": 8})
    clean_settings(store_mb=2)
    with pytest.raises(TrainingFailed, match=r"failed after epoch 5: .* at most 2 MB \(EXPLORER_STORE_MB\)"):
        InlineEngine(library, crowd).submit(long)
    assert library.find(long).snapshots == [0, 1, 2, 3, 5]
    clean_settings(store_mb=20)
    assert InlineEngine(library).submit(long).epochs == 8


def test_the_room_is_looked_at_now_and_then(store, fill):
    watch = RoomWatch(store)
    watch.look()
    fill(1, 2.5)
    watch.look()
    with pytest.raises(LimitReached):
        RoomWatch(store).look()
