import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from explorer.cli import main, training, watching
from explorer.cli.flags import configs_of
from explorer.errors import ConfigError
from explorer.models.config import hyperparameters
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State, Status
from explorer.runs.store import Store
from explorer.settings import settings

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


# help


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_tells_of_every_hyperparameter(command):
    text = " ".join(explorer(command, "rbm", "--help").stdout.split())
    for field in hyperparameters(RBMConfig):
        assert f"--{field.name.replace('_', '-')} " in text
        assert f"{field.title}: {field.help} [{field.range}; default: " in text


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["list"], ["show", ID], ["delete", ID]])
def test_torch_is_loaded_only_where_it_is_needed(arguments, with_run):
    code = (
        "import sys; from explorer.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "sys.exit('torch' in sys.modules or 'distributed' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=60, capture_output=True)
