"""Where trainings run, in words, and whether that is where the server itself computes."""

import subprocess
import sys

import pytest

from explorer.engine.dask.cluster import Gpu
from explorer.settings import settings
from explorer.training import device
from explorer.ui import workers
from explorer.ui.workers import in_words, on_cpu_here
from tests.pages import NoEngine, press


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


class TwoGpus(NoEngine):
    """Has two GPUs, and notes which one each training is for."""

    def __init__(self, count=2):
        self.asked, self.count = [], count

    def gpus(self):
        return [Gpu(f"GPU {number}", "NVIDIA H200", (number + 1) * 10**10, 14 * 10**10) for number in range(self.count)]

    def submit(self, _config, *, gpu, **_):
        self.asked.append(gpu)


@pytest.fixture
def with_gpus(monkeypatch):
    def attach(count):
        found = TwoGpus(count)
        monkeypatch.setattr(workers, "_gpus", lambda: ["NVIDIA H200"] * count)
        for module in ("explorer.ui.workers", "explorer.ui.asking"):
            monkeypatch.setattr(f"{module}.engine", lambda: found)
        return found

    return attach


def test_a_gpu_is_chosen_for_the_trainings_of_a_session(page, with_gpus):
    found = with_gpus(2)
    test = page("pages/runs.py")
    (choice,) = test.radio
    assert choice.options == [
        "the first that is free",
        "GPU 0: NVIDIA H200, 10.0 GB of 140.0 GB free",
        "GPU 1: NVIDIA H200, 20.0 GB of 140.0 GB free",
    ]
    wanted = {"dataset": "bars-and-stripes", "hidden_units": 3, "epochs": 1}
    test = test.switch_page("pages/rbm.py")
    for name, value in wanted.items():
        test.query_params[name] = str(value)
    test.run()
    press(test, "Train 1 epoch")
    test = test.switch_page("pages/runs.py").run()
    test.radio[0].set_value("GPU 1").run()
    test = test.switch_page("pages/rbm.py").run()
    press(test, "Train 1 epoch")
    assert found.asked == [None, "GPU 1"]


def test_of_one_gpu_the_free_memory_is_said(page, with_gpus):
    with_gpus(1)
    test = page("pages/runs.py")
    assert not test.radio
    assert "NVIDIA H200, 10.0 GB of 140.0 GB free." in [each.value for each in test.caption]


def test_the_page_of_all_runs_says_it(page):
    assert any("Trainings run on this machine" in each.value for each in page("pages/runs.py").markdown)
