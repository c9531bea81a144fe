from explorer.runs.schedule import is_snapshot_epoch


def test_snapshots_are_log_spaced():
    kept = [epoch for epoch in range(1001) if is_snapshot_epoch(epoch)]
    assert kept == [0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000]
