"""Studies: which trainings they are made of, and what a library has of each."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError, InvalidStudy
from explorer.models.rbm import RBMConfig
from explorer.models.vae import VAEConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State, Status, write_outcome
from explorer.runs.store import Store
from explorer.runs.study import Axis, Standing, Study, axis_of, common_study, find
from explorer.settings import settings

TOY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=1)


@pytest.fixture
def library(clean_settings, tmp_path):
    clean_settings(trained=tmp_path / "none")
    return Library(Store(settings().store), Store(tmp_path / "none", shipped=True))


def test_a_study_is_every_combination_with_every_seed():
    study = Study(TOY, (Axis("cd_k", (1, 5)), Axis("persistent", (False, True))), (3, 4))
    assert study.cells == [(1, False), (1, True), (5, False), (5, True)]
    found = [(entry.config.cd_k, entry.config.persistent, entry.config.seed) for entry in study.entries]
    assert found == [(k, p, seed) for k in (1, 5) for p in (False, True) for seed in (3, 4)]
    assert {entry.config.hidden_units for entry in study.entries} == {4}
    assert study.label(study.entries[-1]) == "cd_k=5 persistent=true seed=4"


def test_labels_name_only_what_differs():
    study = Study(TOY, (Axis("cd_k", (5,)), Axis("learning_rate", (0.1, 0.5))), (0,))
    assert [study.label(entry) for entry in study.entries] == ["learning_rate=0.1", "learning_rate=0.5"]


def test_values_that_do_not_fit_together_are_a_cell_with_a_reason(library):
    base = VAEConfig(dataset="bars-and-stripes", binarize="sample")
    study = Study(base, (Axis("decoder", ("bernoulli", "gaussian")),), (0,))
    fits, does_not = find(study, library)
    assert fits.standing is Standing.MISSING
    assert does_not.standing is Standing.IMPOSSIBLE
    assert "Gaussian" in does_not.reason


def test_each_cell_says_how_far_it_is(library):
    study = Study(TOY, (Axis("cd_k", (1, 2, 3, 4)),), (0,))
    trained, failed, waiting, missing = (entry.config for entry in study.entries)
    InlineEngine(library).submit(trained)
    run = library.own.request(failed)
    write_outcome(run.paths, Status(state=State.FAILED, error="Too hot."))
    run.paths.request.unlink()
    library.own.request(waiting)
    assert [found.standing for found in find(study, library)] == ["trained", "failed", "live", "missing"]
    assert find(study, library)[1].reason == "Too hot."
    assert find(study, library)[0].run.id == run_id(trained)
    assert missing not in library


def test_a_run_that_has_not_come_so_far_is_missing(library):
    InlineEngine(library).submit(TOY)
    study = Study(TOY, (Axis("epochs", (1, 2)),), (0,))
    assert [found.standing for found in find(study, library)] == [Standing.TRAINED, Standing.MISSING]


@pytest.mark.parametrize(
    ("axes", "seeds", "reason"),
    [
        ((Axis("cd_k", (1,)), Axis("cd_k", (2,))), (0,), "varied once"),
        ((Axis("cd-k", (1,)),), (0,), "cannot be varied"),
        ((Axis("seed", (1,)),), (0,), "cannot be varied"),
        ((Axis("cd_k", ()),), (0,), "needs a seed, and a value"),
        ((Axis("cd_k", (1,)),), (), "needs a seed, and a value"),
        ((Axis("hidden_units", tuple(range(1, 1002))),), (0,), "1,001 runs are more"),
    ],
)
def test_what_cannot_be_a_study_is_refused(axes, seeds, reason):
    with pytest.raises(InvalidStudy, match=reason):
        Study(TOY, axes, seeds)


def test_values_are_read_from_texts_and_equal_ones_are_one():
    assert axis_of(RBMConfig, "learning_rate", ["0.1", "1e-1", "0.5"]) == Axis("learning_rate", (0.1, 0.5))
    assert axis_of(RBMConfig, "persistent", ["true", "no"]).values == (True, False)


def test_each_text_that_is_no_value_is_named():
    with pytest.raises(ConfigError) as caught:
        axis_of(RBMConfig, "cd_k", ["1", "99", "many"])
    assert [problem.value for problem in caught.value.problems] == ["99", "many"]


def test_runs_that_differ_in_one_hyperparameter_are_a_study():
    configs = [TOY.model_copy(update={"cd_k": k, "seed": seed, "epochs": k}) for k in (5, 1) for seed in (2, 0)]
    study = common_study(configs)
    assert study.axes == (Axis("cd_k", (5, 1)),)
    assert study.seeds == (0, 2)
    assert study.base.epochs == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([{}, {}], "differ in no hyperparameter"),
        ([{}, {"seed": 1}], "differ in no hyperparameter"),
        ([{}, {"cd_k": 2, "hidden_units": 3, "learning_rate": 0.5}], "more than 2 hyperparameters: hidden_units, cd_k"),
    ],
)
def test_runs_that_are_no_study_say_why(changes, reason):
    with pytest.raises(InvalidStudy, match=reason):
        common_study([TOY.model_copy(update=change) for change in changes])


def test_runs_of_two_kinds_are_no_study():
    with pytest.raises(InvalidStudy, match="one kind"):
        common_study([TOY, VAEConfig()])
