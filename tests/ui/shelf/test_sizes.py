"""The memory a value holds on to."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.models.rbm import RBM
from explorer.ui.shelf.sizes import bytes_of, make_read_only

KB = 1024


@dataclass(frozen=True, slots=True)
class Slotted:
    content: Any


@dataclass
class Plain:
    content: Any


class Named(NamedTuple):
    content: Any


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(64 * KB, np.uint8),
        np.zeros(64 * KB, np.uint8)[::2],  # a view keeps all of it
        np.zeros((KB, 16), np.float32).T,
        torch.zeros(16 * KB),
        torch.zeros(16 * KB)[:10],
        torch.zeros(16 * KB).numpy(),
        b"x" * 64 * KB,
        "x" * 64 * KB,
        ["x" * 32 * KB, {"y": b"y" * 32 * KB}],
        Slotted(np.zeros(64 * KB, np.uint8)),
        Plain((np.zeros(64 * KB, np.uint8),)),
        Named([torch.zeros(16 * KB)]),
        pd.DataFrame({"a": np.zeros(8 * KB)}),
        torch.nn.Linear(128, 128, bias=False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_counts_with_all_that_it_refers_to(value):
    assert 64 * KB <= bytes_of(value) < 67 * KB


def test_what_is_there_twice_counts_once():
    x, t = np.zeros(64 * KB, np.uint8), torch.zeros(16 * KB)
    ring = [x, x[:5], x, t, t[3:], t.numpy()]
    ring.append(ring)  # and in itself
    assert 128 * KB <= bytes_of(ring) < 130 * KB


def test_a_model_counts_with_its_weights():
    rbm = RBM.of(torch.zeros(784, 100), torch.zeros(784), torch.zeros(100))
    weights = 4 * (784 * 100 + 784 + 100)
    assert weights <= bytes_of(rbm) < weights + 8 * KB


def test_functions_and_classes_are_there_anyway():
    assert bytes_of((len, np.ndarray, bytes_of, [].append, np)) < KB


def test_arrays_anywhere_become_read_only():
    x, y = np.zeros(3), np.zeros(3)
    view = y[:2]
    make_read_only([Plain({"x": x}), (view,)])
    for array in (x, view):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    y[0] = 1  # others may hold what is only seen in part
