"""Figures measured apart from training: the same bits whenever and wherever, and nothing lost by what goes wrong."""

import pytest
import torch

from explorer import open_run, train
from explorer.analysis import rbm_measures
from explorer.engine import heavy
from explorer.engine.heavy import measure_all, measure_next, measure_on_worker, missing_figures
from explorer.engine.inline import InlineEngine
from explorer.errors import BrokenFile, RunBusy, StoreNotWritable
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.plots.tiles import read_png
from explorer.runs.files import write_atomically
from tests.contract.few import cut
from tests.contract.tiny import tiny
from tests.stores import as_of_earlier_versions

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3)


@pytest.fixture(autouse=True)
def _by_ais(monkeypatch, quick_ais):
    """Estimate what could be counted: that draws random numbers."""
    monkeypatch.setattr(rbm_measures, "EXACT_UNITS", 0)


def measurements(run):
    return [(each.epoch, each.name) for each in missing_figures(run)]


@pytest.fixture
def run(library):
    return InlineEngine(library).submit(TINY)


@pytest.fixture
def measured(run, library):
    measure_all(library.own, run.id)
    return run.metric_rows()


def test_the_newest_comes_first_what_takes_long_last_and_each_once(run, library):
    done = []
    while missing := measurements(run):
        done.append(missing[0])
        assert measure_next(library.own, run.id) == (len(missing) > 1)
    assert done == [
        (3, "pictures"), (3, "units"), (2, "pictures"), (2, "units"), (1, "pictures"), (1, "units"), (0, "pictures"),
        (3, "likelihood"), (2, "likelihood"), (1, "likelihood"),
    ]  # fmt: skip
    assert not measure_next(library.own, run.id)
    assert [row["epoch"] for row in run.metric_rows() if "log_likelihood" in row] == [1, 2, 3]
    assert all(read_png(run.paths.preview(epoch).read_bytes()).scale == "signed" for epoch in run.snapshots)


@pytest.fixture
def few_images():
    give_back = cut()
    yield
    give_back()


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_measured_of_a_kind_is_described(library, kind, few_images):
    engine, config = InlineEngine(library), tiny(kind)
    run = engine.submit(config)
    light = set().union(*run.light_rows())
    engine.measure(run)
    assert measurements(run) == []
    described = {metric.name for metric in KINDS[kind].load("measures").metrics}
    assert set().union(*run.metric_rows()) - {"epoch", "seconds"} <= described
    assert set().union(*run.light_rows()) == light


def test_threads_the_hour_and_training_between_change_no_bit(measured, library, new_library, tmp_path):
    others = new_library(tmp_path / "others")
    engine = InlineEngine(others)
    run = engine.submit(TINY.model_copy(update={"epochs": 1}))
    torch.set_num_threads(2)
    measure_all(others.own, run.id)
    torch.set_num_threads(1)
    torch.rand(7)
    run = engine.submit(TINY)
    engine.measure(run)
    figures = [{name: row.get(name) for name in ("log_likelihood", "log_likelihood_reverse")} for row in measured]
    assert [{name: row.get(name) for name in figures[0]} for row in run.metric_rows()] == figures


def test_figures_in_the_metrics_of_older_runs_are_not_measured_again(run, library, measured):
    as_of_earlier_versions(run)
    assert measurements(run) == []
    assert run.metric_rows() == measured
    assert run.metrics()["log_likelihood"].notna().sum() == 3
    assert InlineEngine(library).submit(TINY.model_copy(update={"epochs": 4})).metric_rows()[:4] == measured


def test_training_on_keeps_what_was_measured(run, library, measured):
    longer = InlineEngine(library).submit(TINY.model_copy(update={"epochs": 4}))
    assert longer.metric_rows()[:4] == measured
    assert {epoch for epoch, _ in measurements(longer)} == {4}


def test_a_request_for_a_training_ends_a_measurement_which_begins_anew(run, library, measured, monkeypatch):
    run.paths.figures_of(3).unlink()
    estimate = heavy.generator

    def somebody_asks(*place):
        library.request(TINY.model_copy(update={"seed": 1}))
        return estimate(*place)

    monkeypatch.setattr(heavy, "generator", somebody_asks)
    assert measure_on_worker(str(library.own.folder), run.id)  # there is still something to do
    assert not run.paths.figures_of(3).exists()
    monkeypatch.setattr(heavy, "generator", estimate)
    while measure_on_worker(str(library.own.folder), run.id):
        pass
    assert run.metric_rows() == measured


def test_a_run_deleted_while_it_is_measured_stays_deleted(run, library, monkeypatch):
    estimate = heavy.generator

    def somebody_deletes(*place):
        library.own.delete(run.id)
        return estimate(*place)

    monkeypatch.setattr(heavy, "generator", somebody_deletes)
    assert not measure_next(library.own, run.id)
    assert list(library.own.folder.glob("[!.]*")) == []
    assert not measure_next(library.own, run.id)


def test_a_disk_that_fills_up_while_measuring_is_named_and_loses_nothing(run, library, measured, monkeypatch):
    run.paths.figures_of(2).unlink()

    def full(path, *_args, **_keywords):
        raise StoreNotWritable(f"{path} cannot be written: No space left on device.")

    with monkeypatch.context() as patch:
        patch.setattr("explorer.runs.figures.write_atomically", full)
        with pytest.raises(StoreNotWritable, match="No space left"):
            measure_next(library.own, run.id)
    measure_all(library.own, run.id)
    assert run.metric_rows() == measured


def test_of_two_that_measure_a_run_one_does_nothing_and_says_so(run, library, monkeypatch):
    monkeypatch.setattr(heavy, "PATIENCE", 0.01)
    with library.own.figures_lock(run.id):
        with pytest.raises(RunBusy, match="Another process measures"):
            measure_all(library.own, run.id)
        assert measure_on_worker(str(library.own.folder), run.id)  # there is still something to do
        assert not run.paths.figures.exists()
        library.own.delete(run.id)  # who measures keeps nobody from it
    assert run.id not in library.own


def test_a_broken_file_of_figures_is_named_and_can_be_measured_again(run, library, measured):
    path = run.paths.figures_of(2)
    for content in (b"", b"[1]", b'{"likelihood": 3}', b'{"likelihood": {"log_likelihood": "x"}}', b"[" * 100_000):
        write_atomically(path, content)
        with pytest.raises(BrokenFile, match=str(path)):
            run.metric_rows()
    path.unlink()
    measure_all(library.own, run.id)
    assert run.metric_rows() == measured


def test_train_measures_what_it_is_asked_to(library, clean_settings):
    clean_settings(store=library.own.folder, trained=library.shipped.folder)
    assert "log_likelihood" not in train(TINY).metrics()
    assert train(TINY, figures="all").metrics()["log_likelihood"].notna().sum() == 3
    assert measurements(open_run(TINY)) == []
