import gzip
import hashlib
import re
import struct
import time
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, load
from explorer.data.idx_files import MNIST_SHA256, IdxSet, read_idx
from explorer.errors import DataDamaged, DataMissing, OtherData
from explorer.settings import settings
from tests.data.idx import idx

IMAGES, LABELS = "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def changed(content, at, byte):
    return content[:at] + bytes([byte]) + content[at + 1 :]


# any file in the format


@pytest.mark.parametrize("shape", [(7,), (5, 3, 4), (2, 3), (2, 1, 3, 2), (0, 28, 28)])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_as_its_header_says(tmp_path, shape, packed):
    array = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    path = tmp_path / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    found = read_idx(path)
    assert found.dtype == np.uint8
    assert np.array_equal(found, array)
    assert found.shape == shape


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"is no IDX file: it begins with the bytes \(none\)"),
        (b"\x89PNG\r\n", "is no IDX file: it begins with the bytes 89 50 4e 47"),
        (b"\0\0\x08\0", "is no IDX file: it begins with the bytes 00 00 08 00"),
        (b"\0\0\x07\x03" + bytes(12), "is no IDX file: it begins with the bytes 00 00 07 03"),
        (b"\0\0\x0d\x03" + bytes(12), "holds float numbers, as its header says"),
        (b"\0\0\x08\x03" + bytes(11), "ends within its header: it is cut off"),
        (struct.pack(">IIII", 0x0803, 2, 3, 4) + bytes(23), "2 images of 3×4 pixels.* only 23 of its 24 bytes"),
        (struct.pack(">II", 0x0801, 1500) + bytes(1501), "1,500 labels.* more bytes than that"),
        (struct.pack(">IIII", 0x0803, *[2**32 - 1] * 3) + bytes(9), "as its header says: more than can be read"),
        (struct.pack(">IIII", 0x0803, 2**20, 2**5, 2**5) + bytes(9), "has only 9 of its 1,073,741,824 bytes"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_wrong_with_a_file_is_said(tmp_path, content, said, packed):
    path = tmp_path / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(content) if packed else content)
    began = time.monotonic()
    with pytest.raises(DataDamaged, match=f"^{re.escape(str(path))} .*{said}"):
        read_idx(path)
    assert time.monotonic() - began < 5  # no memory is taken for what a header says and the file does not have


@pytest.mark.parametrize(
    "content",
    [b"no archive", gzip.compress(idx(np.zeros(500)))[:-9], gzip.compress(b"x" * 99)[:20]],
    ids=["no archive", "end cut off", "beginning only"],
)
def test_a_damaged_archive_is_named(tmp_path, content):
    path = tmp_path / "a.gz"
    path.write_bytes(content)
    with pytest.raises(DataDamaged, match=re.escape(str(path))):
        read_idx(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataDamaged, match=f"{re.escape(str(path))} cannot be read: (Is a directory|No such file)"):
            read_idx(path)


# the files of a known set


def check(images, files):
    for part, file in (("train", "train-"), ("test", "t10k-")):
        pixels = np.frombuffer(files[f"{file}images-idx3-ubyte"][16:], np.uint8).reshape(-1, 784)
        labels = np.frombuffer(files[f"{file}labels-idx1-ubyte"][8:], np.uint8)
        assert np.array_equal(getattr(images, part), pixels)
        assert np.array_equal(getattr(images, f"{part}_labels"), labels)


def test_the_four_files_become_one_set(toy, toy_files, write):
    write(toy_files)
    images = load("toy")
    assert (images.name, images.shape) == ("toy", (28, 28))
    check(images, toy_files)


def packed(files):
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


def test_packed_files_are_read_alone_and_beside_others(toy, toy_files, write):
    raw = write(packed(toy_files))
    assert toy.available
    check(load("toy"), toy_files)
    (raw / f"{IMAGES}.gz").unlink()
    assert not toy.available
    write({IMAGES: toy_files[IMAGES]})
    load.cache_clear()
    check(load("toy"), toy_files)


def test_a_missing_set_says_what_to_do(toy):
    with pytest.raises(DataMissing, match=r"toy is not on this machine.*Download.*EXPLORER_DATA.*Toy/raw.*mnist-5k"):
        load("toy")


def test_missing_images_are_named(toy, toy_files, write):
    raw = write(toy_files)
    (raw / IMAGES).unlink()
    with pytest.raises(DataMissing, match=rf"{raw / IMAGES} is missing, the training images of toy.*download toy"):
        load("toy")


def test_images_alone_are_a_set_without_labels(toy, toy_files, write):
    write({name: content for name, content in toy_files.items() if "images" in name})
    assert toy.available
    images = load("toy")
    assert (len(images.train), len(images.test)) == (6, 4)
    assert images.train_labels is images.test_labels is None
    assert not images.labelled
    for split in ("training", "test"):
        with pytest.raises(DataMissing, match=f"The {split} images of toy have no labels on this machine"):
            images.labels(split)


def test_labels_of_one_half_are_those_of_one_half(toy, toy_files, write):
    (write(toy_files) / LABELS).unlink()
    images = load("toy")
    assert len(images.labels("training")) == 6
    assert images.test_labels is None
    assert not images.labelled


def test_a_label_beyond_the_classes_is_named_with_its_file(toy, toy_files, write):
    raw = write(toy_files | {LABELS: changed(toy_files[LABELS], 9, 23)})
    with pytest.raises(OtherData, match=rf"{raw / LABELS} holds the label 23; the classes of toy are 0 to 9"):
        load("toy")


@pytest.mark.parametrize(
    ("name", "array", "held", "wanted"),
    [
        (IMAGES, np.zeros((1000, 28, 28)), "1,000 images of 28×28 pixels", "6 images of 28×28 pixels"),
        (IMAGES, np.zeros((6, 14, 56)), "6 images of 14×56 pixels", "6 images of 28×28 pixels"),
        (IMAGES, np.zeros(6), "6 labels", "6 images of 28×28 pixels"),
        (LABELS, np.zeros(200), "200 labels", "4 labels"),
    ],
)
def test_another_set_is_refused_with_what_it_holds(toy, toy_files, write, name, array, held, wanted):
    raw = write(toy_files | {name: idx(array)})
    with pytest.raises(OtherData) as caught:
        load("toy")
    assert f"{raw / name} holds {held}, as its header says; toy has {wanted} there." in str(caught.value)


@pytest.mark.parametrize("name", [IMAGES, LABELS])
@pytest.mark.parametrize("at", ["start", "end", "more", "shape", "label"])
def test_nobody_is_told_to_delete_what_they_brought(toy, toy_files, write, name, at):
    content = toy_files[name]
    worse = {"start": b"x" + content, "end": content[:-1], "more": content + b"0", "shape": changed(content, 7, 5)}
    raw = write(toy_files | {name: worse.get(at, content), LABELS: worse.get(at, changed(toy_files[LABELS], 9, 99))})
    with pytest.raises((DataDamaged, OtherData), match="move it elsewhere, and download toy in the app") as caught:
        load("toy")
    assert "Delete" not in str(caught.value)
    assert str(raw) in str(caught.value)


def test_an_altered_byte_is_found_where_the_checksum_is_known(toy_files, write):
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in toy_files.items()}
    known = IdxSet("toy", "Toy", sums, items=(6, 4))
    raw = write(toy_files)
    assert known.load([raw.parent.parent]).train.shape == (6, 784)
    content = toy_files[IMAGES]
    write({IMAGES: changed(content, 1000, content[1000] ^ 1)})
    with pytest.raises(DataDamaged, match=f"{raw / IMAGES} does not have the checksum of toy"):
        known.load([raw.parent.parent])


def test_packed_files_are_checked_by_the_sums_of_torchvision(toy, toy_files, write, monkeypatch):
    files = packed(toy_files)
    sums = [(name, hashlib.md5(content, usedforsecurity=False).hexdigest()) for name, content in files.items()]
    monkeypatch.setattr("torchvision.datasets.Toy", SimpleNamespace(resources=sums), raising=False)
    raw = write(files)
    check(load("toy"), toy_files)
    write({f"{IMAGES}.gz": gzip.compress(toy_files[IMAGES], 1)})
    load.cache_clear()
    with pytest.raises(DataDamaged, match=f"{raw / IMAGES}.gz does not have the checksum of toy"):
        load("toy")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_torchvision_lists_a_sum_for_each_file_of_a_known_set(name):
    source = CATALOGUE[name].source
    for file in MNIST_SHA256:
        assert re.fullmatch("[0-9a-f]{32}", source._md5(source.raw_folder(settings().download_folder) / f"{file}.gz"))
    assert source.classes == len(CATALOGUE[name].classes)
    assert source.items[0] == CATALOGUE[name].n_train


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


def linked(tmp_path, names):
    """A data folder with some of MNIST's files."""
    source = CATALOGUE["mnist"].source
    raw = source.raw_folder(tmp_path)
    raw.mkdir(parents=True)
    for name in names:
        (raw / name).symlink_to(source.raw_folder(source.find(settings().data_folders)) / name)
    return source, raw


@pytest.mark.full_mnist
def test_one_altered_byte_of_mnist_is_found(clean_settings, tmp_path):
    source, raw = linked(tmp_path, MNIST_SHA256)
    content = (raw / LABELS).read_bytes()
    (raw / LABELS).unlink()
    (raw / LABELS).write_bytes(changed(content, 5000, (content[5000] + 1) % 10))
    with pytest.raises(DataDamaged, match=f"{LABELS} does not have the checksum of mnist"):
        source.load([tmp_path])


@pytest.mark.full_mnist
def test_mnist_packed_anew_is_mnist(clean_settings, tmp_path):
    source, raw = linked(tmp_path, [name for name in MNIST_SHA256 if name != LABELS])
    whole = source.raw_folder(source.find(settings().data_folders)) / LABELS
    (raw / f"{LABELS}.gz").write_bytes(gzip.compress(whole.read_bytes(), 1))
    assert np.array_equal(source.load([tmp_path]).test_labels, load("mnist").test_labels)
