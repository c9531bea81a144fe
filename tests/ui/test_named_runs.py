"""The page of all runs: names of one's own, search, what waits, and commands to copy."""

import shlex
import subprocess

import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, Status, read_request, write_status
from explorer.settings import settings
from explorer.ui import progress, run_table, wording
from explorer.ui.shelf import services
from tests.pages import press, select_run, table, texts
from tests.ui.listed import add_run, errors, selected
from tests.ui.rbms import SMALL

NAME = "the **best** [one](x) 😀"


def find(test, words):
    return test.text_input(key="runs query").set_value(words).run()


def call(test, name):
    next(field for field in test.text_input if field.label == "What you call it").set_value(name)
    return press(test, "Keep")


def columns(test):
    return list(test.dataframe[0].proto.column_order)


def test_a_run_is_named_and_the_name_is_shown_as_it_is(page, library):
    run = add_run(library, 4)
    test = page("pages/runs.py")
    assert "name" not in columns(test)
    test = call(select_run(test, run), NAME)
    assert not test.exception
    assert run.name == NAME
    assert table(test).set_index("id").loc[run.id, "name"] == NAME
    assert columns(test)[:2] == ["state", "name"]
    assert selected(test).startswith(rf"Selected: **the \*\*best\*\* \[one\](x) 😀** `{run.id}`")
    test = call(test, " ")
    assert run.name == ""
    assert "name" not in columns(test)


def test_what_cannot_be_a_name_is_said(page, library):
    run = add_run(library, 4)
    test = call(select_run(page("pages/runs.py"), run), "a\u202eb")
    assert "it has letters that cannot be shown" in errors(test)
    assert run.name == ""


def test_a_shipped_run_is_not_named(page, library):
    shipped = next(iter(library.shipped))
    test = select_run(page("pages/runs.py"), shipped)
    assert not any(field.label == "What you call it" for field in test.text_input)


def test_the_page_of_a_model_has_the_name(page, library, inline):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 4}))
    library.own.give_name(run.id, NAME)
    test = select_run(page("pages/runs.py"), run)
    assert r"**the \*\*best\*\* \[one\](x) 😀**" in texts(press(test, "Open"))


def test_runs_are_found_by_name_kind_and_settings(page, library):
    runs = [add_run(library, seed) for seed in (4, 5, 55)]
    run_of = {run.id: seed for run, seed in zip(runs, (4, 5, 55), strict=True)}
    library.own.give_name(runs[0].id, "Monday")
    test = page("pages/runs.py")
    for words, seeds in (("monday", [4]), ("seed 5", [5]), ("rbm seed=55", [55]), (runs[1].id[4:9], [5])):
        assert [run_of[id_] for id_ in table(find(test, words))["id"]] == seeds
    test = find(test, "no such words")
    assert not test.dataframe
    assert any("No run is as you ask for" in element.value for element in test.info)
    assert len(table(find(test, " "))) == 6


def test_a_selected_run_that_is_found_stays_selected(page, library):
    chosen, other = add_run(library, 4), add_run(library, 5)
    test = find(select_run(page("pages/runs.py"), chosen), "seed 4")
    assert chosen.id in selected(test)
    test = find(test, "seed 5")
    assert selected(test) == ""
    assert list(table(test)["id"]) == [other.id]


def test_rows_have_room_for_long_settings_only_where_there_are_some(page, library):
    short = add_run(library, 4)
    long = library.request(
        RBMConfig(**SMALL | {"cd_k": 10, "momentum": 0.5, "weight_decay": 0.001, "persistent": True})
    )
    run_table.forget_table()
    test = page("pages/runs.py")
    heights = {words: find(test, words).dataframe[0].proto.row_height for words in (short.id, long.id)}
    assert heights == {short.id: 35, long.id: 66}


@pytest.mark.parametrize(("waiting", "lines"), [(3, 3), (4, 1), (10, 1)])
def test_many_runs_that_wait_are_one_line(page, library, waiting, lines):
    runs = [library.request(RBMConfig(**SMALL | {"seed": seed})) for seed in range(4, 4 + waiting)]
    trained = runs[0]
    write_status(trained.paths, Status(state=State.RUNNING, target=3, settled=read_request(trained.paths).submitted))
    waits = library.request(RBMConfig(**SMALL | {"seed": 99}))
    library.own.give_name(waits.id, "the last")
    run_table.forget_table()
    progress.queue.cache_clear()
    test = page("pages/runs.py")
    said = [caption.value for caption in test.caption if "Waiting for a worker" in caption.value]
    assert len(said) == lines
    assert sum(text.count("Waiting") for text in said) == waiting
    place = f"number {waiting} of {waiting} in the queue"
    assert said[-1].endswith(f"**the last** `{waits.id}` · Waiting for a worker: {place}")
    folds = [fold.label for fold in test.expander if "wait for a worker" in fold.label]
    assert folds == ([] if waiting == lines else [f"{waiting} runs wait for a worker"])


def test_the_command_for_tensorboard_works_whatever_the_folder_is_called(page, library, monkeypatch, tmp_path):
    folder = tmp_path / "Application Support" / "it's $HOME"
    monkeypatch.setenv("EXPLORER_STORE", str(folder))
    settings.cache_clear()
    services._library.clear()
    (command,) = [code.value for code in page("pages/runs.py").code]
    assert shlex.split(command) == ["tensorboard", "--logdir", str(folder)]
    said = subprocess.run(["/bin/sh", "-c", f"printf '%s|' {command}"], capture_output=True, text=True, check=True)
    assert said.stdout == f"tensorboard|--logdir|{folder}|"


def test_on_windows_a_command_is_quoted_as_its_shell_has_it(monkeypatch):
    monkeypatch.setattr(wording, "WINDOWS", True)
    assert wording.command_line("tensorboard", "--logdir", r"C:\Users\A B\runs") == (
        r'tensorboard --logdir "C:\Users\A B\runs"'
    )
