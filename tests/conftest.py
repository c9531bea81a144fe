"""What every test shares: settings of its own, one thread, and the rule for tests of the full MNIST."""

import os

import pytest
import torch

from explorer.data.catalogue import CATALOGUE
from explorer.settings import settings


def pytest_runtest_setup(item):
    if item.get_closest_marker("full_mnist") and not CATALOGUE["mnist"].available:
        pytest.skip("the 60,000 MNIST digits are not on this machine; EXPLORER_DATA can name their folder")


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def clean_settings(monkeypatch, tmp_path):
    """Settings from a bare environment, with the store in `tmp_path`; call it to set more, as in f(device="cpu")."""
    for name in [name for name in os.environ if name.startswith("EXPLORER_") and name != "EXPLORER_DATA"]:
        monkeypatch.delenv(name)

    def change(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"EXPLORER_{name.upper()}", str(value))
        settings.cache_clear()

    change(store=tmp_path / "runs")
    yield change
    settings.cache_clear()
