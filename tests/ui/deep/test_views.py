"""Every view of the pages of layer-wise pre-training and of the deep autoencoder."""

from dataclasses import replace

import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from tests.few_images import NotHere
from tests.pages import button, offer, problems, texts
from tests.ui.deep.stacks import DEEP, KINDS, PAIRS, RUNS, VIEWS, assert_draws, deep, forget_layers, layers


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=lambda value: value)
def test_every_view_draws(open_page, offered, kind, name):
    own = KINDS[kind][name]
    for view in VIEWS[kind]:
        test = open_page(own, view=view)
        assert_draws(test, view)
        assert f"Trained, **{own.epochs} epoch" in texts(test)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("pretraining", "one layer"),
        ("pretraining", "three layers"),
        ("deep-autoencoder", "three layers"),
        ("deep-autoencoder", "small random"),
    ],
    ids=lambda value: value,
)
def test_every_view_draws_before_the_first_update(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        assert_draws(open_page(KINDS[kind][name], view=view, epoch=0), view)


@pytest.mark.parametrize(("kind", "name", "pinned"), PAIRS, ids=lambda value: value)
def test_every_view_draws_beside_a_pinned_one(open_page, offered, kind, name, pinned):
    for view in VIEWS[kind]:
        test = open_page(KINDS[kind][name], view=view, pin=f"{run_id(KINDS[kind][pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)
    assert "First the Layers 1000" in offer(test)


@pytest.mark.parametrize("own", [layers(6, 3, seed=5), deep(layers(6, 3), seed=5)], ids=list(KINDS))
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, own):
    path = inline.submit(own).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[own.kind]:
        test = open_page(own, view=view)
        (warning,) = problems(test)
        assert "epoch-00002.safetensors" in warning, view
        assert test.select_slider(key=f"{own.kind} epoch").value == 1


def test_of_a_broken_snapshot_of_layers_only_what_shows_them_is_lost(open_page, inline):
    own = deep(layers(6, 3, seed=5))
    inline.submit(own)
    path = inline.submit(own.layers).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[own.kind]:
        found = problems(open_page(own, view=view))
        if view in ("Reconstructions", "Stages"):
            (error,) = found
            assert "epoch-00002.safetensors" in error, view
        else:
            assert found == [], view


@pytest.mark.parametrize("own", [DEEP["three layers"], DEEP["random"]], ids=["pre-trained", "random"])
def test_every_view_draws_without_the_runs_it_is_built_on(open_page, nothing_trained, offered, own):
    library = Library.open()
    engine = InlineEngine(library)
    engine.measure(engine.submit(own))
    forget_layers(library)
    for view in VIEWS[own.kind]:
        assert_draws(open_page(own, view=view), view)


@pytest.mark.parametrize("kind", KINDS)
def test_other_images_stand_in_for_those_that_are_not_here(open_page, offered, inline, monkeypatch, kind):
    below = layers(3, dataset="mnist", epochs=1)
    absent = below if kind == "pretraining" else deep(below, epochs=1)
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    for view in VIEWS[kind]:
        test = open_page(absent, view=view)
        assert problems(test) == []
        (warning,) = (element.value for element in test.warning)
        assert "is not on this machine, so nothing can be trained on it" in warning
        assert "the digits shown are from the 1,000 built-in" in texts(test)
