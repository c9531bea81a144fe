"""A data set in torchvision's layout that is small enough to be made up for a test."""

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, DataSet, load
from explorer.data.idx_files import IdxSet
from explorer.settings import Settings
from tests.data.idx import idx


@pytest.fixture
def toy_files():
    """The four files of a set of 6 and 4 images, by name."""
    draws = np.random.default_rng(0)
    files = {}
    for split, items in (("train", 6), ("t10k", 4)):
        files[f"{split}-images-idx3-ubyte"] = idx(draws.integers(0, 256, (items, 28, 28)))
        files[f"{split}-labels-idx1-ubyte"] = idx(draws.integers(0, 10, items))
    return files


@pytest.fixture
def toy(monkeypatch, tmp_path, clean_settings):
    """The entry "toy" of the catalogue; data sets are looked for in tmp_path / "data" and "other" only."""
    folders = [tmp_path / "data", tmp_path / "other"]
    clean_settings(data=folders[0])
    monkeypatch.setattr(Settings, "data_folders", folders)
    entry = DataSet("toy", "Toy", (28, 28), 6, tuple("0123456789"), IdxSet("toy", "Toy", items=(6, 4)))
    monkeypatch.setitem(CATALOGUE, "toy", entry)
    load.cache_clear()
    yield entry
    load.cache_clear()


@pytest.fixture
def write(tmp_path):
    """Write files of the toy set below a data folder and return the folder that holds them."""

    def write_(files, folder="data"):
        raw = tmp_path / folder / "Toy" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (raw / name).write_bytes(content)
        return raw

    return write_
