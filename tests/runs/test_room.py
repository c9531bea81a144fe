"""Runs that began by themselves: how they come about, and how they go when the room is used up."""

import os

import pytest

from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.room import LOOKED_AT_SECONDS, clean_up, room_of
from explorer.runs.status import State
from tests.stores import begun

LONG_AGO = 2 * LOOKED_AT_SECONDS


@pytest.fixture
def trained(store, config):
    """Leave a trained run of a seed in the store, asked for so many seconds ago."""

    def leave(seed, ago=LONG_AGO, *, automatic=True, state=State.DONE, like=config):
        config = like.model_copy(update={"seed": seed})
        run = begun(store, config, state, epoch=2)
        store.request(config, automatic=automatic)
        if automatic:
            run.paths.automatic.touch()
        time_of(run, ago)
        return run

    return leave


def time_of(run, ago):
    at = run.paths.config.stat().st_mtime - ago
    os.utime(run.paths.request, (at, at))


def test_a_run_is_automatic_until_somebody_asks_for_it(store, config):
    run = store.request(config, automatic=True)
    assert (run.automatic, run.paths.watched.exists()) == (True, True)
    store.request(config.model_copy(update={"epochs": 3}), automatic=True)
    assert (run.automatic, run.paths.watched.exists()) == (True, True)
    store.request(config)
    assert (run.automatic, run.paths.watched.exists()) == (False, False)


def test_what_somebody_asked_for_stays_so(store, config):
    run = store.request(config)
    store.request(config.model_copy(update={"epochs": 3}), automatic=True)  # while it waits
    assert (run.automatic, run.paths.watched.exists()) == (False, False)
    begun(store, config, State.DONE, epoch=2)
    store.request(config.model_copy(update={"epochs": 5}), automatic=True)  # it goes on as long as a page shows it
    assert (run.automatic, run.paths.watched.exists()) == (False, True)


def test_keeping_a_run_takes_it_out_of_those_that_go(store, config):
    run = store.request(config, automatic=True)
    store.keep(run.id)
    assert not run.automatic
    store.keep(run.id)  # once more does no harm
    assert not run.automatic


def test_the_room_is_what_the_files_take(store, trained):
    asked_for, first, second = trained(1, automatic=False), trained(2), trained(3)
    (second.paths.folder / "more").write_bytes(b"x" * 1000)
    room = room_of(store)
    assert room.asked_for == asked_for.size()
    assert room.automatic == first.size() + second.size() > 1000
    assert room.n_automatic == 2
    assert room.total == asked_for.size() + room.automatic


def test_the_oldest_go_first_and_only_as_many_as_must(store, trained):
    runs = [trained(seed, LONG_AGO + ago) for seed, ago in ((1, 10), (2, 30), (3, 20))]
    total = room_of(store).total
    assert clean_up(store, total) == []
    assert clean_up(store, total - 1) == [runs[1].id]
    assert clean_up(store, 0) == [runs[2].id, runs[0].id]
    assert list(store) == []


@pytest.mark.parametrize("state", [State.RUNNING, State.DONE])
def test_what_is_wanted_stays(store, trained, state):
    kept = trained(1, automatic=False, state=state)
    recent = trained(2, ago=1.0)
    gone = trained(3)
    assert clean_up(store, 0) == [gone.id]
    assert {run.id for run in store} == {kept.id, recent.id}


def test_a_run_in_training_stays(store, trained):
    run = trained(1)
    with store.training_lock(run.id):
        assert clean_up(store, 0) == []
    assert clean_up(store, 0) == [run.id]


def test_what_a_wanted_run_is_built_on_stays(store, trained):
    first, other = (RBMConfig(dataset="bars-and-stripes", hidden_units=n, epochs=2) for n in (4, 5))
    dbns = [DBNConfig(dataset="bars-and-stripes", hidden_units=(4,), epochs=2, first=each) for each in (first, other)]
    trained(0, automatic=False, like=dbns[0])
    needed, *needless = [trained(0, like=each) for each in (first, other, dbns[1])]
    assert set(clean_up(store, 0)) == {run.id for run in needless}
    assert needed.id in store
