import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, default_name, load
from explorer.errors import DataMissing
from explorer.settings import Settings

BUILT_IN = ("mnist-5k", "bars-and-stripes", "spiral")


def check_entry(name):
    entry, images = CATALOGUE[name], load(name)
    assert entry.available
    assert (images.name, images.shape, images.n_pixels) == (name, entry.shape, entry.n_pixels)
    assert len(images.train) == len(images.train_labels) == entry.n_train
    assert len(images.test) == len(images.test_labels)
    for labels in (images.train_labels, images.test_labels):
        assert set(labels.tolist()) == set(range(len(entry.classes)))
    for array in (images.train, images.train_labels, images.test, images.test_labels):
        assert array.dtype == np.uint8
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_sets_are_as_the_catalogue_says(name):
    check_entry(name)


@pytest.mark.full_mnist
def test_mnist_is_as_the_catalogue_says(clean_settings):
    assert default_name() == "mnist"
    check_entry("mnist")


def test_names_are_the_keys():
    assert all(entry.name == name for name, entry in CATALOGUE.items())


def test_a_set_is_read_once():
    assert load("mnist-5k") is load("mnist-5k")


def test_an_unknown_set_is_refused_with_the_known_ones():
    with pytest.raises(DataMissing, match="no data set 'letters'; the catalogue has mnist, mnist-5k"):
        load("letters")


def test_without_files_the_built_in_digits_are_the_default(monkeypatch, tmp_path, clean_settings):
    monkeypatch.setattr(Settings, "data_folders", [tmp_path])
    assert [name for name, entry in CATALOGUE.items() if entry.available] == list(BUILT_IN)
    assert default_name() == "mnist-5k"


def test_folders_are_searched_in_order(clean_settings, tmp_path):
    clean_settings(data=tmp_path)
    settings = Settings()
    assert settings.data_folders[0] == settings.download_folder == tmp_path
