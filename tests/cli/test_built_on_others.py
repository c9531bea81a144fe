"""Commands for models that are built on others."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from explorer.cli import training, watching
from explorer.cli.flags import study_of
from explorer.models.config import hyperparameters
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State, Status
from tests.cli.commands import BELOW, CONFIG, DBN, ID, TOY, explorer


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
    changed = study_of(KINDS["dbn"], file, {"first__cd_k": "3", "hidden_units": "7-7"})
    assert [entry.config for entry in changed.entries] == [
        child.config.model_copy(
            update={"first": child.config.first.model_copy(update={"cd_k": 3}), "hidden_units": (7, 7), "epochs": 100}
        )
    ]
    moved = study_of(KINDS["dbn"], file, {"dataset": "mnist-5k"}).entries[0].config
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
        (["--hidden-units", "8-"], "is not valid: 1 to 3 layers of 4 to 1000 units each"),
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
    study = study_of(KINDS["dbn"], None, given)
    configs = [entry.config for entry in study.entries]
    assert [(c.first.cd_k, c.hidden_units) for c in configs] == [(1, (8, 6)), (1, (5,)), (5, (8, 6)), (5, (5,))]
    assert study.label(study.entries[2]) == "first.cd_k=5 hidden_units=8-6"


@pytest.mark.workers
def test_a_sweep_of_children_trains_each_parent_once(store):
    varied = ["--first-cd-k", "1,2", "--seed", "0,1", "--hidden-units", "5", "--epochs", "1"]
    command = [sys.executable, "-m", "explorer", "sweep", "dbn", *BELOW, *varied]
    environment = os.environ | {"EXPLORER_THREADS": "1", "EXPLORER_DEVICE": "cpu", "EXPLORER_WORKERS": "2"}
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
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
    with_run.paths(ID).status.write_text("nonsense")  # what it has is known from its snapshots
    watched.look()
    assert watched.describe() == f"epoch 0/3  first {ID}: epoch 2/50"
    shutil.rmtree(with_run.folder / run_id(fine.base))
    watched.look()
    assert watched.describe() == "epoch 0/3"


@pytest.mark.parametrize("of_itself", [True, False])
def test_runs_that_wait_for_each_other_do_not_hold_up_the_command(with_run, of_itself):
    waits_for = {run_id(DBN): run_id(DBN) if of_itself else ID, ID: run_id(DBN)}
    for config in (DBN, CONFIG.model_copy(update={"epochs": 50})):
        paths = with_run.request(config).paths
        status = Status(state=State.RUNNING, heartbeat=time.time(), parent=waits_for[run_id(config)])
        paths.status.write_text(status.model_dump_json())
    assert watching.Watched(Library.open(), DBN, "dbn").describe().startswith("epoch 0/1")


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
        assert f"{field.full_title}: {field.help} [{field.values.range}; default: " in text
    assert "RBM: CD-k: " in text
    assert "DBN: CD-k: " in text
    assert "UNITS[-UNITS…]" in text
