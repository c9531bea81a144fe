"""A page is drawn of one state of the runs: what is known of a run is read once, however many parts show it."""

from collections import Counter
from pathlib import Path

import pytest

from explorer.models.config import ModelConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.known import at_this_moment
from explorer.runs.run import KEPT_CONFIGS
from explorer.runs.status import State, Status, write_status
from explorer.ui.shelf.services import library as shown_library
from explorer.ui.shelf.services import one_look
from tests.ui.rbms import SMALL

PIN = run_id(RBMConfig(**SMALL | {"cd_k": 2}))


@pytest.fixture
def reads(monkeypatch):
    """Count which files of runs are read, and how often a config is validated."""
    counts, read_bytes, from_values = Counter(), Path.read_bytes, ModelConfig.from_values.__func__

    def counted(path):
        counts[path.parent.name, path.name] += 1
        return read_bytes(path)

    def validated(config_class, values):
        counts["validated", config_class.kind] += 1
        return from_values(config_class, values)

    monkeypatch.setattr(Path, "read_bytes", counted)
    monkeypatch.setattr(ModelConfig, "from_values", classmethod(validated))
    return counts


@pytest.mark.parametrize("settings", [SMALL, SMALL | {"pin": PIN}, SMALL | {"epochs": 7}], ids=["one", "two", "longer"])
@pytest.mark.parametrize("view", ["Weights", "Training"])
def test_a_move_of_a_slider_reads_each_run_once(page, reads, settings, view):
    for kept in KEPT_CONFIGS:
        kept.cache_clear()
    test = page("pages/rbm.py", **settings, view=view)
    assert any(name == "status.json" for _, name in reads)
    assert max(n for (_, name), n in reads.items() if name in ("status.json", "config.json")) == 1
    reads.clear()
    test.sidebar.select_slider(key="rbm.cd_k").set_value(2).run()
    assert not test.error
    assert max(n for (_, name), n in reads.items() if name == "status.json") == 1
    assert not any(name == "config.json" for _, name in reads)
    assert reads["validated", "rbm"] <= 3  # what the controls say, as they are drawn and as the address names them


def test_within_a_look_a_growing_run_stays_as_it_was(library):
    run = library.request(RBMConfig(**SMALL | {"seed": 3}))
    write_status(run.paths, Status(state=State.RUNNING, epoch=2, target=3))
    with one_look():
        known = shown_library().find(run.id)
        assert (known.status.epoch, known.snapshots, known.config.epochs) == (2, [], 2)
        write_status(run.paths, Status(state=State.DONE, epoch=3, target=3))
        run.paths.snapshots.mkdir()
        run.paths.snapshot(3).touch()
        again = shown_library().find(run.id)
        assert (again.status.epoch, again.snapshots, again.epochs, again.config.epochs) == (2, [], 2, 2)
        assert (again.anew().status.epoch, again.anew().snapshots) == (3, [3])
    now = shown_library().find(run.id)
    assert (now.status.state, now.snapshots) == (State.DONE, [3])


def test_a_look_knows_no_runs_that_come_later(library):
    seen = at_this_moment(library)
    before = [run.id for run in seen]
    late = library.request(RBMConfig(**SMALL | {"seed": 4}))
    assert [run.id for run in seen] == before
    assert late.id in [run.id for run in at_this_moment(library)]
