import json

import numpy as np
import pytest
from safetensors.numpy import save

from explorer.errors import BrokenFile
from explorer.runs.tensors import read_tensors, write_tensors

ARRAYS = {
    "W": np.arange(12, dtype=np.float32).reshape(3, 4) / 7,
    "count": np.array(5, np.int64),
    "none": np.zeros((0, 3), np.float32),
}


def test_what_is_written_is_read(tmp_path):
    write_tensors(tmp_path / "x", ARRAYS | {"turned": ARRAYS["W"].T}, 42)
    arrays, epoch = read_tensors(tmp_path / "x")
    assert epoch == 42
    assert set(arrays) == {*ARRAYS, "turned"}
    for name, array in ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(arrays[name], array)
    np.testing.assert_array_equal(arrays["turned"], ARRAYS["W"].T)


def test_half_rounds_to_16_bits(tmp_path):
    write_tensors(tmp_path / "x", {"W": ARRAYS["W"], "count": np.array(100_000)}, 0, half=True)
    arrays, _ = read_tensors(tmp_path / "x")
    np.testing.assert_array_equal(arrays["W"], ARRAYS["W"].astype(np.float16))
    assert arrays["count"] == 100_000  # whole numbers stay


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"garbage that is no tensor at all",
        b"\xff" * 64,
        (2**62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        save(ARRAYS),
        save(ARRAYS, metadata={"epoch": "four"}),
        save(ARRAYS, metadata={"other": "4"}),
    ],
    ids=["empty", "byte", "text", "ones", "huge header", "no tensors", "no epoch", "no number", "other metadata"],
)
def test_a_file_that_is_something_else_is_named(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BrokenFile) as caught:
        read_tensors(tmp_path / "x")
    assert caught.value.path == tmp_path / "x"
    assert str(tmp_path / "x") in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(BrokenFile, match=str(path)):
            read_tensors(path)


def test_a_truncated_file_is_named_wherever_it_ends(tmp_path):
    path = tmp_path / "x"
    write_tensors(path, ARRAYS, 3)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BrokenFile):
            read_tensors(path)


def test_an_altered_header_is_named_or_read_but_never_an_unknown_error(tmp_path):
    path = tmp_path / "x"
    write_tensors(path, ARRAYS, 3)
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    assert json.loads(whole[8:header])
    broken = 0
    for place in range(header):
        for value in (0x00, ord("9"), ord('"'), 0xFF):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                read_tensors(path)
            except BrokenFile:
                broken += 1
    assert broken > header  # some changes only rename a tensor
