"""The page of all runs."""

import json
import os
from pathlib import Path

import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_run
from explorer.runs.status import State, Status, read_request, write_status
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.ui import run_table
from explorer.ui.shelf import services
from tests.pages import button, press, select, select_run, table, texts
from tests.ui.listed import add_run, errors, selected
from tests.ui.rbms import SMALL


def test_all_runs_are_listed_with_state_and_place(page, library):
    test = page("pages/runs.py")
    assert not test.exception
    assert list(table(test)["state"]) == ["✓ done"] * 3
    assert set(table(test)["place"]) == {"shipped"}
    assert "CD-k 2" in " ".join(table(test)["settings"])


def test_an_empty_library_says_what_to_do(page, nothing_trained):
    test = page("pages/runs.py")
    assert any("There are no runs yet" in element.value for element in test.info)


def test_own_runs_come_first_the_newest_at_the_top_whatever_their_state(page, library):
    old, middle, new = (add_run(library, seed, begun=1e9 + seed) for seed in (4, 5, 6))
    expected = [new.id, middle.id, old.id, *sorted(run.id for run in library.shipped)]
    assert list(table(page("pages/runs.py"))["id"]) == expected
    write_status(old.paths, Status(state=State.RUNNING, epoch=2, target=3))
    run_table.forget_table()
    assert list(table(page("pages/runs.py"))["id"]) == expected


def test_a_run_added_elsewhere_does_not_come_under_the_delete_button(page, library):
    chosen = add_run(library, 4, begun=1e9)
    test = select_run(page("pages/runs.py"), chosen)
    added = add_run(library, 5, begun=2e9)  # takes the chosen run's row
    press(test, "Yes, delete")
    assert chosen.id not in library
    assert added.id in library
    assert len(table(test)) == 4
    assert selected(test) == ""


def test_the_selection_follows_the_run_when_rows_move(page, library):
    chosen, other = add_run(library, 4, begun=1e9), add_run(library, 5, begun=0.5e9)
    test = select_run(page("pages/runs.py"), chosen)
    assert list(table(test)["id"]).index(chosen.id) == 0
    added = add_run(library, 6, begun=2e9)
    test.run()
    assert list(table(test)["id"]).index(chosen.id) == 1
    assert selected(test) == f"Selected: `{chosen.id}` (RBM, Seed 4, Hidden units 9, mnist-5k)"
    library.own.delete(added.id)
    run_table.forget_table()
    test.run()
    assert selected(test) == f"Selected: `{chosen.id}` (RBM, Seed 4, Hidden units 9, mnist-5k)"
    press(test, "Yes, delete")
    assert chosen.id not in library
    assert other.id in library


def test_a_run_deleted_elsewhere_is_no_longer_selected_and_nor_is_the_next(page, library):
    chosen = add_run(library, 4, begun=2e9)
    add_run(library, 5, begun=1e9)
    test = select_run(page("pages/runs.py"), chosen)
    library.own.delete(chosen.id)
    run_table.forget_table()
    test.run()
    assert selected(test) == ""
    assert button(test, "Yes, delete").disabled


def test_a_selection_is_not_kept_for_the_next_visit(page, library):
    chosen = add_run(library, 4)
    test = select_run(page("pages/runs.py"), chosen)
    test.switch_page("Home.py").run()
    test.switch_page("pages/runs.py").run()
    assert selected(test) == ""


def test_a_run_that_is_trained_again_in_the_meantime_is_not_deleted(page, library):
    run = add_run(library, 4)
    test = select_run(page("pages/runs.py"), run)
    write_status(run.paths, Status(state=State.RUNNING, epoch=1, target=3))
    press(test, "Yes, delete")
    assert run.id in library
    assert "its state has changed" in errors(test)
    test.run()
    assert "its state has changed" in errors(test)  # not gone with the next poll


def test_a_late_click_acts_on_the_runs_that_were_named(page, library):
    named, later = add_run(library, 4, begun=2e9), add_run(library, 5, begun=1e9, state=State.STOPPED)
    write_status(later.paths, Status(state=State.RUNNING, epoch=1, target=3))
    run_table.forget_table()
    test = select(page("pages/runs.py"), 0, 1)
    question = button(test, "Yes, delete")
    write_status(later.paths, Status(state=State.DONE, epoch=3, target=3))
    run_table.forget_table()
    test.run()  # by now both could be deleted, and the browser has not shown that yet
    states = test._tree.get_widget_states()
    states.widgets.add(id=question.id, trigger_value=True)
    test._run(states)
    assert named.id not in library
    assert later.id in library


def test_a_run_is_opened_on_its_page(page, library):
    run = add_run(library, 4)
    test = select_run(page("pages/runs.py"), run)
    press(test, "Open")
    assert not test.exception
    assert test.query_params["seed"] == "4"
    assert test.title[0].value == "Restricted Boltzmann machine"


def spoil(run, **config):
    written = json.loads(run.paths.config.read_text())
    run.paths.config.write_text(json.dumps(written | {"config": written["config"] | config.pop("config", {})} | config))


BREAK = {
    "half a config": (lambda run: run.paths.config.write_text("{"), "config.json"),
    "a config of no bytes of text": (lambda run: run.paths.config.write_bytes(b"\xff\x00"), "config.json"),
    "a config that is a list": (lambda run: run.paths.config.write_text("[1]"), "config.json"),
    "an unknown kind": (lambda run: spoil(run, kind="quantum"), "quantum"),
    "an unknown data set": (lambda run: spoil(run, config={"dataset": "cats"}), "cats"),
    "a data set that is no name": (lambda run: spoil(run, config={"dataset": ["mnist"]}), "dataset"),
    "a hyperparameter out of range": (lambda run: spoil(run, config={"cd_k": -1}), "cd_k"),
    "an unknown hyperparameter": (lambda run: spoil(run, config={"warmth": 3}), "warmth"),
}


@pytest.mark.parametrize("how", BREAK)
def test_a_broken_run_is_named_with_its_reason_and_can_be_deleted(page, library, how):
    run = add_run(library, 4)
    damage, named = BREAK[how]
    damage(run)
    test = page("pages/runs.py")
    assert not test.exception
    assert len(table(test)) == 4
    assert any(run.id in element.value and named in element.value for element in test.warning)
    row = table(test).set_index("id").loc[run.id]
    assert row["state"] == "✗ broken"
    assert named in row["settings"]
    assert row["model"] == "RBM"
    test = select_run(test, run)
    assert button(test, "Open").disabled
    assert button(test, "Continue").disabled
    press(test, "Yes, delete")
    assert not test.exception
    assert run.id not in library
    assert len(table(test)) == 3


def test_of_many_broken_runs_some_are_named(page, library):
    for seed in range(8):
        add_run(library, seed + 10).paths.config.write_text("{")
    test = page("pages/runs.py")
    (warning,) = test.warning
    assert warning.value.startswith("8 runs cannot be read")
    assert "and 3 more" in warning.value
    assert list(table(test)["state"]).count("✗ broken") == 8


def test_a_kind_is_known_by_its_whole_name(page, library):
    own = library.own.folder / "rbm-deep-0123456789ab"
    own.mkdir(parents=True)
    (own / "config.json").write_text(json.dumps({"kind": "rbm-deep", "config": {}}))
    models = table(page("pages/runs.py")).set_index("id")["model"]
    assert models[own.name] == "rbm-deep"
    assert models[sorted(run.id for run in library.shipped)[0]] == "RBM"


@pytest.mark.parametrize("below", ["", "runs"])
def test_a_store_that_is_a_file_does_not_hide_the_shipped_runs(page, library, monkeypatch, tmp_path, below):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "file" / below))
    settings.cache_clear()
    services._library.clear()
    test = page("pages/runs.py")
    assert not test.exception
    assert "cannot be listed: Not a directory. " in errors(test)
    assert "EXPLORER_STORE" in errors(test)
    assert len(table(test)) == 3


def test_a_store_that_may_not_be_read_does_not_hide_the_shipped_runs(page, library, monkeypatch):
    library.own.folder.mkdir()
    listed = os.scandir

    def forbidden(folder):
        if Path(folder) == library.own.folder:
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", forbidden)  # the user of a test may be allowed everything
    test = page("pages/runs.py")
    assert not test.exception
    assert "cannot be listed: Permission denied. " in errors(test)
    assert len(table(test)) == 3


def test_without_a_run_an_unreadable_store_is_not_taken_for_an_empty_one(page, nothing_trained, monkeypatch):
    def forbidden(store):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Store, "__iter__", forbidden)
    test = page("pages/runs.py")
    assert "Permission denied" in errors(test)
    assert not test.info


def test_a_stopped_run_is_continued(page, inline, library):
    run = library.request(RBMConfig(**SMALL | {"seed": 4, "epochs": 2}))
    request = read_request(run.paths)
    write_status(run.paths, Status(state=State.STOPPED, target=2, settled=request.submitted))
    test = page("pages/runs.py")
    row = list(table(test)["id"]).index(run.id)
    press(select(test, row), "Continue")
    assert run.epochs == 2


def test_a_run_of_another_version_is_not_begun_anew(page, inline, library, monkeypatch):
    run = add_run(library, 4, state=State.STOPPED)
    monkeypatch.setattr(RBMConfig, "algorithm", RBMConfig.algorithm + 1)
    before = {run.id for run in library}
    test = page("pages/runs.py")
    assert "by another version" in table(test).set_index("id").loc[run.id, "settings"]
    press(select_run(test, run), "Continue")
    assert run.id in errors(test)
    assert "another version of the explorer" in errors(test)
    assert {run.id for run in library} == before
    assert run.status.state is State.STOPPED


def test_a_run_in_training_is_asked_to_stop(page, library):
    run = library.request(RBMConfig(**SMALL | {"seed": 4}))
    write_status(run.paths, Status(state=State.RUNNING, epoch=1, target=3))
    test = page("pages/runs.py")
    press(select(test, list(table(test)["id"]).index(run.id)), "Stop")
    assert run.paths.stop.exists()


def test_only_own_runs_are_deleted(page, inline, library):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 4}))
    test = page("pages/runs.py")
    select(test, *range(4))
    press(test, "Yes, delete")
    assert run.id not in library
    assert len(list(library)) == 3


def test_an_exported_run_can_be_imported_again(page, inline, library):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 4}))
    archive = export_run(run)
    library.own.delete(run.id)
    test = page("pages/runs.py")
    test.file_uploader(key="runs import 0").upload(f"{run.id}.zip", archive, "application/zip").run()
    press(test, "Import")
    assert run.id in library.own
    assert any("Imported" in element.value for element in test.success)


def test_a_file_that_is_no_export_is_refused(page, library):
    test = page("pages/runs.py")
    test.file_uploader(key="runs import 0").upload("x.zip", b"PK no", "application/zip").run()
    press(test, "Import")
    assert test.error
    assert not test.exception
    assert not library.own.folder.exists() or not any(library.own.folder.iterdir())


def test_the_room_is_told_and_what_began_by_itself_can_go(page, library):
    for seed, automatic in ((11, False), (12, True), (13, True)):
        run = library.own.request(RBMConfig(**SMALL | {"seed": seed}), automatic=automatic)
        library.own.request_stop(run.id)
        os.utime(run.paths.config, (0, 0))
    test = page("pages/runs.py")
    assert [place for place in test.dataframe[0].value["place"] if place != "shipped"] == [
        "own",
        "by itself",
        "by itself",
    ]
    assert "there are 2 of them" in texts(test)
    test = press(test, "Delete those that began by themselves")
    assert [place for place in test.dataframe[0].value["place"] if place != "shipped"] == ["own"]
    assert "there are none of them" in texts(test)
    assert button(test, "Delete those that began by themselves").disabled
