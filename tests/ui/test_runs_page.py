"""The page of all runs."""

from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_run
from explorer.runs.status import State, Status, read_request, write_status
from tests.ui.conftest import SMALL


def select(test, *rows):
    test.session_state["runs table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return test.run()


def press(test, label):
    return next(button for button in test.button if button.label == label).click().run()


def table(test):
    return test.dataframe[0].value


def test_all_runs_are_listed_with_state_and_place(page, library):
    test = page("pages/runs.py")
    assert not test.exception
    assert list(table(test)["state"]) == ["✓ done"] * 3
    assert set(table(test)["place"]) == {"shipped"}
    assert "CD-k 2" in " ".join(table(test)["settings"])


def test_an_empty_library_says_what_to_do(page, nothing_trained):
    test = page("pages/runs.py")
    assert any("There are no runs yet" in element.value for element in test.info)


def test_a_broken_run_is_named_beside_the_others(page, inline, library):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 4}))
    run.paths.config.write_text("{")
    test = page("pages/runs.py")
    assert any(run.id in element.value for element in test.warning)
    assert "✗ broken" in list(table(test)["state"])
    assert len(table(test)) == 4


def test_a_stopped_run_is_continued(page, inline, library):
    run = library.request(RBMConfig(**SMALL | {"seed": 4, "epochs": 2}))
    request = read_request(run.paths)
    write_status(run.paths, Status(state=State.STOPPED, target=2, settled=request.submitted))
    test = page("pages/runs.py")
    row = list(table(test)["id"]).index(run.id)
    press(select(test, row), "Continue")
    assert run.epochs == 2


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
    test.file_uploader(key="runs import").upload(f"{run.id}.zip", archive, "application/zip").run()
    press(test, "Import")
    assert run.id in library.own
    assert any("Imported" in element.value for element in test.success)


def test_a_file_that_is_no_export_is_refused(page, library):
    test = page("pages/runs.py")
    test.file_uploader(key="runs import").upload("x.zip", b"PK no", "application/zip").run()
    press(test, "Import")
    assert test.error
    assert not test.exception
    assert not library.own.folder.exists() or not any(library.own.folder.iterdir())
