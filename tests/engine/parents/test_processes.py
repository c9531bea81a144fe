"""Chains trained by processes that die or that meet."""

import time
from pathlib import Path

import pytest

from explorer.engine.dask import DaskEngine
from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.status import State
from tests.engine.parents.chains import DBN, RBM, SLOW, SLOW_DBN, SLOW_RBM, STAGES, TRAIN, TRAIN_TOGETHER, asking


def test_of_a_worker_killed_while_the_parent_trains_the_chain_goes_on(
    library, start, kill, wait_until, soon_stale, assert_same_chain
):
    run = library.request(SLOW)
    worker = start("-c", TRAIN, library.own.folder, run.id)
    parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    time.sleep(0.05)  # some way into the next epoch
    kill(worker.pid)
    worker.wait(60)
    family = [library.find(config) for config in STAGES]
    wait_until(lambda: all(each.status.state is State.INTERRUPTED for each in family))
    assert [each.status.parent for each in family] == ["", "", ""]  # nobody trains it now
    assert (parent.epochs < 2, run.epochs) == (True, 0)
    assert InlineEngine(library).submit(SLOW).status.state is State.DONE
    assert [each.status.attempt for each in family] == [2, 2, 2]
    assert_same_chain(library, SLOW)


def test_of_two_children_in_two_processes_one_trains_their_parent(
    library, start, wait_until, tmp_path, assert_same_chain
):
    other = SLOW_DBN.model_copy(update={"seed": 1})
    runs = [library.request(config) for config in (SLOW_DBN, other)]
    both = [start("-c", TRAIN_TOGETHER, library.own.folder, run.id, tmp_path) for run in runs]
    wait_until(lambda: len(list(tmp_path.glob("ready-*"))) == 2)
    (tmp_path / "go").touch()
    wait_until(lambda: all(run.status.parent == run_id(SLOW_RBM) for run in runs))
    assert [process.wait(60) for process in both] == [0, 0], [process.stderr.read() for process in both]
    assert [(run.status.state, run.status.attempt) for run in runs] == [(State.DONE, 1)] * 2
    parent = library.find(SLOW_RBM).status
    assert (parent.state, parent.attempt) == (State.DONE, 1)
    assert_same_chain(library, SLOW_DBN)


def test_a_death_at_any_write_leaves_a_chain_that_goes_on(
    tmp_path, new_library, monkeypatch, soon_stale, assert_same_bits
):
    class Death(BaseException):
        """Ends the process: nothing written afterwards reaches the disk."""

    rename = Path.replace
    short = DBN.model_copy(update={"first": asking(RBM, 1), "epochs": 1})
    reference = InlineEngine(new_library(tmp_path / "one-go")).submit(short)
    survived, deadly = False, 0
    while not survived:
        deadly += 3
        writes = 0

        def replace(source, target):
            nonlocal writes
            writes += 1
            if writes >= deadly:  # noqa: B023  (called within this round only)
                raise Death
            rename(source, target)

        library = new_library(tmp_path / str(deadly))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            try:
                InlineEngine(library).submit(short)
                survived = True
            except Death:
                pass
        assert_same_bits(InlineEngine(library).submit(short), reference)
        assert library.find(short.first).status.state is State.DONE
    assert deadly > 24  # config, request, status, and three files at each of two epochs, of two runs


@pytest.mark.workers
def test_a_worker_of_dask_killed_while_the_parent_trains_is_replaced(library, kill, wait_until, assert_same_chain):
    engine = DaskEngine(library)
    try:
        run = engine.submit(SLOW_DBN)
        parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
        wait_until(lambda: 1 in parent.snapshots)
        assert run.status.parent == parent.id
        kill(int(run.status.worker.rpartition(":")[2]))
        wait_until(lambda: run.status.state is State.DONE)
        assert (parent.status.attempt, run.status.attempt) == (2, 2)
        assert_same_chain(library, SLOW_DBN)
    finally:
        engine.close()
