"""Pages over a data folder that is not as it should be."""

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, load
from explorer.models.rbm import RBMConfig
from explorer.settings import Settings, settings
from tests.data.idx import idx
from tests.few_images import few_images
from tests.pages import press, texts
from tests.ui.rbms import SMALL


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The only place where data sets are looked for."""
    place = tmp_path / "my data"
    monkeypatch.setattr(Settings, "data_folders", [place])
    load.cache_clear()
    yield place
    load.cache_clear()


@pytest.fixture
def digits(inline, monkeypatch):
    """The config of a run on what is called MNIST, trained on a few images."""
    config = RBMConfig(**SMALL | {"dataset": "mnist"})
    with monkeypatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        inline.submit(config)
    return config


def test_a_set_of_another_size_is_said_to_be_another(open_page, digits, folder):
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split, count in (("train", 1000), ("t10k", 200)):
        (raw / f"{split}-images-idx3-ubyte").write_bytes(idx(np.zeros((count, 28, 28))))
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(idx(np.zeros(count)))
    test = open_page(digits, view="Reconstructions")
    assert not test.exception
    said = f"{raw / 'train-images-idx3-ubyte'} holds 1,000 images of 28×28 pixels, as its header says; mnist has 60,000"
    assert any(said in error.value for error in test.error)
    assert "Delete" not in "".join(error.value for error in test.error)


def test_a_folder_that_is_a_file_is_named_by_the_download(page, folder):
    folder.write_text("a list of what I would like to have")
    test = press(page("pages/rbm.py", dataset="mnist"), "Download (12 MB)")
    assert not test.exception
    (error,) = test.error
    assert error.value.startswith(
        f"MNIST, 60,000 digits cannot be downloaded to {folder}: a file stands where a folder"
    )


@pytest.mark.full_mnist
def test_mnist_without_labels_is_shown(open_page, digits, monkeypatch, tmp_path):
    there = CATALOGUE["mnist"].source.raw_folder(CATALOGUE["mnist"].source.find(settings().data_folders))
    raw = tmp_path / "images alone" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split in ("train", "t10k"):
        (raw / f"{split}-images-idx3-ubyte").symlink_to(there / f"{split}-images-idx3-ubyte")
    monkeypatch.setattr(Settings, "data_folders", [raw.parent.parent])
    load.cache_clear()
    test = open_page(digits, view="Reconstructions")
    load.cache_clear()
    assert not test.exception
    assert not test.error
    assert "as in **MNIST, 60,000 digits**, which has 10,000 of them." in texts(test)
