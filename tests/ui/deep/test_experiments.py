"""The experiments of the deep autoencoder, its classifiers among all runs, and other data sets."""

from dataclasses import replace

import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.registry import kind_of
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.ui import run_table
from tests.pages import presets_of, press, problems, select_run, texts
from tests.ui.autoencoder.autoencoders import config
from tests.ui.deep.stacks import BARS, BASE, KINDS, STARTS, VIEWS, assert_draws, classifier, deep, layers, measured

# the experiments


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_open_where_nothing_is_trained(page, nothing_trained, kind):
    for preset in presets_of(kind):
        test = page(f"pages/{kind}.py", preset=preset.name)
        assert problems(test) == [], preset.name
        assert any(preset.text in element.value for element in test.success), preset.name
        assert any(each.label.startswith("Train ") for each in test.button) or not CATALOGUE["mnist"].available


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_are_configs_on_digits_whose_views_there_are(kind):
    for preset in presets_of(kind):
        assert preset.view in VIEWS[kind], preset.name
        for settings in filter(None, (preset.settings, preset.pinned)):
            own = config(kind, settings)
            assert own.dataset == "mnist"
            assert [each.dataset for each in ancestors(own)] == ["mnist"] * len(ancestors(own))


def of_toys(kind, preset):
    """The experiment at a size that trains in no time: the same settings, but for the sizes, on bars and stripes."""
    sizes = {"hidden_layers": (6,), "code_size": 3, "layer_epochs": 1}
    if kind == "deep-autoencoder":
        sizes = {f"layers.{name}": value for name, value in (sizes | {"epochs": 1}).items()}
    toy = BARS | {"epochs": 1} | sizes
    return replace(preset, settings=dict(preset.settings) | toy, pinned=preset.pinned and dict(preset.pinned) | toy)


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_that_are_trained_open_with_their_pair(page, inline, offered, monkeypatch, kind):
    small = tuple(of_toys(kind, preset) for preset in presets_of(kind))
    for preset in small:
        for settings in filter(None, (preset.settings, preset.pinned)):
            inline.submit(config(kind, settings))
    monkeypatch.setattr(f"explorer.presets.{kind.replace('-', '_')}.PRESETS", small)
    for preset in small:
        test = page(f"pages/{kind}.py", preset=preset.name)
        assert_draws(test, preset.view, preset.name)
        assert any(b.label == "Unpin" for b in test.button) == (preset.pinned is not None), preset.name


# classifiers among all runs


@pytest.mark.parametrize("start", STARTS)
def test_a_classifier_is_opened_on_the_page_of_its_autoencoder(page, library, start):
    own = classifier(start, 10, 1)
    run = measured(library, own, 0.5)
    run_table.forget_table()
    test = press(select_run(page("pages/runs.py"), run), "Open")
    assert problems(test) == []
    assert test.title[0].value == kind_of("deep-autoencoder").title
    given = {name: value[0] if isinstance(value, list) else value for name, value in test.query_params.items()}
    opened = DeepAutoencoderConfig.from_values({n: v for n, v in given.items() if n not in ("view", "epoch", "pin")})
    assert opened.layers.sizes() == BASE.layers.sizes()
    if start == "autoencoder":
        assert run_id(opened) == run_id(BASE)
        assert opened.epochs == BASE.epochs
        assert "Trained, **2 epochs**" in texts(test)
    if start == "layers":
        assert run_id(opened.layers) == run_id(BASE.layers)
        assert opened.layers.epochs == BASE.layers.epochs


def test_a_classifier_is_listed_by_its_name(page, library):
    run = measured(library, classifier("random", 10, 1), 0.5)
    run_table.forget_table()
    listed = page("pages/runs.py").dataframe[0].value.set_index("id")
    assert listed.loc[run.id, "model"] == "Classifier"


# every kind on every data set


@pytest.mark.parametrize("dataset", ["mnist-5k", "bars-and-stripes", "spiral"])
@pytest.mark.parametrize("kind", ["pretraining", "deep-autoencoder", "deep-classifier"])
def test_a_kind_trains_on_a_data_set(inline, kind, dataset):
    below = layers(3, dataset=dataset, epochs=1, seed=9)
    base = deep(below, epochs=1)
    own = {
        "pretraining": below,
        "deep-autoencoder": base,
        "deep-classifier": DeepClassifierConfig(dataset=dataset, base=base, labels=10, epochs=1),
    }[kind]
    run = inline.submit(own)
    assert run.epochs == 1
    assert "None" not in [str(value) for record in run.metric_rows() for value in record.values()]  # not finite
