"""Chains trained by processes that die or that meet."""

from pathlib import Path

from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.status import State
from tests.engine.parents.chains import DBN, RBM, SHORT, SHORT_DBN, SHORT_RBM, STAGES, asking
from tests.few_images import few_images


def test_of_a_worker_killed_while_the_parent_trains_the_chain_goes_on(
    library, worker, gate, kill, wait_until, soon_stale, assert_same_chain
):
    run = library.request(SHORT)
    process = worker(run, SHORT_RBM, 1)
    parent = wait_until(lambda: SHORT_RBM in library and library.find(SHORT_RBM))
    wait_until(lambda: 1 in parent.snapshots and parent.status.share > 0)
    kill(process.pid)
    process.join(60)
    gate.unlink()
    family = [library.find(config) for config in STAGES]
    wait_until(lambda: all(each.status.state is State.INTERRUPTED for each in family))
    assert [each.status.parent for each in family] == ["", "", ""]  # nobody trains it now
    assert (parent.epochs, run.epochs) == (1, 0)
    assert InlineEngine(library).submit(SHORT).status.state is State.DONE
    assert [each.status.attempt for each in family] == [2, 2, 2]
    assert_same_chain(library, SHORT)


def test_of_two_children_in_two_processes_one_trains_their_parent(
    library, worker, gate, wait_until, tmp_path, assert_same_chain
):
    other = SHORT_DBN.model_copy(update={"seed": 1})
    runs = [library.request(config) for config in (SHORT_DBN, other)]
    both = [worker(run, SHORT_RBM, 0, tmp_path) for run in runs]
    wait_until(lambda: len(list(tmp_path.glob("ready-*"))) == 2)
    (tmp_path / "go").touch()
    wait_until(lambda: all(run.status.parent == run_id(SHORT_RBM) for run in runs))
    gate.unlink()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert [(run.status.state, run.status.attempt) for run in runs] == [(State.DONE, 1)] * 2
    parent = library.find(SHORT_RBM).status
    assert (parent.state, parent.attempt) == (State.DONE, 1)
    assert_same_chain(library, SHORT_DBN)


def test_a_death_at_any_write_leaves_a_chain_that_goes_on(
    tmp_path, new_library, monkeypatch, soon_stale, assert_same_bits
):
    class Death(BaseException):
        """Ends the process: nothing written afterwards reaches the disk."""

    rename = Path.replace
    monkeypatch.setattr("explorer.engine.job.load", few_images)
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
