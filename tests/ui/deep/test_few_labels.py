"""Classifiers of few labels, asked for and shown on the deep autoencoder's page."""

import json
import shutil
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.engine.inline import InlineEngine
from explorer.errors import RunBusy
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.runs.ids import run_id
from explorer.runs.status import State, write_status
from tests.few_images import NotHere
from tests.pages import button, charts, numbers, problems, texts, traces
from tests.stores import begun
from tests.ui.deep.stacks import (
    BASE,
    COUNTS,
    DEEP,
    STARTS,
    VIEWS,
    assert_draws,
    classifier,
    deep,
    layers,
    measured,
    study,
)


class Asked:
    """An engine that only notes what it is asked to train."""

    def __init__(self):
        self.configs = []

    def submit(self, own, *, automatic, session, gpu):  # noqa: ARG002
        self.configs.append(own)


@pytest.fixture
def asked(monkeypatch):
    engine = Asked()
    monkeypatch.setattr("explorer.ui.asking.engine", lambda: engine)
    return engine


def curves_of(test):
    """Return the curves of errors by start, and the outlines of their bands by colour."""
    drawn = traces(test, "few labels current")
    named = {t["name"]: (numbers(t["x"]), numbers(t["y"]), t["line"]["color"]) for t in drawn if t.get("name")}
    return named, {t["fillcolor"]: (numbers(t["x"]), numbers(t["y"])) for t in drawn if t.get("fill")}


def test_where_no_classifier_is_trained_the_view_says_so_and_offers_all(open_page, asked):
    test = open_page(BASE, view="Few labels")
    assert_draws(test, "Few labels")
    assert button(test, "Train 36 classifiers")
    assert "0 of 36 are trained" in texts(test)
    assert "few labels current" not in charts(test)


def test_a_click_submits_all_of_them_once(open_page, asked):
    test = open_page(BASE, view="Few labels")
    button(test, "Train 36 classifiers").click().run()
    assert problems(test) == []
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, study()))
    assert {each.epochs for each in asked.configs} == {DeepClassifierConfig().epochs}


def test_a_click_submits_just_those_that_are_missing(open_page, asked, library):
    there = [("random", 10, 0), ("layers", 1000, 2), ("autoencoder", 3000, 1)]
    for which in there:
        measured(library, classifier(*which), 0.5)
    begun(library.own, classifier("layers", 10, 0), State.STOPPED, 3)
    begun(library.own, classifier("layers", 10, 1), State.FAILED, 3)
    test = open_page(BASE, view="Few labels")
    assert "3 of 36 are trained" in texts(test)
    button(test, "Train 33 classifiers").click().run()
    missing = [each for each in study() if each not in [classifier(*which) for which in there]]
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, missing))


@pytest.mark.parametrize("seeds", [1, 5])
def test_as_many_seeds_are_offered_as_asked_for(open_page, asked, seeds):
    test = open_page(BASE, view="Few labels")
    test.select_slider(key="deep-autoencoder seeds of labels").set_value(seeds).run()
    button(test, f"Train {12 * seeds} classifiers").click().run()
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, study(seeds=seeds)))


def test_an_engine_that_refuses_is_quoted(open_page, asked, monkeypatch):
    def refused(own, *, automatic, session, gpu):
        raise RunBusy("another process trains this run")

    monkeypatch.setattr(asked, "submit", refused)
    test = open_page(BASE, view="Few labels")
    button(test, "Train 36 classifiers").click().run()
    (error,) = problems(test)
    assert "another process trains this run" in error


def test_the_curve_is_the_mean_over_seeds_and_the_band_their_range(open_page, library):
    errors = {which: 0.05 + 0.9 * share for which, share in zip(
        product(STARTS, COUNTS, range(3)), np.random.default_rng(0).random(36), strict=True
    )}  # fmt: skip
    for which, error in errors.items():
        measured(library, classifier(*which), error)
    test = open_page(BASE, view="Few labels")
    assert problems(test) == []
    assert not any(each.label.startswith("Train") and "classifiers" in each.label for each in test.button)
    named, bands = curves_of(test)
    assert list(named) == list(STARTS.values())
    for start, name in STARTS.items():
        x, y, color = named[name]
        percent = [[100 * errors[start, count, seed] for seed in range(3)] for count in COUNTS]
        assert x.tolist() == list(COUNTS)
        np.testing.assert_allclose(y, [sum(each) / 3 for each in percent])
        around, outline = bands[color]
        np.testing.assert_allclose(around, [*COUNTS, *COUNTS[::-1]])
        np.testing.assert_allclose(outline, [*map(max, percent), *map(min, percent[::-1])])
    (spec,) = [c.proto.spec for c in test.get("plotly_chart") if c.key.endswith("few labels current")]
    axis = json.loads(spec)["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert axis["ticktext"] == ["10", "100", "1,000", "3,000"]


def test_of_a_study_what_is_trained_is_drawn_for_the_seeds_asked_for(open_page, library, asked):
    for labels, seed, error in ((10, 0, 0.5), (10, 1, 0.3), (10, 4, 0.9), (1000, 2, 0.1)):
        measured(library, classifier("layers", labels, seed), error)
    test = open_page(BASE, view="Few labels")
    named, _ = curves_of(test)
    x, y, _ = named.pop("layers trained one by one")
    assert named == {}
    assert x.tolist() == [10, 1000]
    np.testing.assert_allclose(y, [40, 10])
    assert "3 of 36 are trained" in texts(test)


def test_a_classifier_without_any_error_is_drawn_at_0(open_page, library, asked):
    for seed in range(3):
        measured(library, classifier("layers", 100, seed), 0.3 * (seed == 0))
        measured(library, classifier("layers", 1000, seed), 0.0)
    test = open_page(BASE, view="Few labels")
    x, y, _ = curves_of(test)[0]["layers trained one by one"]
    assert x.tolist() == [100, 1000]
    np.testing.assert_allclose(y, [10, 0], atol=1e-9)


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("{"), lambda path: path.unlink()], ids=["half", "lost"])
def test_a_classifier_with_unreadable_figures_does_not_take_the_page_away(open_page, library, asked, spoil):
    measured(library, classifier("layers", 100, 0), 0.3)
    spoil(measured(library, classifier("layers", 10, 0), 0.5).paths.metrics)
    test = open_page(BASE, view="Few labels")
    assert not test.exception
    assert [tab.label for tab in test.tabs] == list(VIEWS["deep-autoencoder"])


def test_a_random_start_is_shared_by_sizes_and_layers_by_those_on_them(open_page, library, asked):
    for start in STARTS:
        measured(library, classifier(start, 10, 0), 0.5)
    for other, shared in (
        (BASE.model_copy(update={"loss": "squared error"}), {"layers", "random"}),
        (DEEP["random"], {"random"}),  # its layers have no settings but their sizes
        (deep(layers(12, 8, 3, method="autoencoders")), {"random"}),
        (DEEP["one layer"], set()),
    ):
        InlineEngine(library).submit(other)
        test = open_page(other, view="Few labels")
        assert problems(test) == []
        button(test, f"Train {36 - len(shared)} classifiers").click().run()
        left = {(each.start, each.labels, each.seed) for each in asked.configs}
        assert {(start, 10, 0) for start in STARTS} - left == {(start, 10, 0) for start in shared}
        asked.configs.clear()


def test_stop_asks_all_live_ones_and_no_other(open_page, library, asked):
    live = [
        begun(library.own, classifier("layers", 10, 0), State.RUNNING, 3),
        begun(library.own, classifier("layers", 10, 1), State.RUNNING, 1),
        begun(library.own, classifier("random", 10, 2), State.QUEUED),
    ]
    others = [
        measured(library, classifier("layers", 10, 2), 0.5),
        begun(library.own, classifier("random", 10, 4), State.RUNNING, 3),  # of a seed that is not asked for
    ]
    test = open_page(BASE, view="Few labels")
    assert problems(test) == []
    assert not any("classifiers" in each.label for each in test.button)
    (bar,) = [bar.proto.text for bar in test.get("progress") if "classifiers" in bar.proto.text]
    assert bar == "1 of 36 classifiers are trained"
    test.button(key="deep-autoencoder stop few labels current").click().run()
    assert problems(test) == []
    assert all(run.paths.stop.exists() or not run.status.state.live for run in live)
    assert not any(run.paths.stop.exists() for run in others)


def test_training_from_the_page_gives_the_curve_of_what_was_trained(open_page, inline, library, monkeypatch):
    monkeypatch.setattr("explorer.ui.asking.engine", lambda: inline)
    monkeypatch.setattr("explorer.ui.views.deep.classifiers.COUNTS", (10,))
    test = open_page(BASE, view="Few labels")
    test.select_slider(key="deep-autoencoder seeds of labels").set_value(1).run()
    button(test, "Train 6 classifiers").click().run()
    assert problems(test) == []
    named, _ = curves_of(test)
    for start, name in STARTS.items():
        rows = [library.own.run(run_id(classifier(start, labels, 0))).metric_rows()[-1] for labels in (10, 3000)]
        assert [row["epoch"] for row in rows] == [20, 20]
        drawn = dict(zip(named[name][0], named[name][1], strict=True)) if name in named else {}
        for labels, row in zip((10, 3000), rows, strict=True):
            if row["error"]:
                assert drawn[labels] == pytest.approx(100 * row["error"])
    assert not any("classifiers" in each.label for each in test.button)


def test_what_failed_says_why_until_it_is_asked_for_again(open_page, library, asked):
    begun(library.own, classifier("layers", 10, 1), State.FAILED, 3, error="the weights became infinite")
    test = open_page(BASE, view="Few labels")
    (error,) = problems(test)
    assert error == "Training a classifier failed after epoch 3. the weights became infinite"
    begun(library.own, classifier("autoencoder", 100, 0), State.FAILED, 0, error="its parent failed")
    (error,) = problems(open_page(BASE, view="Few labels"))
    assert error == "Training 2 classifiers failed, the first of them after epoch 0. its parent failed"
    for which in (("layers", 10, 1), ("autoencoder", 100, 0)):
        library.request(classifier(*which))
    assert problems(open_page(BASE, view="Few labels")) == []


def test_a_failure_of_what_is_shipped_is_not_told(open_page, library, asked):
    own = classifier("layers", 10, 1)
    run = measured(library, own, 0.5)
    moved = library.shipped.folder / run.id
    try:
        run.paths.folder.rename(moved)
        begun(library.own, own, State.FAILED, 3, error="the weights became infinite")
        test = open_page(BASE, view="Few labels")
        assert problems(test) == []
        assert "1 of 36 are trained" in texts(test)
    finally:
        shutil.rmtree(moved)


@pytest.mark.parametrize("state", [State.RUNNING, State.QUEUED])
def test_while_the_autoencoder_is_in_training_no_classifier_is_offered(open_page, inline, library, asked, state):
    own = deep(layers(6, 3), seed=7)
    run = inline.submit(own)
    library.request(own.model_copy(update={"epochs": 9}))
    if state is State.RUNNING:
        write_status(run.paths, run.status.model_copy(update={"state": state}))
    test = open_page(own, view="Few labels")
    assert problems(test) == []
    assert not any("classifiers" in each.label for each in test.button)
    (caption,) = [each.value for each in test.caption if "classifiers are trained" in each.value]
    assert "once the autoencoder itself no longer is" in caption


@pytest.mark.parametrize("where", ["shown", "pinned"])
def test_without_the_images_the_download_stands_in_place_of_training(
    open_page, inline, library, asked, monkeypatch, where
):
    absent = deep(layers(3, dataset="mnist", epochs=1), epochs=1)
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    own, pin = (absent, {}) if where == "shown" else (DEEP["digits"], {"pin": run_id(absent)})
    test = open_page(own, view="Few labels", **pin)
    assert not test.exception
    assert [each.label for each in test.button if "Download" in each.label] == ["Download (12 MB)"]
    training = [each.label for each in test.button if "classifiers" in each.label]
    assert training == ([] if where == "shown" else ["Train 36 classifiers"])
    if where == "shown":
        assert any("no classifier can be trained on it" in each.value for each in test.caption)


@pytest.fixture
def estimated(monkeypatch):
    """The configs whose time was estimated, each with the epoch it has reached; each takes a minute."""
    found = []

    def minute(own, reached, _runs):
        found.append((own, reached))
        return 60.0

    monkeypatch.setattr("explorer.ui.expected.seconds_to_train", minute)
    return found


def test_the_estimate_counts_all_classifiers_and_asks_once_for_equal_work(open_page, asked, estimated):
    test = open_page(BASE, view="Few labels")
    assert "0 of 36 are trained, about **36 min**." in texts(test)
    assert [(own.labels, reached) for own, reached in estimated] == [(10, 0), (3000, 0)]  # few are seen often


def test_the_estimate_counts_what_is_missing_of_the_parents_once_each(open_page, inline, library, asked, estimated):
    own = deep(layers(12, 9, 3), start="random", seed=7)
    inline.submit(own)
    test = open_page(own, view="Few labels")
    needed = [each for each, _ in estimated if each.kind == "pretraining"]
    assert [each.sizes() for each in needed] == [(12,), (12, 9), (12, 9, 3)]
    assert len(estimated) == 5
    assert "about **39 min**" in texts(test)
    for each in study(own):  # asked for and withdrawn: there is a run of each now, but nothing it could go on from
        begun(library.own, each, State.STOPPED)
    assert "about **39 min**" in texts(open_page(own, view="Few labels"))
    for start in ("autoencoder", "layers"):
        begun(library.own, classifier(start, 10, 0, own), State.STOPPED, 3).paths.resume.touch()
    assert "about **39 min**" in texts(open_page(own, view="Few labels"))
    inline.submit(own.trajectory().layers)
    assert "about **36 min**" in texts(open_page(own, view="Few labels"))


def test_each_of_a_pair_has_a_study_of_its_own(open_page, library, asked):
    measured(library, classifier("layers", 10, 0, DEEP["one layer"]), 0.25)
    test = open_page(BASE, view="Few labels", pin=run_id(DEEP["one layer"]))
    assert problems(test) == []
    assert list(charts(test)) == ["few labels pinned"]
    labels = [each.label for each in test.button if "classifiers" in each.label]
    assert labels == ["Train 35 classifiers", "Train 36 classifiers"]
