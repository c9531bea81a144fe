"""The commands that list, show, stop, delete, export and import runs, and their help."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.models.config import hyperparameters
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.status import State
from explorer.settings import settings
from tests.cli.commands import CONFIG, ID, TOY, explorer

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


def test_list_names_what_it_leaves_out_as_most_frequent_not_as_defaults(with_run):
    last = explorer("list").stdout.splitlines()[-1]
    assert last.startswith("Most frequent of rbm, and not repeated above: ")
    assert "hidden_units=4" in last  # by default 100


def test_list_is_readable_for_scripts(with_run):
    [run] = json.loads(explorer("list", "--json").stdout)
    assert (run["id"], run["state"], run["epoch"], run["settings"]["hidden_units"]) == (ID, "done", 2, 4)


def test_a_broken_run_does_not_hide_the_others(with_run):
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--seed", 1).exit_code == 0
    with_run.run(ID).paths.config.write_text("nonsense")
    states = {run["id"]: run["state"] for run in json.loads(explorer("list", "--json").stdout)}
    assert sorted(states.values()) == ["broken", "done"]
    assert "config.json cannot be read" in explorer("list").stdout
    assert explorer("show", ID).exit_code == 1


def test_what_a_damaged_run_has_lost_is_shown(with_run):
    paths = with_run.run(ID).paths
    paths.status.write_text("nonsense")
    paths.metrics.write_bytes(paths.metrics.read_bytes()[:-5])
    shown = " ".join(explorer("show", ID).stdout.split())
    assert "interrupted" in shown
    assert "status.json is damaged: times are lost." in shown
    assert "metrics.jsonl is damaged, and some of its figures are lost (line 3: " in shown
    assert explorer("train", "rbm", *TOY, "--epochs", 3).exit_code == 0
    shown = " ".join(explorer("show", ID).stdout.split())
    assert "is damaged" not in shown
    assert "done" in shown


def test_show_has_settings_and_metrics(with_run):
    result = explorer("show", ID)
    assert result.exit_code == 0
    assert "hidden_units" in result.stdout
    assert "pseudo_likelihood" in result.stdout


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


# name


def test_a_run_is_named_and_the_name_is_shown(with_run):
    assert "name" not in explorer("list").stdout.splitlines()[0]
    assert explorer("name", ID, "the one for Monday").stdout == f"{ID} is called the one for Monday.\n"
    head, _, line = explorer("list").stdout.splitlines()[:3]
    assert head.split()[:2] == ["run", "name"]
    assert line.split()[:6] == [ID, "the", "one", "for", "Monday", "done"]
    assert "the one for Monday" in explorer("show", ID).stdout
    assert json.loads(explorer("list", "--json").stdout)[0]["name"] == "the one for Monday"
    assert json.loads(explorer("show", ID, "--json").stdout)["name"] == "the one for Monday"
    assert explorer("name", ID, "").stdout == f"{ID} has no name.\n"
    assert "Monday" not in explorer("list").stdout + explorer("show", ID).stdout


def test_what_cannot_be_a_name_is_said(with_run):
    result = explorer("name", ID, "x" * 81)
    assert result.exit_code == 1
    assert "it has 81 letters, of 80 at most" in result.stderr


def test_a_shipped_run_is_not_named(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "shipped")
    result = explorer("name", ID, "mine")
    assert result.exit_code == 1
    assert "shipped run" in result.stderr


# mark


def test_a_run_is_marked_and_the_marks_are_shown(with_run):
    assert explorer("mark", ID).stdout == f"{ID}: no star, no tags\n"
    assert "marks" not in explorer("list").stdout.splitlines()[0]
    note = "Sharp digits.\nLook at 7."
    marked = explorer("mark", ID, "--star", "--tag", "exam", "--tag", "for Monday", "--note", note)
    assert marked.stdout == f"{ID}: ★ exam, for Monday\n{note}\n" == explorer("mark", ID).stdout
    head, _, line = explorer("list").stdout.splitlines()[:3]
    assert head.split()[:2] == ["run", "marks"]
    assert line.split()[:6] == [ID, "★", "exam,", "for", "Monday", "done"]
    shown = explorer("show", ID).stdout
    assert all(words in shown for words in ("★", "exam, for Monday", "Sharp digits.", "Look at 7."))
    for found in (json.loads(explorer("list", "--json").stdout)[0], json.loads(explorer("show", ID, "--json").stdout)):
        assert (found["star"], found["tags"], found["note"]) == (True, ["exam", "for Monday"], note)
    assert explorer("mark", ID, "--no-star", "--untag", "exam", "--note", "").stdout == f"{ID}: for Monday\n"
    assert explorer("mark", ID, "--untag", "for Monday").stdout == f"{ID}: no star, no tags\n"
    assert "marks" not in explorer("list").stdout.splitlines()[0]


def test_several_runs_are_marked_at_once_and_listed_by_marks(with_run):
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--seed", 1).exit_code == 0
    other = next(run.id for run in with_run if run.id != ID)
    assert explorer("mark", ID, other, "--tag", "exam").stdout == f"{ID}: exam\n{other}: exam\n"
    explorer("mark", other, "--star", "--tag", "b")

    def listed(*arguments):
        return {run["id"] for run in json.loads(explorer("list", *arguments, "--json").stdout)}

    assert listed() == listed("--tag", "exam") == {ID, other}
    assert listed("--starred") == listed("--tag", "b") == listed("--tag", "exam", "--tag", "b") == {other}
    assert listed("--tag", "exa") == listed("--starred", "--tag", "c") == set()
    assert explorer("list", "--tag", "c").stdout == "No run is marked so.\n"


def test_a_shipped_run_is_marked_in_the_users_store(trained, store, tmp_path):
    shutil.copytree(trained, tmp_path / "shipped")
    assert explorer("mark", ID, "--star").exit_code == 0
    assert store.marks.of(ID).star
    assert explorer("list", "--starred").stdout.splitlines()[2].split()[:2] == [ID, "★"]


def test_what_cannot_be_a_mark_is_said(with_run):
    result = explorer("mark", ID, "--tag", "a,b")
    assert result.exit_code == 1
    assert "'a,b' cannot be a tag: 1 to 30 letters that can be shown, without commas." in result.stderr
    assert "There is no run" in explorer("mark", "rbm-000000000000", "--star").stderr
    assert "Missing argument" in explorer("mark").stderr


def test_damaged_marks_are_named_and_hide_nothing(with_run):
    with_run.marks.folder.mkdir()
    with_run.marks.path(ID).write_text("nonsense")
    for command in (["list"], ["show", ID]):
        result = explorer(*command)
        assert result.exit_code == 0
        assert ID in result.stdout
        assert f"{ID}.json cannot be read" in result.stderr
    assert explorer("mark", ID, "--star").exit_code == 1


# export, import


def test_a_run_is_exported_and_imported(with_run, tmp_path):
    file = tmp_path / "run.zip"
    assert str(file) in explorer("export", ID, "--output", file).stdout
    assert explorer("delete", ID).exit_code == 0
    assert explorer("import", file).stdout == f"{ID}: 2 epochs\n"
    again = explorer("import", file)
    assert again.exit_code == 1
    assert "already there" in again.stderr


def test_several_runs_are_exported_and_imported(with_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert explorer("train", "rbm", *TOY, "--epochs", 1, "--seed", 1).exit_code == 0
    other = next(run.id for run in with_run if run.id != ID)
    assert explorer("export", ID, other, ID).stdout.startswith("runs.zip: ")
    assert explorer("delete", ID).exit_code == 0
    result = explorer("import", "runs.zip")
    assert (result.exit_code, result.stdout) == (1, f"{ID}: 2 epochs\n")
    assert f"{other}: The archive is not imported: the run {other} is already there" in result.stderr
    assert {run.id for run in with_run} == {ID, other}


def test_what_is_larger_than_an_import_may_be_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_IMPORT_MB", "1")
    settings.cache_clear()
    file = tmp_path / "run.zip"
    with file.open("wb") as content:
        content.truncate(10**12)  # more than there is memory
    result = explorer("import", file)
    assert result.exit_code == 1
    assert "1,000,000.0 MB: at most 1 MB (EXPLORER_IMPORT_MB). It is not imported." in result.stderr


def test_a_full_store_takes_nothing_and_says_so(with_run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_STORE_MB", "1")
    settings.cache_clear()
    file = tmp_path / "run.zip"
    explorer("export", ID, "--output", file)
    (with_run.paths(ID).folder / "large").write_bytes(bytes(2_000_000))
    kept = sorted(path for path in with_run.folder.rglob("*") if path.is_file())
    with_run.paths(ID).folder.rename(with_run.paths(ID[:-1] + "0").folder)
    for command in (["import", file], ["train", "rbm", *TOY, "--seed", "1"], ["sweep", "rbm", *TOY, "--seed", "1,2"]):
        result = explorer(*command)
        assert result.exit_code == 1
        assert "2 MB of runs: at most 1 MB (EXPLORER_STORE_MB). Delete some, or allow more." in result.stderr
    assert len(kept) == len([path for path in with_run.folder.rglob("*") if path.is_file()])


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
        assert f"{field.title}: {field.help} [{field.values.range}; default: " in text


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["list"], ["delete", ID]])
def test_torch_is_loaded_only_where_it_is_needed(arguments, with_run):
    code = (
        "import sys; from explorer.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "sys.exit('torch' in sys.modules or 'distributed' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=180, capture_output=True)
