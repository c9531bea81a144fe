import hashlib
import struct

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, load
from explorer.data.idx_files import MNIST_SHA256, IdxSet
from explorer.errors import DataDamaged, DataMissing
from explorer.settings import settings

IMAGES, LABELS = "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def changed(content, at, byte):
    return content[:at] + bytes([byte]) + content[at + 1 :]


def test_the_four_files_become_one_set(toy, toy_files, write):
    write(toy_files)
    images = load("toy")
    assert (images.name, images.shape) == ("toy", (28, 28))
    for part, file in (("train", "train-"), ("test", "t10k-")):
        pixels = np.frombuffer(toy_files[f"{file}images-idx3-ubyte"][16:], np.uint8).reshape(-1, 784)
        labels = np.frombuffer(toy_files[f"{file}labels-idx1-ubyte"][8:], np.uint8)
        assert np.array_equal(getattr(images, part), pixels)
        assert np.array_equal(getattr(images, f"{part}_labels"), labels)


def test_a_missing_set_says_what_to_do(toy):
    with pytest.raises(DataMissing, match=r"toy is not on this machine.*Download.*EXPLORER_DATA.*Toy/raw.*mnist-5k"):
        load("toy")


def test_a_missing_file_is_named(toy, toy_files, write):
    raw = write(toy_files)
    (raw / LABELS).unlink()
    with pytest.raises(DataMissing, match=rf"{LABELS} is missing.*Delete .*raw and download toy again"):
        load("toy")


@pytest.mark.parametrize("length", [0, 4719, 4721])
def test_a_file_of_another_length_is_refused(toy, toy_files, write, length):
    raw = write(toy_files | {IMAGES: (toy_files[IMAGES] + b"0")[:length]})
    with pytest.raises(DataDamaged, match=rf"{raw / IMAGES} has [\d,]+ bytes instead of 4,720: .*download toy again"):
        load("toy")


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_wrong_magic_number_is_refused(toy, toy_files, write, name):
    raw = write(toy_files | {name: changed(toy_files[name], 3, 0x0D)})
    with pytest.raises(DataDamaged, match=f"{raw / name} does not start like an idx file"):
        load("toy")


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_wrong_count_is_refused(toy, toy_files, write, name):
    raw = write(toy_files | {name: changed(toy_files[name], 7, 5)})
    with pytest.raises(DataDamaged, match=f"{raw / name} does not start like an idx file"):
        load("toy")


def test_images_of_another_size_are_refused(toy, toy_files, write):
    raw = write(toy_files | {IMAGES: struct.pack(">IIII", 0x0803, 6, 14, 56) + toy_files[IMAGES][16:]})
    with pytest.raises(DataDamaged, match=f"{raw / IMAGES} does not start like an idx file"):
        load("toy")


def test_an_altered_byte_is_found_where_the_checksum_is_known(toy_files, write):
    known = IdxSet("toy", "Toy", {name: hashlib.sha256(content).hexdigest() for name, content in toy_files.items()})
    raw = write(toy_files)
    assert known.load([raw.parent.parent]).train.shape == (6, 784)
    content = toy_files[IMAGES]
    write({IMAGES: changed(content, 1000, content[1000] ^ 1)})
    with pytest.raises(DataDamaged, match=f"{raw / IMAGES} does not have the checksum of toy"):
        known.load([raw.parent.parent])


def test_the_first_folder_with_the_set_wins(toy, toy_files, write):
    other = write(toy_files, "other").parent.parent
    assert toy.source.find(settings().data_folders) == other
    data = write(toy_files, "data").parent.parent
    assert toy.source.find(settings().data_folders) == data


def test_part_of_a_set_does_not_hide_a_whole_one(toy, toy_files, write):
    write({IMAGES: toy_files[IMAGES]}, "data")
    assert not toy.available
    write(toy_files, "other")
    assert toy.available
    assert len(load("toy").train) == 6


@pytest.mark.full_mnist
def test_mnist_is_the_known_one(clean_settings):
    images = load("mnist")
    assert images.train.shape == (60_000, 784)
    assert images.test.shape == (10_000, 784)
    assert images.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert images.test_labels[:5].tolist() == [7, 2, 1, 0, 4]


@pytest.mark.full_mnist
def test_one_altered_byte_of_mnist_is_found(clean_settings, tmp_path):
    source = CATALOGUE["mnist"].source
    raw = source.raw_folder(tmp_path)
    raw.mkdir(parents=True)
    for name in MNIST_SHA256:
        original = source.raw_folder(source.find(settings().data_folders)) / name
        if name == LABELS:
            content = original.read_bytes()
            (raw / name).write_bytes(changed(content, 5000, (content[5000] + 1) % 10))
        else:
            (raw / name).symlink_to(original)
    with pytest.raises(DataDamaged, match=f"{LABELS} does not have the checksum of mnist"):
        source.load([tmp_path])
