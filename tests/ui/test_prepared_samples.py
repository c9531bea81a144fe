"""The page of one digit reads what takes long of the runs that it opens on."""

import pytest

from explorer.models.config import default_values
from explorer.models.registry import kind_of
from explorer.runs.ids import run_id
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER, settings
from explorer.ui.one_digit.samples import BY_CHAINS, GENERATING, at_hand
from explorer.ui.shelf.prepared import is_prepared
from explorer.ui.state.subject import Subject, snapshot_of

BOLTZMANN = ("rbm", "dbn", "fine-tuned-dbn")


@pytest.mark.parametrize("dataset", ["mnist", "mnist-5k"])
@pytest.mark.parametrize("kind", GENERATING)
def test_figures_and_samples_of_the_defaults_are_prepared(kind, dataset, monkeypatch):
    monkeypatch.delenv("EXPLORER_TRAINED", raising=False)
    settings.cache_clear()
    config_class = kind_of(kind).config_class()
    config = config_class.from_values(default_values(config_class) | {"dataset": dataset})
    run = Store(APP_FOLDER / "trained", shipped=True).run(run_id(config))
    subject = Subject(run, run.config, tuple(run.snapshots), run.snapshots[-1], "current", "")
    assert at_hand(subject)
    key = snapshot_of(subject)
    assert kind not in BY_CHAINS or is_prepared("twenty-samples", key)
    assert kind not in BOLTZMANN or is_prepared("unnormalised", key, dataset)
