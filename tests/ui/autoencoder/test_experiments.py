"""The experiments of the autoencoder family, opened from their pages."""

from dataclasses import replace

import pytest

from tests.pages import presets_of, problems
from tests.ui.autoencoder.autoencoders import VIEWS, assert_draws, config


def opens(test, preset):
    """The page shows the experiment's view; where nothing is trained for it, it says so calmly."""
    assert problems(test) == [], preset.name
    assert any(preset.text in element.value for element in test.success), preset.name


def of_toys(preset, code_size):
    """The experiment at a size that trains in no time: the same settings on bars and stripes or the spiral."""

    def small(settings):
        toy = settings["dataset"] if settings["dataset"] == "spiral" else "bars-and-stripes"
        layers = {"hidden_layers": (6,)} if settings.get("hidden_layers") else {}
        units = {"code_size": code_size + (settings.get("code_size", 0) == 1000)}
        return dict(settings) | {"dataset": toy, "epochs": 1} | layers | units

    return replace(preset, settings=small(preset.settings), pinned=preset.pinned and small(preset.pinned))


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_that_are_not_trained_open(page, kind):
    for preset in presets_of(kind):
        opens(page(f"pages/{kind}.py", preset=preset.name), preset)


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_open_where_nothing_is_trained(page, nothing_trained, kind):
    preset = presets_of(kind)[-1]
    opens(page(f"pages/{kind}.py", preset=preset.name), preset)


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_that_are_trained_open_with_their_pair(page, inline, offered, monkeypatch, kind):
    small = tuple(of_toys(preset, 3) for preset in presets_of(kind))
    for preset in small:
        for settings in filter(None, (preset.settings, preset.pinned)):
            inline.measure(inline.submit(config(kind, settings)))
    monkeypatch.setattr(f"explorer.presets.{kind}.PRESETS", small)
    for preset in small:
        test = page(f"pages/{kind}.py", preset=preset.name)
        opens(test, preset)
        assert_draws(test, preset.view, preset.name)
        assert any(b.label == "Unpin" for b in test.button) == (preset.pinned is not None), preset.name
