"""The command that trains."""

import json
import sys
import time
from types import ModuleType

import pytest

from explorer.__main__ import main as start
from explorer.cli import training, watching
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.settings import APP_FOLDER, settings
from tests.cli.commands import ID, TOY, explorer
from tests.stores import as_of_earlier_versions


def test_train_keeps_a_run_and_prints_its_metrics(store):
    result = explorer("train", "rbm", *TOY, "--epochs", 2, "--inline")
    assert result.exit_code == 0
    assert "epoch 2/2" in result.stdout
    assert "s/epoch" in result.stdout
    assert "pseudo_likelihood" in result.stdout
    assert store.run(ID).epochs == 2


def test_heavy_figures_are_measured_when_asked_for(with_run):
    assert "log_likelihood " not in explorer("show", ID).stdout
    result = explorer("measure", ID)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, f"{ID}: all figures are measured.")
    shown = explorer("show", ID).stdout
    assert "log_likelihood " in shown
    assert explorer("train", "rbm", *TOY, "--epochs", 2, "--seed", 1, "--figures", "all").exit_code == 0
    assert len(with_run.run(ID).metrics()["log_likelihood"].dropna()) == 2


def test_figures_of_earlier_versions_are_shown_and_not_measured_again(with_run):
    explorer("measure", ID)
    as_of_earlier_versions(with_run.run(ID))
    assert "log_likelihood " in explorer("show", ID).stdout
    assert explorer("measure", ID).stderr == f"{ID}: all figures are measured.\n"
    assert not with_run.run(ID).paths.figures.exists()


def test_a_run_that_another_process_measures_is_said_to_be_so(with_run):
    with with_run.figures_lock(ID):
        result = explorer("measure", ID)
    assert result.exit_code == 1
    assert "Another process measures" in result.stderr


def test_a_shipped_run_keeps_the_figures_it_has(clean_settings):
    clean_settings(trained=APP_FOLDER / "trained")
    result = explorer("measure", next(run.id for run in Library.open().shipped))
    assert result.exit_code == 1
    assert "is a shipped run" in result.stderr
    assert explorer("train", "rbm", "--epochs", 5, "--figures", "all").exit_code == 0  # only read


def test_what_is_trained_is_only_read(with_run, monkeypatch):
    monkeypatch.setattr(training, "_train_here", lambda *_: pytest.fail("trained again"))
    result = explorer("train", "rbm", *TOY, "--epochs", 1)
    assert result.exit_code == 0
    assert "epoch 1" in result.stdout


def test_a_switch_has_two_names(with_run):
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--persistent").exit_code == 0
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--no-persistent").exit_code == 0
    assert {run.settings["persistent"] for run in with_run} == {True, False}


def test_flags_override_a_file(store, tmp_path):
    file = tmp_path / "values.json"
    file.write_text(json.dumps({"dataset": "bars-and-stripes", "hidden_units": 9, "epochs": 2}))
    assert explorer("train", "rbm", "--config", file, "--hidden-units", 4).exit_code == 0
    assert store.run(ID).epochs == 2


def test_the_config_of_a_run_is_such_a_file(with_run):
    file = with_run.run(ID).paths.config
    result = explorer("train", "rbm", "--config", file, "--epochs", 2)
    assert result.exit_code == 0
    assert ID in result.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"cd_k": 0}', "cd_k = 0 is not valid: a whole number from 1 to 50"),
        ('{"cd": 1}', "cd = 1 is not valid: rbm has no such field"),
        ('{"learning_rate": NaN}', "learning_rate = nan"),
        ('{"kind": "vae", "config": {}}', "kind = 'vae' is not valid"),
        ("[1]", "holds no values"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
@pytest.mark.parametrize("command", ["train", "sweep"])
def test_an_invalid_file_is_named(command, content, message, tmp_path, store):
    file = tmp_path / "values.json"
    file.write_text(content)
    result = explorer(command, "rbm", "--config", file)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--cd-k", 0], "cd_k = '0' is not valid: a whole number from 1 to 50."),
        (["--cd-k", "many"], "cd_k = 'many' is not valid"),
        (["--epochs", 1.5], "epochs = '1.5' is not valid"),
        (["--binarize", "no"], "binarize = 'no' is not valid: one of sample, threshold, none."),
        (["--dataset", "../mnist"], "dataset = '../mnist' is not valid: one of"),
        (["--learning-rate", "inf"], "learning_rate = 'inf' is not valid"),
        (["--cd", 1], "No such option"),
        (["--config", "/nowhere"], "does not exist"),
        (["--cd-k"], "requires an argument"),
    ],
)
@pytest.mark.parametrize("command", ["train", "sweep"])
def test_an_invalid_flag_is_named(command, flags, message, store):
    result = explorer(command, "rbm", *flags)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not store.folder.exists()


def test_all_invalid_flags_are_named_at_once():
    result = explorer("train", "rbm", "--cd-k", 0, "--seed", -1)
    assert "cd_k = '0'" in result.stderr
    assert "seed = '-1'" in result.stderr


def test_an_unknown_kind_is_named():
    result = explorer("train", "perceptron")
    assert result.exit_code == 2
    assert "perceptron" in result.stderr


def test_an_invalid_setting_is_named(monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "0")
    settings.cache_clear()
    result = explorer("list")
    assert result.exit_code == 2
    assert "EXPLORER_WORKERS = '0'" in result.stderr


def test_training_that_fails_ends_with_its_error(store):
    result = explorer("train", "rbm", *TOY, "--learning-rate", 10, "--weight-decay", 1, "--epochs", 50)
    assert result.exit_code == 1
    assert "became infinite or not a number" in result.stderr


def test_interrupted_training_is_stopped_and_goes_on_when_asked_again(store, monkeypatch):
    def interrupt(watched: list[watching.Watched], until: object) -> None:
        while watched[0].run.epochs < 1:
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "follow", interrupt)
    result = explorer("train", "rbm", *TOY, "--cd-k", 50, "--epochs", 10_000)
    assert result.exit_code == 130
    assert "goes on from here" in result.stderr
    [run] = store
    assert run.status.state is State.STOPPED
    monkeypatch.undo()
    monkeypatch.setenv("EXPLORER_STORE", str(store.folder))
    assert explorer("train", "rbm", *TOY, "--cd-k", 50, "--epochs", run.epochs + 1).exit_code == 0


def test_ctrl_c_at_any_moment_has_its_code(monkeypatch):
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Library, "open", interrupt)
    result = explorer("train", "rbm", *TOY)
    assert (result.exit_code, result.output) == (130, "")


def test_ctrl_c_while_the_arguments_are_read_has_the_same(monkeypatch):
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.cli.app.App.parse_args", interrupt)
    result = explorer("train", "rbm", *TOY)
    assert (result.exit_code, result.output) == (130, "")


def test_ctrl_c_while_the_commands_are_still_loaded_has_the_same(monkeypatch):
    class Loading(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "explorer.cli", Loading("explorer.cli"))
    with pytest.raises(SystemExit) as ended:
        start()
    assert ended.value.code == 130


# Starting with another run's weights


def test_a_training_starts_with_a_run_and_counts_on(with_run):
    result = explorer("train", "rbm", *TOY, "--start", f"{ID}@1", "--learning-rate", 0.05, "--epochs", 3)
    assert result.exit_code == 0, result.output
    (run,) = [run for run in with_run if run.id != ID]
    assert (run.snapshots, run.epochs) == ([1, 2, 3], 3)
    assert json.loads(explorer("show", run.id, "--json").stdout)["settings"]["start"] == f"{ID}@1"
    swept = explorer("sweep", "rbm", *TOY, "--start", f"anew,{ID}@1,{ID}@2", "--epochs", 1)
    assert (swept.exit_code, "epochs = '1' is not valid: more than 1" in swept.output) == (2, True)


def test_a_start_that_cannot_be_is_refused_in_one_sentence(with_run):
    for origin, said in {
        "../x@5": "anew, or a run of the kind at an epoch",
        "rbm-0123456789ab@1": "There is no run rbm-0123456789ab, with which this one starts",
        f"{ID}@7": "has no snapshot of epoch 7; it was kept at: 0, 1, 2",
    }.items():
        result = explorer("train", "rbm", *TOY, "--start", origin, "--epochs", 9)
        assert result.exit_code in (1, 2)
        assert said in result.output
        assert "Traceback" not in result.output
    other = explorer("train", "rbm", *TOY[:2], "--hidden-units", 9, "--start", f"{ID}@1")
    assert "hidden_units = '9' is not valid: 4, as of the run that start names." in other.output
    assert [run.id for run in with_run] == [ID]


def test_deleting_a_run_names_those_that_start_with_it(with_run):
    explorer("train", "rbm", *TOY, "--start", f"{ID}@1", "--epochs", 2)
    (later,) = [run.id for run in with_run if run.id != ID]
    assert explorer("delete", ID).stdout.splitlines() == [
        f"{ID} is deleted.",
        f"With it started {later}: what was trained of them stays and can go on.",
    ]
    assert explorer("train", "rbm", *TOY, "--start", f"{ID}@1", "--epochs", 4).exit_code == 0
    assert explorer("delete", later).stdout == f"{later} is deleted.\n"


def test_the_help_says_what_epochs_count_from():
    text = " ".join(explorer("train", "rbm", "--help").stdout.split())
    assert "--start anew|RUN@EPOCH" in text
    assert "of 50 epochs it trains those after the epoch it starts at" in text
