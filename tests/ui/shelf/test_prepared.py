"""What takes seconds of shipped runs is read where it was prepared, and computed where anything is different."""

import numpy as np
import pytest

from explorer.ui.shelf.prepared import folder, is_prepared, prepared, preparing


@pytest.fixture
def shipped(tmp_path, clean_settings):
    clean_settings(trained=tmp_path)
    (tmp_path / "analyses").mkdir()
    return tmp_path


@pytest.fixture
def calls():
    return []


@pytest.fixture
def counted(calls):
    @prepared("counted")
    def count(key, dataset, images):
        calls.append((key, dataset, images))
        return {"numbers": np.arange(images), "epoch": np.array(key[1] + 0.5)}

    return count


def test_what_was_prepared_is_read_to_the_last_bit(shipped, counted, calls):
    key = (str(shipped / "rbm-1"), 3, 100)
    with preparing():
        made = counted(key, "mnist", 4)
    read = counted((key[0], 3, 999), "mnist", images=4)  # written at another time, as files of a clone are
    assert len(calls) == 1
    assert {name: (array.dtype, array.tolist()) for name, array in read.items()} == {
        name: (array.dtype, array.tolist()) for name, array in made.items()
    }


@pytest.mark.parametrize(
    ("run", "epoch", "dataset", "images"),
    [("rbm-2", 3, "mnist", 4), ("rbm-1", 4, "mnist", 4), ("rbm-1", 3, "x", 4), ("rbm-1", 3, "mnist", 5)],
)
def test_what_differs_is_computed(shipped, counted, calls, run, epoch, dataset, images):
    with preparing():
        counted((str(shipped / "rbm-1"), 3, 0), "mnist", 4)
    assert counted((str(shipped / run), epoch, 0), dataset, images)["numbers"].shape == (images,)
    assert len(calls) == 2


def test_of_a_run_of_the_users_own_nothing_is_read_or_written(shipped, counted, calls):
    with preparing():
        counted((str(shipped / "rbm-1"), 3, 0), "mnist", 4)
        counted((str(shipped.parent / "own" / "rbm-1"), 3, 0), "mnist", 4)
    counted((str(shipped.parent / "own" / "rbm-1"), 3, 0), "mnist", 4)
    assert len(calls) == 3
    assert len(list(folder().iterdir())) == 1


def test_nothing_is_written_but_while_preparing(shipped, counted):
    counted((str(shipped / "rbm-1"), 3, 0), "mnist", 4)
    assert not list(folder().iterdir())


def test_what_cannot_be_read_is_computed(shipped, counted, calls):
    with preparing():
        counted((str(shipped / "rbm-1"), 3, 0), "mnist", 4)
    (path,) = folder().iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert counted((str(shipped / "rbm-1"), 3, 0), "mnist", 4)["numbers"].tolist() == [0, 1, 2, 3]
    assert len(calls) == 2


def test_whether_something_is_only_read_is_known_without_computing_it(shipped, counted, calls):
    key = (str(shipped / "rbm-1"), 3, 100)
    assert not is_prepared("counted", key, "mnist", 4)
    with preparing():
        counted(key, "mnist", 4)
    assert is_prepared("counted", key, "mnist", 4)
    assert not is_prepared("counted", key, "mnist", 5)
    assert not is_prepared("counted", ("/elsewhere/rbm-1", 3, 100), "mnist", 4)
    assert len(calls) == 1
