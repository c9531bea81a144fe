"""What it means that two runs are the same."""

import math

from explorer.runs.tensors import read_tensors


def bits(path):
    arrays, epoch = read_tensors(path)
    return epoch, {name: (x.dtype.str, x.shape, x.tobytes()) for name, x in arrays.items()}


def assert_same_bits(run, reference):
    """Hold a run against one that was trained in one go: weights, momentum, chains, light figures, not the seconds."""
    assert run.id == reference.id
    assert run.epochs == reference.epochs
    assert bits(run.paths.resume) == bits(reference.paths.resume)
    assert set(run.snapshots) >= set(reference.snapshots)
    for epoch in reference.snapshots:
        assert bits(run.paths.snapshot(epoch)) == bits(reference.paths.snapshot(epoch))
    rows, expected = run.light_rows(), reference.light_rows()
    assert [row["epoch"] for row in rows] == [row["epoch"] for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        for name in wanted.keys() - {"seconds"}:
            assert row[name] == wanted[name] or (math.isnan(row[name]) and math.isnan(wanted[name]))
