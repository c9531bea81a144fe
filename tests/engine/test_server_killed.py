import sys
from pathlib import Path

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs import status as status_module
from explorer.runs.status import State

SERVER = """
import sys, time
from pathlib import Path
from explorer.engine.dask import DaskEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.engine import gates

if __name__ == "__main__":
    own, shipped, json, gate = sys.argv[1:]
    engine = DaskEngine(Library(Store(Path(own)), Store(Path(shipped), shipped=True)))
    config = RBMConfig.model_validate_json(json)
    engine._connected().run(gates.hold, run_id(config), 2, Path(gate))
    engine.submit(config)
    time.sleep(600)
"""


def processes_of(session):
    """Return the ids of the processes of a session that are alive, as Linux lists them."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, its_session, *_ = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_session) == session and state not in "ZX":
            alive.append(int(path.parent.name))
    return alive


@pytest.mark.workers
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_workers_of_a_killed_server_end_and_its_run_goes_on(
    library, six, six_in_one_go, tmp_path, start, gate, kill, wait_until, monkeypatch, assert_same_bits
):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    server = start(script, library.own.folder, library.shipped.folder, six.model_dump_json(), gate)
    run = wait_until(lambda: six in library and library.find(six))
    wait_until(lambda: run.epochs == 2 and run.status.share > 0)
    worker = int(run.status.worker.rpartition(":")[2])
    assert worker in processes_of(server.pid)  # a process of its own, or this test would prove nothing
    assert worker != server.pid

    kill(server.pid)
    server.wait(60)
    wait_until(lambda: not processes_of(server.pid), 10)  # nobody trains on, and nobody is left
    monkeypatch.setattr(status_module, "STALE_AFTER_SECONDS", 0.5)
    wait_until(lambda: run.status.state is State.INTERRUPTED)
    assert run.model().W.isfinite().all()
    assert run.metrics()["reconstruction_error"].notna().all()
    assert run.epochs == 2
    gate.unlink()
    run = InlineEngine(library).submit(six)
    assert (run.status.state, run.status.attempt) == (State.DONE, 2)
    assert_same_bits(run, six_in_one_go)
