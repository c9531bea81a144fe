"""Every view of the DCGAN's page."""

import pytest

from explorer.models.dcgan import DCGANConfig
from explorer.presets.dcgan import PRESETS
from explorer.runs.ids import run_id
from explorer.runs.run import Run
from tests.pages import button, findings, problems
from tests.ui.gan.gans import GAN, RUNS, SAYS, assert_draws, no_judge, texts


@pytest.mark.parametrize("name", RUNS)
def test_every_view_draws(open_page, offered, name):
    for view in SAYS:
        test = open_page(RUNS[name], view=view)
        assert_draws(test, view)
        assert f"Trained, **{RUNS[name].epochs} epoch" in texts(test)


@pytest.mark.parametrize(("name", "pinned"), [("plain", "unlike"), ("unlike", "large"), ("plain", "plain")])
def test_every_view_draws_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in SAYS:
        test = open_page(RUNS[name], view=view, pin=f"{run_id(RUNS[pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


def test_two_runs_are_shown_up_to_the_last_epoch_that_both_have(open_page, offered):
    test = open_page(RUNS["plain"], view="Samples", pin=run_id(RUNS["large"]))
    assert offered["samples"][2] == ["epoch 0", "epoch 1"]
    assert "Up to epoch 1, the last that both have" in texts(test)


def test_every_view_draws_before_the_first_update(open_page, offered):
    for view in SAYS:
        test = open_page(RUNS["plain"], view=view, epoch=0)
        assert_draws(test, view)
        assert findings(test) == []


def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained):
    test = page("pages/dcgan.py", dataset="mnist-5k")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)


def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline):
    broken = DCGANConfig(**GAN, seed=5)
    path = inline.submit(broken).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in SAYS:
        (warning,) = problems(open_page(broken, view=view))
        assert "epoch-00002.safetensors" in warning, view


def test_where_no_snapshot_can_be_read_the_page_says_what_to_do(open_page, inline):
    broken = DCGANConfig(**GAN, seed=6)
    run = inline.submit(broken)
    for epoch in run.snapshots:
        path = run.paths.snapshot(epoch)
        path.write_bytes(path.read_bytes()[:-50])
    test = open_page(broken, view="Samples")
    assert not test.exception
    assert [element.value for element in test.info] == [
        f"No snapshot of {run.id} can be read. Delete the run under **All runs** to train it again."
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_open(page, preset):
    test = page("pages/dcgan.py", preset=preset.name)
    assert not test.exception
    assert not test.error
    assert test.select_slider(key="dcgan.width").value == preset.settings.get("width", 16)
    assert test.session_state["page state of dcgan"].view == preset.view


def test_without_the_classifier_the_rest_stands(open_page, offered, monkeypatch):
    for module in ("cached", "measured"):
        monkeypatch.setattr(f"explorer.ui.views.gan.{module}.digit_classifier", no_judge)
    test = open_page(RUNS["plain"], view="Quality")
    assert problems(test) == []
    assert "The file of the digit classifier is missing" in texts(test)
    assert offered.keys() == {"compared samples"}
    test = open_page(RUNS["plain"], view="Samples")
    assert_draws(test, "Samples")
    assert "The file of the digit classifier is missing" in texts(test)
    assert "nearest training image" in texts(test)
    assert "class_probabilities" not in offered["samples"][0]


def test_figures_of_the_classifier_are_named_where_they_are_missing(open_page, monkeypatch):
    assert "Not measured here" not in texts(open_page(RUNS["plain"], view="Training"))
    metrics, theirs = Run.metrics, ["class_entropy", "confidence", "frechet_ratio", "kernel_ratio", "precision"]
    monkeypatch.setattr(Run, "metrics", lambda run: metrics(run).drop(columns=[*theirs, "recall"]))
    test = open_page(RUNS["plain"], view="Training")
    assert problems(test) == []
    assert "Not measured here: Entropy of the classes, Confidence of the classifier, Fréchet distance" in texts(test)
    assert "A classifier that knows MNIST's digits finds them" in texts(test)
