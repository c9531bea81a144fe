"""The command that trains all combinations of values."""

import contextlib
import os
import subprocess
import sys

import pytest

from explorer.cli import training, watching
from explorer.cli.flags import study_of
from explorer.errors import ConfigError
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.library import Library
from explorer.runs.status import State, Status
from explorer.settings import settings
from tests.cli.commands import CONFIG, TOY, explorer


def test_a_sweep_takes_all_combinations():
    given = {"cd_k": "1,5", "persistent": "true, false", "seed": "3", "binarize": None}
    study = study_of(KINDS["rbm"], None, given)
    assert [(c.cd_k, c.persistent, c.seed) for c in (entry.config for entry in study.entries)] == [
        (1, True, 3),
        (1, False, 3),
        (5, True, 3),
        (5, False, 3),
    ]
    assert study.label(study.entries[1]) == "cd_k=1 persistent=false"


def test_equal_combinations_are_one():
    assert len(study_of(KINDS["rbm"], None, {"learning_rate": "0.1,0.10,1e-1"}).entries) == 1


def test_one_invalid_combination_refuses_the_sweep():
    with pytest.raises(ConfigError, match="cd_k = '99'"):
        study_of(KINDS["rbm"], None, {"cd_k": "1,99"})


def test_a_combination_that_does_not_fit_together_refuses_the_sweep():
    with pytest.raises(ConfigError, match="Gaussian"):
        study_of(KINDS["vae"], None, {"binarize": "none,sample", "decoder": "gaussian"})


def test_a_sweep_of_trained_runs_starts_no_workers(with_run, monkeypatch):
    monkeypatch.setattr(training, "_train_on_workers", lambda *_: pytest.fail("trained again"))
    result = explorer("sweep", "rbm", *TOY, "--epochs", "1,2")
    assert result.exit_code == 0
    assert "epochs=1" in result.stdout
    assert "2 of 2" in result.stdout


@pytest.mark.workers
def test_a_sweep_trains_on_workers_and_reports_what_failed(store):
    command = [sys.executable, "-m", "explorer", "sweep", "rbm", *TOY]
    values = ["--learning-rate", "0.1,10", "--weight-decay", "0,1", "--epochs", "3"]
    environment = os.environ | {"EXPLORER_THREADS": "1", "EXPLORER_DEVICE": "cpu", "EXPLORER_WORKERS": "1"}
    result = subprocess.run(command + values, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert result.returncode == 1
    lines = [line for line in result.stdout.splitlines() if "rbm-" in line]
    assert [line.split()[3] for line in lines] == ["done", "done", "done", "failed"]
    assert "infinite" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(run.status.state for run in store) == [State.DONE] * 3 + [State.FAILED]


@pytest.mark.parametrize(
    ("setting", "most", "said"),
    [
        ("queue", 2, "3 trainings that wait: at most 2 (EXPLORER_QUEUE)."),
        ("epochs", 1, "2 epochs: at most 1 (EXPLORER_EPOCHS)."),
        ("parameters", 50, "A model with 84 parameters: at most 50 (EXPLORER_PARAMETERS)."),
    ],
)
def test_a_sweep_beyond_a_limit_begins_nothing(setting, most, said, store, monkeypatch):
    monkeypatch.setattr(training, "_workers", lambda _: pytest.fail("began"))
    monkeypatch.setenv(f"EXPLORER_{setting.upper()}", str(most))
    settings.cache_clear()
    result = explorer("sweep", "rbm", *TOY, "--seed", "0,1,2", "--epochs", "2")
    assert result.exit_code == 1
    assert said in result.stderr
    assert not store.folder.exists()


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
    monkeypatch.setattr("explorer.engine.dask.cluster.CONNECT_SECONDS", 0.2)
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
