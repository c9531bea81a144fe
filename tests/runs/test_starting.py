"""Runs that start with the weights of another run: what they are, what has to fit, and what is refused."""

import json

import pytest
from pydantic import ValidationError

from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError, RunNotFound, SnapshotNotFound
from explorer.models.config import parent_fields
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.ids import identity, run_id
from explorer.runs.lineage import ancestors
from explorer.runs.room import clean_up
from explorer.runs.run import Run
from explorer.runs.starting import check_starts, start_of, starting_with, trained_before
from explorer.runs.status import State
from tests.contract.tiny import cases, tiny

NOBODY = "rbm-0123456789ab@20"


def from_run(config, id_, epoch, **changes):
    return type(config).from_values(config.values() | {"start": f"{id_}@{epoch}", "epochs": epoch + 2} | changes)


# Identity


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_run_starts_is_part_of_its_identity(kind):
    config = KINDS[kind].config_class()(dataset="mnist-5k")
    starts = [f"{kind}-0123456789ab@{epoch}" for epoch in (0, 20, 21)] + [f"{kind}-ba9876543210@20"]
    later = [type(config).from_values(config.values() | {"start": start, "epochs": 50}) for start in starts]
    assert len({run_id(config), *map(run_id, later)}) == 5
    assert {run_id(each) for each in later} == {run_id(each.trajectory()) for each in later}
    assert all(identity(each)["start"] == start for each, start in zip(later, starts, strict=True))
    assert [each.first_epoch for each in later] == [0, 20, 21, 20]
    assert all(ancestors(each) == [] for each in later)  # the weights hold all that came from those


def test_what_only_the_first_weights_depend_on_makes_no_other_run():
    config = RBMConfig(dataset="mnist-5k", start=NOBODY, epochs=30)
    unused = {"initial_std": 0.01, "initial_visible_bias": "data"}
    assert run_id(config.model_copy(update=unused)) == run_id(config)
    assert run_id(config.model_copy(update={"learning_rate": 0.05})) != run_id(config)


HOSTILE = [
    "../x@5",
    "rbm-0123456789ab",
    "rbm-0123456789ab@",
    "rbm-0123456789ab@-1",
    "rbm-0123456789ab@05",
    "rbm-0123456789ab@10000",
    "rbm-0123456789ab@" + "9" * 5_000,
    "rbm-0123456789ab@٣",
    "rbm-0123456789ab@5\n",
    "RBM-0123456789ab@5",
    "rbm-0123456789ab@5@5",
    "",
    "a" * 100_000,
]


@pytest.mark.parametrize("start", HOSTILE, ids=range(len(HOSTILE)))
def test_what_names_no_run_and_epoch_is_refused(start):
    with pytest.raises(ConfigError, match="anew, or a run of the kind at an epoch, such as rbm-0123456789ab@20"):
        RBMConfig.from_values({"start": start})


def test_a_run_starts_with_its_own_kind_and_ends_after_its_start():
    with pytest.raises(ConfigError, match=r"start = .* a run of rbm"):
        RBMConfig.from_values({"start": "dbn-0123456789ab@5"})
    for epochs in (1, 19, 20):
        with pytest.raises(ConfigError, match=f"epochs = '{epochs}' .* more than 20, the epoch that start names"):
            RBMConfig.from_values({"start": NOBODY, "epochs": epochs})
    with pytest.raises(ValidationError, match="more than 20"):
        RBMConfig(start=NOBODY, epochs=20)
    assert RBMConfig(start=NOBODY, epochs=21).first_epoch == 20


# What has to fit


def test_what_changes_how_it_learns_may_differ_the_model_may_not(run, config, library):
    free = {
        "learning_rate": 0.01,
        "cd_k": 3,
        "persistent": True,
        "momentum": 0.9,
        "weight_decay": 0.01,
        "decay_epochs": 10,
        "batch_size": 7,
        "seed": 5,
        "centred": True,
        "low_momentum_epochs": 1,
    }
    assert start_of(from_run(config, run.id, 1, **free), library).id == run.id
    for name, value, needed in (
        ("hidden_units", 9, 4),
        ("binarize", "none", "sample"),
        ("dataset", "mnist-5k", "bars"),
    ):
        with pytest.raises(
            ConfigError, match=f"{name} = '{value}' .*{needed}.*as of the run that start names"
        ) as caught:
            start_of(from_run(config, run.id, 1, **{name: value}), library)
        assert [problem.field for problem in caught.value.problems] == [name]


FIXED = {  # of each kind all that says which function of its numbers a model is; how it learns is free
    "rbm": {"hidden_units", "binarize"},
    "gaussian-rbm": {"hidden_units", "learned_variance"},
    "dbn": {"hidden_units"},
    "fine-tuned-dbn": set(),
    "autoencoder": {"hidden_layers", "code_size", "activation", "linear_code", "tied", "loss"},
    "sparse": {"hidden_layers", "code_size", "tied", "loss"},
    "vae": {"hidden_units", "encoder_layers", "decoder_layers", "latent_size", "activation", "decoder", "binarize"},
    "conv-vae": {"latent_size", "decoder", "binarize"},
    "pretraining": {"hidden_layers", "code_size", "linear_code"},
    "deep-autoencoder": {"loss"},
    "deep-classifier": set(),
    "dcgan": {"image_size", "width", "latent_size", "batch_norm"},
}
FIXED |= {"denoising": FIXED["autoencoder"], "contractive": FIXED["autoencoder"] - {"linear_code"}}


@pytest.mark.parametrize("kind", KINDS)
def test_which_settings_of_a_kind_have_to_stay(kind):
    """Each setting is changed alone. Those of models built on stay, too: a run says what it is built on."""
    config = tiny(kind).model_copy(update={"start": f"{kind}-0123456789ab@2"})
    others = {case.name.partition(" ")[0]: case.config for case in cases(kind) if " " in case.name}
    changed = {name: other.model_copy(update={"start": config.start}) for name, other in others.items()}
    stay = {name for name, other in changed.items() if other.misfits_with(config)}
    inner = {name for name in changed if "." in name}
    assert stay == FIXED[kind] | inner
    assert bool(inner) is bool(parent_fields(type(config)))
    for name, other in changed.items():
        assert "." in name or {problem.field for problem in other.misfits_with(config)} <= {name}


@pytest.mark.parametrize("kind", ["conv-vae", "dcgan", "autoencoder"])
def test_other_images_of_the_same_size_may_be_gone_on_with(kind):
    config = KINDS[kind].config_class()(dataset="mnist")
    assert config.model_copy(update={"dataset": "fashion-mnist"}).misfits_with(config) == []


def test_a_model_on_top_of_others_goes_on_with_their_images_only():
    config = DBNConfig(first=RBMConfig(dataset="mnist"))
    other = DBNConfig(first=RBMConfig(dataset="fashion-mnist"))
    assert [problem.field for problem in other.misfits_with(config)] == ["dataset"]


# What is there


def test_a_start_that_is_not_there_is_named(library, run, config):
    with pytest.raises(RunNotFound, match=r"no run rbm-0123456789ab, with which .* Train it or import it"):
        check_starts(from_run(config, "rbm-0123456789ab", 1), library)
    with pytest.raises(SnapshotNotFound, match=f"{run.id}, .* no snapshot of epoch 7; it was kept at: 0, 1, 2"):
        check_starts(from_run(config, run.id, 7), library)
    first = from_run(config, "rbm-0123456789ab", 1)
    with pytest.raises(RunNotFound, match="rbm-0123456789ab"):
        check_starts(DBNConfig(first=first, hidden_units=(5,), epochs=1), library)
    assert [each.id for each in library] == [run.id]


def test_a_run_that_has_begun_needs_its_start_no_more(library, run, config):
    later = InlineEngine(library).submit(from_run(config, run.id, 1))
    library.own.delete(run.id)
    again = InlineEngine(library).submit(from_run(config, run.id, 1, epochs=5))
    assert (again.id, again.epochs) == (later.id, 5)
    again.paths.resume.unlink()  # from its own first snapshot
    bits = again.paths.snapshot(5).read_bytes()
    again.paths.status.unlink()
    assert InlineEngine(library).submit(from_run(config, run.id, 1, epochs=5)).paths.snapshot(5).read_bytes() == bits


def test_runs_before_a_run_come_in_the_order_of_their_training(library, run, config):
    second = InlineEngine(library).submit(from_run(config, run.id, 1))
    third = from_run(config, second.id, 2)
    before = trained_before(third, library)
    assert [(run_id(each), each.epochs) for each in before] == [(run.id, 1), (second.id, 2)]
    built = DBNConfig(first=third, hidden_units=(5,), epochs=1)
    assert [run_id(each) for each in trained_before(built, library)] == [run.id, second.id]
    assert trained_before(from_run(config, "rbm-0123456789ab", 1), library) == []


def test_runs_that_start_with_a_run_are_found(library, run, config):
    second = InlineEngine(library).submit(from_run(config, run.id, 1))
    built = InlineEngine(library).submit(DBNConfig(first=second.config, hidden_units=(5,), epochs=1))
    assert starting_with(run.id, library) == sorted([second.id, built.id])
    assert starting_with(second.id, library) == []


def test_a_forged_run_that_starts_with_itself_leads_nowhere(library, run, config):
    forged = json.loads(run.paths.config.read_text())
    forged["config"]["start"] = f"{run.id}@1"
    run.paths.config.write_text(json.dumps(forged))
    assert trained_before(from_run(config, run.id, 1), library) == []
    assert starting_with(run.id, library) == [run.id]
    assert Run(run.paths.folder).config.first_epoch == 1


def test_what_another_run_starts_with_is_not_cleaned_up(library, run, config, monkeypatch):
    monkeypatch.setattr("explorer.runs.room.LOOKED_AT_SECONDS", 0.0)
    run.paths.automatic.write_bytes(b"")
    later = InlineEngine(library).submit(from_run(config, run.id, 1))
    assert clean_up(library.own, 0) == []
    library.own.delete(later.id)
    assert clean_up(library.own, 0) == [run.id]


def test_a_run_of_many_epochs_can_be_started_with(library, config):
    """Whatever the default of epochs is, a file is read."""
    asked = library.own.request(from_run(config, "rbm-0123456789ab", 9_000))
    assert Run(asked.paths.folder).config.epochs == 9_001
    assert asked.status.state is State.QUEUED
    assert asked.settings["start"] == "rbm-0123456789ab@9000"
