"""A kind of which many runs are kept: only the ends of its training; what it starts with is trained first."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.runs.status import State

TOY = {"dataset": "bars-and-stripes", "batch_size": 500}
LAYERS = PretrainingConfig(**TOY, hidden_layers=(6,), code_size=3, epochs=2, layer_epochs=1)
BASE = DeepAutoencoderConfig(**TOY, layers=LAYERS, epochs=2)
CLASSIFIER = DeepClassifierConfig(dataset="bars-and-stripes", batch_size=10, base=BASE, labels=30, epochs=4)


def from_start(start, **changes):
    return CLASSIFIER.model_copy(update={"start": start} | changes)


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory, new_library, module_environment):
    """A library in which the classifier and all that it is built on were trained at once."""
    library = new_library(tmp_path_factory.mktemp("classifier"))
    InlineEngine(library).submit(CLASSIFIER)
    return library


def test_for_a_classifier_in_an_empty_store_all_parents_are_trained(in_one_go):
    family = [in_one_go.find(config) for config in (*ancestors(CLASSIFIER), CLASSIFIER)]
    assert [run.kind for run in family] == ["pretraining", "pretraining", "deep-autoencoder", "deep-classifier"]
    assert [run.epochs for run in family] == [1, 2, 2, 4]
    assert [run.status.state for run in family] == [State.DONE] * 4
    assert {run.id for run in in_one_go.own} == {run.id for run in family}


def test_only_the_snapshots_of_the_start_and_the_end_are_kept(in_one_go):
    run = in_one_go.find(CLASSIFIER)
    assert run.snapshots == [0, 4]
    assert in_one_go.find(BASE).snapshots == [0, 1, 2]
    rows = run.metric_rows()
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4]  # figures of all
    assert {"error", "loss"} <= rows[0].keys()
    assert all({"error", "loss", "error_train", "loss_train"} <= row.keys() for row in rows[1:])


def test_a_classifier_that_goes_on_keeps_each_end_and_is_as_in_one_go(library, in_one_go, assert_same_bits):
    engine = InlineEngine(library)
    engine.submit(from_start("autoencoder", epochs=1))
    run = engine.submit(CLASSIFIER)
    assert run.snapshots == [0, 1, 4]
    assert_same_bits(run, in_one_go.find(CLASSIFIER))


def test_on_the_layers_no_autoencoder_is_trained(library, in_one_go, assert_same_bits):
    config = from_start("layers", epochs=1)
    run = InlineEngine(library).submit(config)
    assert sorted(each.kind for each in library.own) == ["deep-classifier", "pretraining", "pretraining"]
    assert run.epochs == 1
    for layers in ancestors(config):
        assert_same_bits(library.find(layers), in_one_go.find(layers))


def test_from_a_random_start_nothing_else_is_trained(library):
    run = InlineEngine(library).submit(from_start("random", epochs=1))
    assert [each.id for each in library.own] == [run.id]
    other = BASE.model_copy(update={"epochs": 9, "layers": LAYERS.model_copy(update={"seed": 3})})
    assert library.find(from_start("random", base=other)).id == run.id


def test_a_classifiers_run_has_the_config_that_stands_for_all_like_it(library):
    run = InlineEngine(library).submit(from_start("random", epochs=1))
    assert run.config == from_start("random", epochs=1).trajectory()
    assert run_id(run.config) == run.id


def test_encoder_and_decoder_start_as_the_layers_that_were_trained(in_one_go):
    layers = in_one_go.find(LAYERS)
    first = in_one_go.find(BASE).model(0).state()
    trained = layers.model().state()
    for name in ("encoder.0.W", "encoder.1.W", "encoder.0.b", "encoder.1.b", "decoder.0.b", "decoder.1.b"):
        assert first[name].equal(trained[name])
    assert first["decoder.1.W"].equal(trained["encoder.0.W"].T)
    start = in_one_go.find(CLASSIFIER).model(0).state()
    tuned = in_one_go.find(BASE).model().state()
    assert all(start[name].equal(tuned[name]) for name in start if name.startswith("encoder."))
    assert not start["encoder.0.W"].equal(trained["encoder.0.W"])
