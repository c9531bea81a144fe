"""What every kind promises of a run that starts with another's weights."""

import shutil

import pytest
import torch

from explorer.engine.inline import InlineEngine
from explorer.models.registry import KINDS
from explorer.runs.archive import export_run, import_run
from explorer.runs.store import Store
from tests.contract.again import assert_trained_again
from tests.contract.tiny import tiny
from tests.same_bits import assert_same_bits

each_kind = pytest.mark.parametrize("kind", KINDS)


def going_on(run, config, epochs=5):
    """A config that starts with the last epoch of a tiny run, and learns in smaller steps."""
    rates = [name for name in config.values() if name.endswith("_rate") and "." not in name]
    changes = {name: config.values()[name] / 2 for name in rates}
    return type(config).from_values(config.values() | changes | {"start": f"{run.id}@3", "epochs": epochs})


def state(run, epoch):
    return run.model(epoch).state()


@each_kind
def test_it_begins_with_the_weights_of_its_start_and_goes_on_as_in_one_go(kind, trained, library, shelf):
    first, config = trained(tiny(kind)), going_on(trained(tiny(kind)), tiny(kind))
    in_one_go = trained(config)
    assert in_one_go.snapshots[0] == 3
    assert all(torch.equal(x, state(first, 3)[name]) for name, x in state(in_one_go, 3).items())
    assert any(not torch.equal(x, state(first, 3)[name]) for name, x in state(in_one_go, 5).items())
    assert list(in_one_go.metrics().index) == [3, 4, 5]
    assert in_one_go.config == config.trajectory()

    shutil.copytree(first.paths.folder, library.own.folder / first.id)
    for epochs in (4, 5):
        run = InlineEngine(library).submit(config.model_copy(update={"epochs": epochs}))
    assert_same_bits(run, in_one_go)
    assert {each.id for each in library.own} == {first.id, run.id}  # nothing that the kind is built on else


@pytest.mark.parametrize("kind", ["rbm", "fine-tuned-dbn", "deep-autoencoder"])
def test_its_export_arrives_alone_and_its_script_trains_both(kind, trained, shelf, tmp_path, monkeypatch):
    original = trained(going_on(trained(tiny(kind)), tiny(kind)))
    content = export_run(original, shelf)
    arrived = import_run(Store(tmp_path / "alone"), content)
    assert (arrived.id, arrived.epochs, arrived.config) == (original.id, 5, original.config)
    assert_trained_again(original, content, tmp_path, monkeypatch)
