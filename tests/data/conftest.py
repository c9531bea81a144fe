"""A data set in torchvision's layout that is small enough to be made up for a test."""

import struct

import numpy as np
import pytest

from explorer.data import idx_files
from explorer.data.catalogue import CATALOGUE, DataSet, load
from explorer.data.idx_files import IdxSet
from explorer.settings import Settings


@pytest.fixture
def toy_files(monkeypatch):
    """The four files of a set of 6 and 4 images by name; `idx_files` expects these sizes meanwhile."""
    monkeypatch.setattr(
        idx_files,
        "FILES",
        {name: (6 if "train" in name else 4, *sizes) for name, (_, *sizes) in idx_files.FILES.items()},
    )
    draws = np.random.default_rng(0)
    files = {}
    for name, (items, _, size) in idx_files.FILES.items():
        header = struct.pack(">IIII", 0x0803, items, 28, 28) if size > 1 else struct.pack(">II", 0x0801, items)
        files[name] = header + draws.integers(0, 256 if size > 1 else 10, items * size, dtype=np.uint8).tobytes()
    return files


@pytest.fixture
def toy(monkeypatch, tmp_path, clean_settings, toy_files):
    """The entry "toy" of the catalogue; data sets are looked for in tmp_path / "data" and "other" only."""
    folders = [tmp_path / "data", tmp_path / "other"]
    clean_settings(data=folders[0])
    monkeypatch.setattr(Settings, "data_folders", folders)
    entry = DataSet("toy", "Toy", (28, 28), 6, tuple("0123456789"), IdxSet("toy", "Toy"))
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
