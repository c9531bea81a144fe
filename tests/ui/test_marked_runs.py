"""Stars, tags and notes on the page of all runs and on models' pages; several runs in one archive."""

import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_runs, import_runs
from explorer.runs.marks import Change, Marks
from explorer.ui import run_table
from tests.pages import button, press, select, select_run, table, texts
from tests.ui.listed import add_run, errors
from tests.ui.rbms import SMALL

NOTE = "See **this** [one](x) :red[7]\n<b>second</b> line"


@pytest.fixture
def runs(library):
    return [add_run(library, seed, begun=1e9 - seed) for seed in (4, 5, 6)]


def columns(test):
    return list(test.dataframe[0].proto.column_order)


def tags_of(test):
    return next(field for field in test.multiselect if field.label.startswith("Tags"))


def row(test, run):
    return table(test).set_index("id").loc[run.id]


def test_stars_are_given_to_several_and_taken_away(page, library, runs):
    test = page("pages/runs.py")
    assert button(test, "Star").disabled
    assert not {"star", "tags"} & {*columns(test)}
    test = press(select_run(test, runs[0]), "Star")
    assert columns(test)[:2] == ["star", "state"]
    assert row(test, runs[0])["star"] == "★"
    test = press(select(test, 0, 1, 2, 3), "Star (4)")  # the last one is shipped
    assert list(table(test)["star"]) == ["★"] * 4 + [""] * 2
    assert library.own.marks.ids() == set(table(test)["id"][:4])
    test = press(test, "Unstar (4)")
    assert library.own.marks.ids() == set()
    assert "star" not in columns(test)


def test_tags_of_several_are_those_that_all_have(page, library, runs):
    library.mark(runs[0].id, Change(tag=("a", "b")))
    library.mark(runs[1].id, Change(star=True, tag=("b", "c"), note="x"))
    run_table.forget_table()
    test = select(page("pages/runs.py"), 0, 1)
    assert tags_of(test).value == ["b"]
    assert tags_of(test).options == ["a", "b", "c"]
    assert not test.text_area
    tags_of(test).set_value(["new one"])
    test = press(test, "Keep")
    assert not errors(test)
    marks = library.own.marks
    assert marks.of(runs[0].id) == Marks(tags=("a", "new one"))
    assert marks.of(runs[1].id) == Marks(True, ("c", "new one"), "x")
    assert list(table(test)["tags"][:3]) == ["a, new one", "c, new one", ""]
    assert tags_of(test).value == ["new one"]


def test_of_many_tags_the_table_has_as_many_as_have_room(page, library, runs):
    library.mark(runs[0].id, Change(tag=("a rather long tag of thirty le", "b", "c", "d", "the last")))
    library.mark(runs[1].id, Change(tag=("one", "two", "three")))
    run_table.forget_table()
    test = page("pages/runs.py")
    assert list(table(test)["tags"][:2]) == ["a rather long tag of thirty le, b, c +2", "one, three, two"]
    assert "Tags: one · three · two" in texts(select_run(test, runs[1]))
    assert list(table(test.text_input(key="runs query").set_value("last").run())["id"]) == [runs[0].id]


def test_a_note_is_kept_and_shown_as_it_is(page, library, runs):
    test = select_run(page("pages/runs.py"), runs[0])
    test.text_area[0].set_value(NOTE)
    test = press(test, "Keep")
    assert library.own.marks.of(runs[0].id) == Marks(note=NOTE)
    assert runs[0].name == ""
    escaped = r"See \*\*this\*\* \[one\](x) \:red\[7\]" + "  \n" + r"\<b>second\</b> line"
    assert escaped in texts(test)
    test.text_area[0].set_value(" ")
    test = press(test, "Keep")
    assert library.own.marks.ids() == set()
    assert escaped not in texts(test)


def test_a_shipped_run_has_tags_and_a_note_of_ones_own(page, library, runs):
    shipped = next(iter(library.shipped))
    test = select_run(page("pages/runs.py"), shipped)
    tags_of(test).set_value(["exam"])
    test.text_area[0].set_value("mine")
    test = press(test, "Keep")
    assert library.own.marks.of(shipped.id) == Marks(tags=("exam",), note="mine")
    assert row(test, shipped)["tags"] == "exam"
    assert row(test, shipped)["place"] == "shipped"


def test_what_others_changed_meanwhile_stays(page, library, runs):
    library.mark(runs[0].id, Change(tag=("a",), note="old"))
    run_table.forget_table()
    test = select_run(page("pages/runs.py"), runs[0])
    library.mark(runs[0].id, Change(star=True, tag=("b",), note="new"))
    tags_of(test).set_value(["a", "c"])
    button(test, "Keep").click().run()
    assert library.own.marks.of(runs[0].id) == Marks(True, ("a", "b", "c"), "new")


def test_a_name_alone_marks_nothing(page, library, runs):
    test = select_run(page("pages/runs.py"), runs[0])
    next(field for field in test.text_input if field.label == "What you call it").set_value("Monday")
    press(test, "Keep")
    assert runs[0].name == "Monday"
    assert library.own.marks.ids() == set()


@pytest.mark.parametrize("tag", ["a,b", "x" * 31, "a\u202eb"])
def test_what_cannot_be_a_tag_is_said_and_nothing_is_kept(page, library, runs, tag):
    test = select_run(page("pages/runs.py"), runs[0])
    tags_of(test).set_value(["good", tag])
    test = press(test, "Keep")
    assert "cannot be a tag" in errors(test)
    assert library.own.marks.ids() == set()


def test_damaged_marks_are_named_and_hide_no_run(page, library, runs):
    library.mark(runs[0].id, Change(star=True))
    library.mark(runs[1].id, Change(star=True))
    library.own.marks.path(runs[0].id).write_text("nonsense")
    run_table.forget_table()
    test = page("pages/runs.py")
    assert not test.exception
    (warning,) = test.warning
    assert f"{runs[0].id}.json cannot be read" in warning.value
    assert list(table(test)["star"][:3]) == ["", "★", ""]
    test = press(select_run(test, runs[0]), "Star")
    assert f"{runs[0].id}.json cannot be read" in errors(test)
    press(test, "Yes, delete")
    assert library.own.marks.ids() == {runs[1].id}


def test_a_marked_run_that_began_by_itself_is_ones_own(page, library):
    run = library.own.request(RBMConfig(**SMALL | {"seed": 11}), automatic=True)
    library.own.request_stop(run.id)
    test = select_run(page("pages/runs.py"), run)
    assert row(test, run)["place"] == "by itself"
    test = press(test, "Star")
    assert row(test, run)["place"] == "own"


def test_the_page_of_a_model_has_the_marks(page, library, inline):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 4}))
    library.mark(run.id, Change(star=True, tag=("exam", "*b*"), note=NOTE))
    test = press(select_run(page("pages/runs.py"), run), "Open")
    assert not test.exception
    (facts,) = [each for each in test.markdown if "Trained," in each.value]
    assert ":small[★" in facts.value
    assert facts.proto.help.startswith(r"Tags: \*b\* · exam" + "  \n" + r"See \*\*this\*\*")


# archives


def test_several_runs_are_exported_together(page, library, runs):
    test = select(page("pages/runs.py"), 0, 1, 2)
    (export,) = [each for each in test.get("download_button") if each.proto.label.startswith("Export")]
    assert export.proto.label == "Export (3)"
    assert not export.proto.disabled


def test_what_is_too_large_to_be_imported_again_is_not_exported(page, library, runs, monkeypatch):
    monkeypatch.setattr("explorer.runs.run.Run.size", lambda _run: 300_000_000)
    test = select(page("pages/runs.py"), 0, 1, 2)
    (export,) = [each for each in test.get("download_button") if each.proto.label.startswith("Export")]
    assert export.proto.disabled
    assert "900 MB: at most 500 MB (EXPLORER_IMPORT_MB). Export fewer at a time." in export.proto.help
    (export,) = [each for each in select(test, 0).get("download_button") if each.proto.label.startswith("Export")]
    assert not export.proto.disabled


def test_of_an_archive_of_several_runs_each_is_reported(page, library, inline):
    trained = [inline.submit(RBMConfig(**SMALL | {"seed": seed})) for seed in (4, 5)]
    archive = export_runs(trained, library)
    assert all(each.refused for each in import_runs(library.own, archive))
    library.own.delete(trained[0].id)
    test = page("pages/runs.py")
    test.file_uploader(key="runs import 0").upload("runs.zip", archive, "application/zip").run()
    test = press(test, "Import")
    assert [element.value for element in test.success] == [f"Imported {trained[0].id}, 3 epochs."]
    assert f"{trained[1].id}: The archive is not imported: the run {trained[1].id} is already there" in errors(test)
    assert trained[0].id in library.own
