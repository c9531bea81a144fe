import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from streamlit.web.cli import main_run

from explorer import __version__
from explorer.__main__ import main as start
from explorer.cli import main, training, watching
from explorer.cli.flags import configs_of
from explorer.errors import ConfigError
from explorer.models.config import hyperparameters
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State, Status
from explorer.runs.store import Store
from explorer.settings import APP, settings

TOY = ["--dataset", "bars-and-stripes", "--hidden-units", "4"]
CONFIG = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
ID = run_id(CONFIG)


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """An empty store; the shipped runs are those in `tmp_path/shipped`."""
    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("EXPLORER_TRAINED", str(tmp_path / "shipped"))
    monkeypatch.delenv("EXPLORER_SCHEDULER", raising=False)
    settings.cache_clear()
    yield Store(tmp_path / "store")
    settings.cache_clear()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A store with the run ID, trained once for all tests."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_STORE", str(folder))
        settings.cache_clear()
        assert explorer("train", "rbm", *TOY, "--epochs", 2).exit_code == 0
    settings.cache_clear()
    return folder


@pytest.fixture
def with_run(trained, store):
    shutil.copytree(trained, store.folder)
    return store


def explorer(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# train


def test_train_keeps_a_run_and_prints_its_metrics(store):
    result = explorer("train", "rbm", *TOY, "--epochs", 2, "--inline")
    assert result.exit_code == 0
    assert "epoch 2/2" in result.stdout
    assert "s/epoch" in result.stdout
    assert "log_likelihood" in result.stdout
    assert store.run(ID).epochs == 2


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


def test_ctrl_c_while_the_commands_are_still_loaded_has_the_same(monkeypatch):
    class Loading(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "explorer.cli", Loading("explorer.cli"))
    with pytest.raises(SystemExit) as ended:
        start()
    assert ended.value.code == 130


# sweep


def test_a_sweep_takes_all_combinations():
    given = {"cd_k": "1,5", "persistent": "true, false", "seed": "3", "binarize": None}
    configs = configs_of(KINDS["rbm"], None, given)
    assert [(c.cd_k, c.persistent, c.seed) for c in configs] == [
        (1, True, 3),
        (1, False, 3),
        (5, True, 3),
        (5, False, 3),
    ]
    assert list(configs.values())[1] == "cd_k=1 persistent=false"


def test_equal_combinations_are_one():
    assert len(configs_of(KINDS["rbm"], None, {"learning_rate": "0.1,0.10,1e-1"})) == 1


def test_one_invalid_combination_refuses_the_sweep():
    with pytest.raises(ConfigError, match="cd_k = '99'"):
        configs_of(KINDS["rbm"], None, {"cd_k": "1,99"})


def test_a_sweep_of_trained_runs_starts_no_workers(with_run, monkeypatch):
    monkeypatch.setattr(training, "_train_on_workers", lambda *_: pytest.fail("trained again"))
    result = explorer("sweep", "rbm", *TOY, "--epochs", "1,2")
    assert result.exit_code == 0
    assert "epochs=1" in result.stdout
    assert "2 of 2" in result.stdout


def test_a_sweep_trains_on_workers_and_reports_what_failed(store):
    command = [sys.executable, "-m", "explorer", "sweep", "rbm", *TOY]
    values = ["--learning-rate", "0.1,10", "--weight-decay", "0,1", "--epochs", "3"]
    environment = os.environ | {"EXPLORER_THREADS": "1", "EXPLORER_DEVICE": "cpu"}
    result = subprocess.run(command + values, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert result.returncode == 1
    lines = [line for line in result.stdout.splitlines() if "rbm-" in line]
    assert [line.split()[3] for line in lines] == ["done", "done", "done", "failed"]
    assert "infinite" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(run.status.state for run in store) == [State.DONE] * 3 + [State.FAILED]


class Elsewhere:
    """An engine whose runs are trained by somebody else, some day."""

    def submit(self, config: RBMConfig) -> None:
        Library.open().request(config)


@pytest.fixture
def interrupted_elsewhere(monkeypatch):
    def interrupt(watched: object, until: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_workers", lambda _: contextlib.nullcontext(Elsewhere()))
    monkeypatch.setattr(training, "follow", interrupt)


def test_an_interrupted_sweep_stops_the_workers_that_end_with_it(interrupted_elsewhere, store):
    result = explorer("sweep", "rbm", *TOY, "--seed", "0,1")
    assert result.exit_code == 130
    assert "goes on from here" in result.stderr
    assert [run.status.state for run in store] == [State.STOPPED] * 2


def test_an_interrupted_sweep_leaves_the_workers_of_a_scheduler_alone(interrupted_elsewhere, store, monkeypatch):
    monkeypatch.setenv("EXPLORER_SCHEDULER", "tcp://127.0.0.1:1")
    settings.cache_clear()
    result = explorer("sweep", "rbm", *TOY, "--seed", "0,1")
    assert result.exit_code == 130
    assert "`stop ID` ends one" in result.stderr
    assert [run.status.state for run in store] == [State.QUEUED] * 2


def test_a_scheduler_out_of_reach_is_named(store, monkeypatch):
    monkeypatch.setenv("EXPLORER_SCHEDULER", "tcp://127.0.0.1:1")
    monkeypatch.setattr("explorer.engine.dask.CONNECT_SECONDS", 0.2)
    settings.cache_clear()
    result = explorer("train", "rbm", *TOY, "--engine", "dask")
    assert result.exit_code == 1
    assert "No scheduler answers at tcp://127.0.0.1:1" in result.stderr


def test_a_silent_worker_is_given_time_to_be_replaced(with_run, monkeypatch):
    watched = watching.Watched(Library.open(), CONFIG.model_copy(update={"epochs": 9}), "rbm")
    dead = Status(state=State.RUNNING, epoch=2, heartbeat=0.0)
    watched.run.paths.status.write_text(dead.model_dump_json())
    assert not watched.ended()
    monkeypatch.setattr(watching, "GRACE_SECONDS", -1.0)
    assert watched.ended()
    assert not watched.complete


# models built on others

BELOW = ["--dataset", "bars-and-stripes", "--first-hidden-units", "4", "--first-epochs", "2"]
DBN = DBNConfig(first=CONFIG, hidden_units=(8, 6), lower_epochs=1, epochs=1)


def test_train_keeps_all_that_a_model_is_built_on(store):
    result = explorer("train", "dbn", *BELOW, "--hidden-units", "8-6", "--lower-epochs", 1, "--epochs", 1)
    assert result.exit_code == 0
    assert f"{run_id(DBN)}: 1 epochs" in result.stdout
    assert store.run(run_id(DBN)).config == DBN
    assert {run.id: run.epochs for run in store} == {
        ID: 2,
        run_id(DBN.parents()["below"]): 1,
        run_id(DBN): 1,
    }
    again = explorer("train", "rbm", *TOY, "--epochs", 2)  # the very run that the DBN has trained
    assert again.exit_code == 0
    assert store.run(ID).status.attempt == 1


def test_flags_reach_the_lowest_model(with_run):
    flags = ["--base-first-hidden-units", 4, "--base-first-epochs", 2, "--base-hidden-units", 5, "--base-epochs", 1]
    result = explorer("train", "fine-tuned-dbn", "--dataset", "bars-and-stripes", *flags, "--epochs", 1)
    assert result.exit_code == 0
    assert sorted(run.kind for run in with_run) == ["dbn", "fine-tuned-dbn", "rbm"]
    assert with_run.run(ID).status.attempt == 1  # it was there
    base = DBNConfig(first=CONFIG, hidden_units=(5,), epochs=1)
    assert with_run.run(run_id(FineTunedDBNConfig(base=base))).epochs == 1


def test_a_switch_of_a_parent_has_two_names(with_run):
    command = ["train", "dbn", *BELOW, "--epochs", 1, "--hidden-units", 5]
    assert explorer(*command, "--first-persistent", "--no-persistent").exit_code == 0
    assert explorer(*command, "--no-first-persistent", "--persistent").exit_code == 0
    seen = {(r.settings["first.persistent"], r.settings["persistent"]) for r in with_run if r.kind == "dbn"}
    assert seen == {(True, False), (False, True)}


def test_the_config_of_a_child_run_is_a_file_of_values(store, tmp_path):
    assert explorer("train", "dbn", *BELOW, "--hidden-units", 5, "--epochs", 1).exit_code == 0
    [child] = [run for run in store if run.kind == "dbn"]
    file = child.paths.config
    assert child.id in explorer("train", "dbn", "--config", file, "--epochs", 1).stdout
    changed = configs_of(KINDS["dbn"], file, {"first__cd_k": "3", "hidden_units": "7-7"})
    assert list(changed) == [
        child.config.model_copy(
            update={"first": child.config.first.model_copy(update={"cd_k": 3}), "hidden_units": (7, 7), "epochs": 100}
        )
    ]
    [moved] = configs_of(KINDS["dbn"], file, {"dataset": "mnist-5k"})
    assert (moved.dataset, moved.first.dataset) == ("mnist-5k", "mnist-5k")
    refused = explorer("train", "rbm", "--config", file)
    assert refused.exit_code == 2
    assert "kind = 'dbn' is not valid" in refused.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--first-cd-k", 0], "first.cd_k = '0' is not valid: a whole number from 1 to 50."),
        (["--first-cd-k", 51], "first.cd_k = '51' is not valid"),
        (["--first-hidden-units", "8-6"], "first.hidden_units = '8-6' is not valid: a whole number from 1 to 1000."),
        (["--hidden-units", "8-"], "hidden_units = '' is not valid: 1 to 3 layers of 4 to 1000 units each"),
        (["--hidden-units", "8-2"], "hidden_units = '8-2' is not valid: 1 to 3 layers"),
        (["--hidden-units", "9-9-9-9"], "hidden_units = '9-9-9-9' is not valid: 1 to 3 layers"),
        (["--hidden-units", "many"], "hidden_units = 'many' is not valid: 1 to 3 layers"),
        (["--first-dataset", "mnist"], "No such option"),
        (["--first", 3], "No such option"),
        (["--dataset", "letters"], "dataset = 'letters' is not valid: one of"),
    ],
)
@pytest.mark.parametrize("command", ["train", "sweep"])
def test_an_invalid_flag_of_a_parent_is_named(command, flags, message, store):
    result = explorer(command, "dbn", *flags)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("is not valid") <= 1
    assert not store.folder.exists()


@pytest.mark.parametrize("tied", [["--tied-start"], ["--tied-start", "--hidden-units", "25-15"]])
def test_flags_that_do_not_fit_together_are_named_with_both_ways_out(tied, store):
    result = explorer("train", "dbn", "--dataset", "bars-and-stripes", *tied)
    assert result.exit_code == 2
    assert "hidden_units = " in result.stderr
    assert "for a tied start; or switch tied_start off" in result.stderr
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"first": {"cd_k": 0}}', "first.cd_k = 0 is not valid: a whole number from 1 to 50"),
        ('{"first.cd_k": 0}', "first.cd_k = 0 is not valid: a whole number from 1 to 50"),
        ('{"first": 5}', "first = 5 is not valid: a mapping, or single values by first.epochs"),
        ('{"hidden_units": [8, 6.5]}', "hidden_units = 6.5 is not valid: 1 to 3 layers"),
        ('{"hidden_units": []}', "hidden_units = () is not valid: 1 to 3 layers"),
        ('{"dataset": "mnist", "first": {"dataset": "kmnist"}}', "first.dataset = 'kmnist' is not valid: 'mnist', as"),
        ('{"colour": {}}', "colour = {} is not valid: dbn has no such field"),
        ('{"first": ' * 700 + "{}" + "}" * 700, "nested no deeper than its models"),
    ],
)
def test_an_invalid_file_of_a_child_is_named(content, message, tmp_path, store):
    file = tmp_path / "values.json"
    file.write_text(content)
    result = explorer("train", "dbn", "--config", file)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not store.folder.exists()


def test_a_sweep_varies_what_a_model_is_built_on():
    given = {"first__cd_k": "1,5", "hidden_units": "8-6,5", "dataset": "bars-and-stripes", "first__seed": None}
    configs = configs_of(KINDS["dbn"], None, given)
    assert [(c.first.cd_k, c.hidden_units) for c in configs] == [(1, (8, 6)), (1, (5,)), (5, (8, 6)), (5, (5,))]
    assert list(configs.values())[2] == "first.cd_k=5 hidden_units=8-6"


def test_a_sweep_of_children_trains_each_parent_once(store):
    varied = ["--first-cd-k", "1,2", "--seed", "0,1", "--hidden-units", "5", "--epochs", "1"]
    command = [sys.executable, "-m", "explorer", "sweep", "dbn", *BELOW, *varied]
    environment = os.environ | {"EXPLORER_THREADS": "1", "EXPLORER_DEVICE": "cpu", "EXPLORER_WORKERS": "2"}
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines() if " dbn-" in line]
    assert [line[:2] for line in lines] == [[f"first.cd_k={k}", f"seed={s}"] for k in (1, 2) for s in (0, 1)]
    assert [line[3] for line in lines] == ["done"] * 4
    parents = [run for run in store if run.kind == "rbm"]
    assert [(run.status.state, run.epochs, run.status.attempt) for run in parents] == [(State.DONE, 2, 1)] * 2
    assert len(list(store)) == 6


def test_what_a_model_is_built_on_and_fails_is_named(store):
    flags = ["--first-learning-rate", 10, "--first-weight-decay", 1, "--first-epochs", 50]
    result = explorer("train", "dbn", "--dataset", "bars-and-stripes", "--first-hidden-units", 4, *flags)
    assert result.exit_code == 1
    assert "The RBM that it is built on, rbm-" in result.stderr
    assert "try a smaller learning rate" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bar_tells_of_the_model_that_is_trained_first(with_run):
    fine = FineTunedDBNConfig(base=DBN.model_copy(update={"hidden_units": (5,)}), epochs=3)
    for config, changes in (
        (CONFIG.model_copy(update={"epochs": 50}), {"epoch": 2, "target": 50, "seconds_per_epoch": 0.25}),
        (fine.base, {"target": 1, "parent": ID}),
        (fine, {"target": 3, "parent": run_id(fine.base)}),
    ):
        run = with_run.request(config)
        status = Status(state=State.RUNNING, heartbeat=time.time(), **changes)
        run.paths.status.write_text(status.model_dump_json())
    watched = watching.Watched(Library.open(), fine, "fine-tuned-dbn")
    assert watched.describe() == f"epoch 0/3  first {ID}: epoch 2/50, 0.25 s/epoch"
    assert not watched.ended()
    with_run.paths(ID).status.write_text("nonsense")  # its worker says so, in time
    watched.look()
    assert watched.describe() == f"epoch 0/3  first {run_id(fine.base)}: epoch 0/1"
    shutil.rmtree(with_run.folder / run_id(fine.base))
    watched.look()
    assert watched.describe() == "epoch 0/3"


def test_a_run_that_is_no_longer_trained_waits_for_nobody(with_run):
    run = with_run.request(DBN)
    status = Status(state=State.RUNNING, heartbeat=0.0, parent=ID)
    run.paths.status.write_text(status.model_dump_json())
    assert "first" not in watching.Watched(Library.open(), DBN, "dbn").describe()


def test_training_tells_of_the_model_that_is_trained_first(store, monkeypatch):
    seen = set()
    look = watching.Watched.look

    def record(self):
        look(self)
        seen.add(self.describe().partition("  ")[2].partition(":")[0])

    monkeypatch.setattr(watching.Watched, "look", record)
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.01)
    flags = ["--first-epochs", 20, "--first-cd-k", 20, "--hidden-units", 5, "--epochs", 1]
    result = explorer("train", "dbn", "--dataset", "bars-and-stripes", "--first-hidden-units", 4, *flags)
    assert result.exit_code == 0
    [parent] = [run.id for run in store if run.kind == "rbm"]
    assert f"first {parent}" in seen


def test_an_interrupted_child_stops_with_its_parent_and_goes_on(store, monkeypatch):
    def interrupt(watched: list[watching.Watched], until: object) -> None:
        parents: list[int] = []
        while not parents:
            parents = [run.epochs for run in store if run.kind == "rbm" and run.epochs >= 1]
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "follow", interrupt)
    command = ["train", "dbn", *BELOW[:-1], 10_000, "--first-cd-k", 50, "--hidden-units", 5, "--epochs", 1]
    asked = time.monotonic()
    result = explorer(*command)
    assert result.exit_code == 130
    assert "goes on from here" in result.stderr
    assert time.monotonic() - asked < watching.STOP_SECONDS
    assert [(run.status.state, run.status.error) for run in store] == [(State.STOPPED, None)] * 2


def test_lists_show_layers_as_flags_take_them(with_run):
    assert explorer("train", "dbn", *BELOW, "--hidden-units", "8-6", "--lower-epochs", 1, "--epochs", 1).exit_code == 0
    listed = explorer("list").stdout
    assert "hidden_units=8-6" in listed
    assert "first.hidden_units=4" in listed
    assert "persistent=false" in listed
    shown = [line.split() for line in explorer("show", run_id(DBN)).stdout.splitlines()]
    assert ["hidden_units", "8-6"] in shown
    assert ["first.cd_k", "1"] in shown
    [facts] = [run for run in json.loads(explorer("list", "--json").stdout) if run["id"] == run_id(DBN)]
    assert (facts["settings"]["hidden_units"], facts["settings"]["first.hidden_units"]) == ([8, 6], 4)


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_names_the_model_that_a_flag_belongs_to(command):
    text = " ".join(explorer(command, "fine-tuned-dbn", "--help").stdout.split())
    for field in hyperparameters(FineTunedDBNConfig):
        assert f"--{field.name.replace('_', '-').replace('.', '-')} " in text
        assert f"{field.full_title}: {field.help} [{field.range}; default: " in text
    assert "RBM: CD-k: " in text
    assert "DBN: CD-k: " in text
    assert "UNITS[-UNITS…]" in text


# list, show, stop, delete


def test_list_says_what_to_do_first():
    assert "train rbm" in explorer("list").stdout


def test_list_shows_own_and_shipped_runs(trained, with_run, tmp_path):
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--seed", 1).exit_code == 0
    shipped = run_id(CONFIG.model_copy(update={"seed": 1}))
    shutil.move(with_run.folder / shipped, tmp_path / "shipped" / shipped)
    result = explorer("list")
    assert [line.split()[:2] for line in result.stdout.splitlines() if line.startswith("rbm-")] == [
        [ID, "done"],
        [shipped, "done,"],
    ]


def test_list_is_readable_for_scripts(with_run):
    [run] = json.loads(explorer("list", "--json").stdout)
    assert (run["id"], run["state"], run["epoch"], run["settings"]["hidden_units"]) == (ID, "done", 2, 4)


def test_a_broken_run_does_not_hide_the_others(with_run):
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--seed", 1).exit_code == 0
    with_run.run(ID).paths.status.write_text("nonsense")
    states = {run["id"]: run["state"] for run in json.loads(explorer("list", "--json").stdout)}
    assert sorted(states.values()) == ["broken", "done"]
    assert "status.json cannot be read" in explorer("list").stdout
    assert explorer("show", ID).exit_code == 1


def test_show_has_settings_and_metrics(with_run):
    result = explorer("show", ID)
    assert result.exit_code == 0
    assert "hidden_units" in result.stdout
    assert "log_likelihood" in result.stdout


def test_show_is_readable_for_scripts(with_run):
    facts = json.loads(explorer("show", ID, "--json").stdout)
    assert facts["snapshots"] == [0, 1, 2]
    assert [row["epoch"] for row in facts["metrics"]] == [0, 1, 2]


def test_a_run_without_metrics_can_be_shown(store):
    store.request(CONFIG)
    assert "queued" in explorer("show", ID).stdout


@pytest.mark.parametrize("command", ["show", "stop", "export", "delete"])
@pytest.mark.parametrize(("id_", "message"), [("../x", "is not a run id"), ("rbm-000000000000", "There is no run")])
def test_a_run_that_is_not_there_is_named(command, id_, message):
    result = explorer(command, id_)
    assert result.exit_code == 1
    assert message in result.stderr


def test_stop_withdraws_what_waits(store):
    store.request(CONFIG)
    assert "was asked to stop" in explorer("stop", ID).stdout
    assert store.run(ID).status.state is State.STOPPED
    assert "is not being trained" in explorer("stop", ID).stdout


def test_delete_removes_a_run(with_run):
    assert explorer("delete", ID).exit_code == 0
    assert list(with_run) == []


def test_a_shipped_run_is_not_deleted(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "shipped")
    result = explorer("delete", ID)
    assert result.exit_code == 1
    assert "shipped run" in result.stderr


# export, import


def test_a_run_is_exported_and_imported(with_run, tmp_path):
    file = tmp_path / "run.zip"
    assert str(file) in explorer("export", ID, "--output", file).stdout
    assert explorer("delete", ID).exit_code == 0
    assert explorer("import", file).stdout == f"{ID}: 2 epochs\n"
    again = explorer("import", file)
    assert again.exit_code == 1
    assert "already there" in again.stderr


def test_an_export_is_named_by_its_run(with_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert explorer("export", ID).exit_code == 0
    assert Path(f"{ID}.zip").is_file()


def test_a_file_that_cannot_be_written_is_named(with_run, tmp_path):
    result = explorer("export", ID, "--output", tmp_path / "nowhere" / "run.zip")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "run.zip").write_text("nonsense")
    result = explorer("import", tmp_path / "run.zip")
    assert result.exit_code == 1
    assert "not a zip file" in result.stderr


# the app


@pytest.fixture
def opened(monkeypatch):
    """What Streamlit was asked to serve, instead of serving it."""
    asked: dict[str, object] = {}
    monkeypatch.setattr(main_run, "callback", lambda **given: asked.update(given))
    return asked


@pytest.mark.parametrize("command", [(), ("open",)])
def test_the_app_opens_without_a_command_too(command, opened):
    assert explorer(*command).exit_code == 0
    assert opened["target"] == str(APP / "Home.py")
    assert Path(str(opened["target"])).is_file()
    assert opened["server_port"] is None


def test_options_without_a_command_are_the_apps_and_streamlits(opened):
    assert explorer("--port", 8502, "--server.headless", "true").exit_code == 0
    assert (opened["server_port"], opened["server_headless"]) == (8502, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", 0], "not in the range"),
        (["--server.prot", 8502], "--server.port"),
        (["--prot", 8502], "Did you mean '--port'?"),
        (["open", "Other.py"], "unexpected extra argument (Other.py)"),
        (["opne"], "No such command"),
    ],
)
def test_the_app_does_not_open_on_what_nobody_understands(arguments, message, opened):
    result = explorer(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not opened


def test_the_version_is_told():
    assert explorer("--version").stdout == f"generative-explorer {__version__}\n"
    own = subprocess.run([sys.executable, "-m", "explorer", "--version"], capture_output=True, text=True, check=True)
    assert own.stdout == f"generative-explorer {__version__}\n"


def test_an_empty_list_says_how_to_begin():
    assert "generative-explorer train rbm --epochs 5" in explorer("list").stdout


# help


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_tells_of_every_hyperparameter(command):
    text = " ".join(explorer(command, "rbm", "--help").stdout.split())
    for field in hyperparameters(RBMConfig):
        assert f"--{field.name.replace('_', '-')} " in text
        assert f"{field.title}: {field.help} [{field.range}; default: " in text


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["list"], ["delete", ID]])
def test_torch_is_loaded_only_where_it_is_needed(arguments, with_run):
    code = (
        "import sys; from explorer.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "sys.exit('torch' in sys.modules or 'distributed' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=60, capture_output=True)
