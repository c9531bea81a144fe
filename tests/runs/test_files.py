import errno
import os
import threading
from pathlib import Path

import pytest

from explorer.errors import StoreNotWritable
from explorer.runs.files import write_atomically


def failing(*_args, **_keywords):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_written_below_folders_that_do_not_exist(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, b"content", durable=True)
    assert path.read_bytes() == b"content"
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("place", [(Path, "replace"), (os, "fsync")], ids=["replace", "fsync"])
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_temporary(tmp_path, monkeypatch, place):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(*place, failing)
    with pytest.raises(StoreNotWritable) as caught:
        write_atomically(path, b"new", durable=True)
    assert str(path) in str(caught.value)
    assert "No space left" in str(caught.value)
    assert "EXPLORER_STORE" in str(caught.value)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_that_is_a_file_cannot_be_written_to(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreNotWritable, match="taken"):
        write_atomically(tmp_path / "taken" / "file", b"new")
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "file"
    contents = [letter * 300_000 for letter in (b"a", b"b", b"c")]
    write_atomically(path, contents[0])

    def write_often(content):
        for _ in range(30):
            write_atomically(path, content)

    writers = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_bytes())
    for writer in writers:
        writer.join()
    assert seen
    assert seen <= set(contents)
    assert os.listdir(tmp_path) == ["file"]
