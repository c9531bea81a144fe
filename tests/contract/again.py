"""An exported script, run in a process of its own, and what it has to give."""

import io
import zipfile

from explorer.runs.store import Store
from tests.contract.fresh import run_script
from tests.forked import forked
from tests.same_bits import assert_same_bits


def assert_trained_again(original, content, folder, monkeypatch):
    """The script of a run's export trains it in a fresh process, in an empty store, to the same bits."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    script, said = folder / original.id / "rebuild.py", folder / "said.txt"
    folders = {"EXPLORER_STORE": str(folder / "store"), "EXPLORER_TRAINED": str(folder / "none")}
    process = forked(monkeypatch, run_script, script, said, folders | {"EXPLORER_DEVICE": "cpu"})
    process.join(120)
    assert process.exitcode == 0, said.read_text() if said.exists() else "no word"
    assert said.read_text() == f"<Run {original.id}, {original.epochs} epochs>\n"
    assert_same_bits(Store(folder / "store").run(original.id), original)
