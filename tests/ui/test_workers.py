"""Where trainings run, in words, and whether that is where the server itself computes."""

import subprocess
import sys

import pytest

from explorer.settings import settings
from explorer.training import device
from explorer.ui import workers
from explorer.ui.workers import in_words, on_cpu_here


@pytest.fixture
def told(monkeypatch):
    """Return a function that sets variables, and the device that trainings would take."""

    def tell(at="cpu", **variables):
        monkeypatch.setattr(workers, "settings", lambda: settings().model_copy(update=variables))
        monkeypatch.setattr(device, "pick_device", lambda: device.torch.device(at))

    return tell


@pytest.mark.parametrize(
    ("at", "variables", "here"),
    [("cpu", {}, True), ("cuda", {}, False), ("cuda", {"device": "cuda"}, False), ("cpu", {"device": "cpu"}, True),
     ("cpu", {"scheduler": "tcp://lab:8786"}, False)],
)  # fmt: skip
def test_only_what_is_trained_here_on_a_cpu_is_on_cpu_here(told, at, variables, here):
    told(at, **variables)
    assert on_cpu_here() is here


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"workers": 2, "threads": 1}, "on 2 workers with 1 thread each, as `EXPLORER_WORKERS` says;"),
        ({"workers": 1, "threads": 3}, "on 1 worker with 3 threads, as"),
        ({"workers": None, "threads": None}, "as many as its cores and its memory allow;"),
        ({"scheduler": "tcp://lab:8786"}, "sent to the scheduler at `tcp://lab:8786`"),
    ],
)
def test_the_workers_are_counted(told, variables, words):
    told(**variables)
    assert words in in_words()


def test_gpus_are_named(told, monkeypatch):
    told("cuda")
    monkeypatch.setattr(workers, "_has_driver", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda number: f"GPU {number}")
    assert in_words().endswith("one at a time on each of its GPUs: GPU 0, GPU 1.")


@pytest.mark.parametrize("cause", ["EXPLORER_DEVICE", "no driver"])
def test_torch_is_not_loaded_to_say_that_a_cpu_trains(monkeypatch, cause):
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu" if cause == "EXPLORER_DEVICE" else "auto")
    driver = "workers._has_driver = lambda: False" if cause == "no driver" else ""
    program = (
        f"import sys\nfrom explorer.ui import workers\n{driver}\nprint(workers.in_words(), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert said.startswith("Trainings run on this machine, on ")
    assert said.endswith("False\n")


def test_the_page_of_all_runs_says_it(page):
    assert any("Trainings run on this machine" in each.value for each in page("pages/runs.py").markdown)
