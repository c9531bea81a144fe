"""The landing page."""

import json
import shutil
import subprocess
import sys

import pytest

from explorer.models.registry import PAGES


def cards(test):
    """The titles of the cards, and the pages that their links lead to."""
    assert not test.exception
    titles = [element.value[4:].partition("\n")[0] for element in test.markdown if element.value.startswith("### ")]
    pages = [link.proto.page for link in test.get("page_link") if link.proto.label == "Open the page"]
    return titles, pages


def test_home_shows_a_card_for_each_kind_with_a_page(page):
    assert cards(page("Home.py")) == ([kind.title for kind in PAGES.values()], list(PAGES))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_row_that_is_not_full_has_its_cards(page, monkeypatch, count):
    some = dict(list(PAGES.items())[:count])
    monkeypatch.setattr("explorer.ui.home.PAGES", some)
    assert cards(page("Home.py"))[1] == list(some)


def test_a_card_leads_to_all_experiments(page):
    links = [link.proto for link in page("Home.py").get("page_link") if link.proto.query_string.startswith("preset=")]
    for name, kind in PAGES.items():
        here = [link for link in links if link.page == name]
        assert here
        assert [link.label for link in here] == [preset.name for preset in kind.load("presets")]


def test_the_pictures_of_a_card_have_few_controls(page):
    strips = [json.loads(element.proto.json) for element in page("Home.py").get("bidi_component")]
    assert [strip["key"] for strip in strips] == ["home rbm"]  # nothing else is trained
    assert all(strip["small"] for strip in strips)


def test_the_pictures_stay_where_runs_were_begun_again_and_left(page, library):
    for run in list(library.shipped):
        library.own.request(run.config)
    strips = [json.loads(element.proto.json) for element in page("Home.py").get("bidi_component")]
    assert [strip["key"] for strip in strips] == ["home rbm"]


def test_a_run_whose_pictures_are_lost_does_not_spoil_home(page, library, trained, nothing_trained):
    for run in library.shipped:
        copy = shutil.copytree(run.paths.folder, library.own.folder / run.id)
        for picture in (copy / "previews").iterdir():
            picture.unlink()
    assert cards(page("Home.py"))[1] == list(PAGES)


def test_home_stands_without_any_run(page, nothing_trained):
    test = page("Home.py")
    assert not test.exception
    assert any("No run of this kind" in element.value for element in test.caption)


def test_home_needs_none_of_the_libraries_that_take_long_to_load():
    names = {"torch", "torchvision", "pandas", "pyarrow", "dask"}
    code = f"import sys, explorer.ui.home; print(*({names} & sys.modules.keys()))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == []
