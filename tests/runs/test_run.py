import json

import numpy as np
import pytest
import torch

from explorer.errors import BrokenFile, SnapshotNotFound
from explorer.runs.run import Run
from explorer.runs.tensors import read_tensors, write_tensors


def test_a_run_tells_what_it_is(run, config, store):
    assert run.kind == "rbm"
    assert run.config == config
    assert run.settings == config.model_dump(mode="json", exclude={"epochs"})
    assert (run.epochs, run.snapshots) == (2, [0, 1, 2])
    assert run.paths.folder == store.folder / run.id
    assert str(run.epochs) in repr(run)
    assert run.id in repr(run)


def test_metrics_have_a_row_for_each_epoch(run):
    table = run.metrics()
    assert list(table.index) == [0, 1, 2]
    assert {"seconds", "reconstruction_error", "pseudo_likelihood"} <= set(table.columns)
    assert table["reconstruction_error"].notna().all()


def test_a_model_of_each_kept_epoch_can_be_had(run):
    for epoch in run.snapshots:
        arrays, written_epoch = read_tensors(run.paths.snapshot(epoch))
        assert written_epoch == epoch
        torch.testing.assert_close(run.model(epoch).W, torch.from_numpy(arrays["W"]), rtol=0, atol=0)
    assert torch.equal(run.model().W, run.model(2).W)
    assert not torch.equal(run.model(1).W, run.model(2).W)


def test_a_model_kept_with_16_bits_is_read_in_single_precision(run):
    arrays, epoch = read_tensors(run.paths.snapshot(2))
    write_tensors(run.paths.snapshot(2), arrays, epoch, half=True)
    assert run.model(2).W.dtype == torch.float32
    np.testing.assert_allclose(run.model(2).W.numpy(), arrays["W"], rtol=1e-3, atol=1e-6)


def test_an_epoch_that_was_not_kept_is_refused_with_those_that_were(run):
    with pytest.raises(SnapshotNotFound, match=r"epoch 7.*0, 1, 2"):
        run.model(7)


def test_a_run_that_has_not_started_has_nothing(store, config):
    run = store.request(config)
    assert run.snapshots == []
    assert run.metric_rows() == []
    assert run.metrics().empty
    assert run.epochs == 0
    assert run.config == config.model_copy(update={"epochs": 1})
    with pytest.raises(SnapshotNotFound, match="none yet"):
        run.model()


def test_size_is_that_of_all_files(run):
    sizes = [path.stat().st_size for path in run.paths.folder.rglob("*") if path.is_file()]
    assert run.size() == sum(sizes) > 1000


def test_size_is_counted_anew_when_files_come_and_go(run):
    before = run.size()
    for folder in (run.paths.folder, run.paths.snapshots, run.paths.figures):
        folder.mkdir(exist_ok=True)
        (folder / "more").write_bytes(b"x" * 1000)
        assert run.size() == before + 1000
        (folder / "more").unlink()
        assert run.size() == before


def test_size_bears_files_that_vanish_meanwhile(run, monkeypatch):
    kept = [path for path in run.paths.folder.rglob("*") if path.is_file() and path != run.paths.metrics]
    expected = sum(path.stat().st_size for path in kept)
    monkeypatch.setattr("os.walk", _vanishing(run.paths.metrics))
    assert run.size() == expected


def _vanishing(victim):
    import os

    walk = os.walk

    def walk_and_remove(folder):
        for entry in walk(folder):
            victim.unlink(missing_ok=True)
            yield entry

    return walk_and_remove


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 40,
        b"\xff\xfe\xfd",
        b"[1, 2]",
        b"7",
        b"{}",
        b'{"kind": "rbm"}',
        b'{"kind": "rbm", "config": []}',
        b'{"kind": 5, "config": {}}',
    ],
)
def test_a_broken_config_is_named(run, content):
    run.paths.config.write_bytes(content)
    for ask in (lambda r: r.kind, lambda r: r.settings, lambda r: r.config, lambda r: r.model()):
        with pytest.raises(BrokenFile) as caught:
            ask(Run(run.paths.folder))
        assert caught.value.path == run.paths.config
        assert str(run.paths.config) in str(caught.value)


def test_a_config_cut_anywhere_is_named(run):
    whole = run.paths.config.read_bytes()
    for length in range(len(whole)):
        run.paths.config.write_bytes(whole[:length])
        with pytest.raises(BrokenFile):
            _ = Run(run.paths.folder).config


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "perceptron"}, "perceptron"),
        ({"config": {"hidden_units": 10**9}}, "hidden_units"),
        ({"config": {"warp": 9}}, "warp"),
        ({"config": {"dataset": "../../etc/passwd"}}, "dataset"),
    ],
)
def test_a_config_with_values_that_are_not_valid_is_named_with_them(run, change, named):
    written = json.loads(run.paths.config.read_bytes())
    run.paths.config.write_text(json.dumps(written | change))
    with pytest.raises(BrokenFile, match=named) as caught:
        _ = Run(run.paths.folder).config
    assert caught.value.path == run.paths.config


ROWS = [b'{"epoch": 0, "seconds": 0.0}', b'{"epoch": 1, "seconds": 0.5}', b'{"epoch": 2, "seconds": NaN}']


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"\0" * 40, "Expecting value"),
        (b"\xff\xfe\xfd", "codec can't decode"),
        (b'{"epoch": 1, "sec', "Unterminated string"),
        (b"", "Expecting value"),
        (b"[0, 1]", "not the metrics of an epoch"),
        (b"null", "not the metrics of an epoch"),
        (b'{"seconds": 0.1}', "not the metrics of an epoch"),
        (b'{"epoch": "one"}', "not the metrics of an epoch"),
        (b'{"epoch": true}', "not the metrics of an epoch"),
        (b'{"epoch": -1}', "epoch -1 after 0"),
        (b'{"epoch": 0}', "epoch 0 after 0"),
        (b'{"epoch": 1, "elbo": "high"}', "elbo is not a number"),
        (b'{"epoch": 1, "elbo": [1]}', "elbo is not a number"),
        (b'{"epoch": 1, "elbo": 1e999}', "elbo is too large"),
        (b'{"epoch": 1, "elbo": 1' + b"0" * 320 + b"}", "too large"),
        (b'{"epoch": 1, "![x](http://a.b/c)": 1}', "is not the name of a figure"),
        (b'{"epoch": 1, ' + b", ".join(b'"a%d": 1' % i for i in range(900)) + b"}", "not the figures of an epoch"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=range(18),
)
def test_of_damaged_metrics_what_is_whole_is_read_and_the_rest_is_named(run, line, fault):
    run.paths.metrics.write_bytes(b"\n".join([ROWS[0], line, ROWS[2], b""]))
    assert run.metric_rows() == [{"epoch": 0, "seconds": 0.0}, {"epoch": 2, "seconds": None}]
    assert list(run.metrics().index) == [0, 2]
    assert run.fault.startswith("metrics.jsonl is damaged, and some of its figures are lost (line 2: ")
    assert fault in run.fault
    assert run.model(2).n_hidden == 4  # the rest of the run can be seen


def test_metrics_that_are_cut_short_keep_the_lines_that_are_whole(run):
    whole = run.paths.metrics.read_bytes()
    rows = run.metric_rows()
    for end in (len(whole) - 5, len(whole) // 2, 3):
        run.paths.metrics.write_bytes(whole[:end])
        kept = run.metric_rows()
        assert kept == rows[: len(kept)]
        assert len(kept) == whole[:end].count(b"\n")
        assert run.fault


def test_metrics_that_are_too_large_are_not_read(run, monkeypatch):
    monkeypatch.setattr("explorer.runs.reading.MOST_BYTES", 20)
    with pytest.raises(BrokenFile, match="larger than 20 bytes") as caught:
        run.metric_rows()
    assert caught.value.path == run.paths.metrics


def test_a_broken_snapshot_is_named_and_the_others_stay(run):
    path = run.paths.snapshot(1)
    whole = path.read_bytes()
    for content in (b"", b"garbage" * 20, whole[:8], whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(BrokenFile) as caught:
            run.model(1)
        assert caught.value.path == path
        assert run.model(0).n_hidden == run.model(2).n_hidden == 4


@pytest.mark.parametrize("wrong", ["shape", "name"])
def test_a_snapshot_of_another_model_is_named(run, wrong):
    arrays, epoch = read_tensors(run.paths.snapshot(1))
    if wrong == "shape":
        arrays["W"] = arrays["W"].T
    else:
        arrays["X"] = arrays.pop("W")
    write_tensors(run.paths.snapshot(1), arrays, epoch)
    with pytest.raises(BrokenFile, match="W has shape" if wrong == "shape" else "no tensor X") as caught:
        run.model(1)
    assert caught.value.path == run.paths.snapshot(1)


def test_foreign_files_among_the_snapshots_are_ignored(run):
    for name in ("epoch-3.safetensors", "epoch-00003.safetensors.bak", ".epoch-00004.safetensors.x.tmp", "notes.txt"):
        (run.paths.snapshots / name).write_text("foreign")
    assert run.snapshots == [0, 1, 2]


# The exact model


def test_the_exact_model_of_the_last_epoch_is_that_of_the_resume_state(run):
    exact = run.model(2).W
    arrays, epoch = read_tensors(run.paths.snapshot(2))
    write_tensors(run.paths.snapshot(2), arrays, epoch, half=True)
    assert not torch.equal(run.model(2).W, exact)
    assert torch.equal(run.exact_model(2).W, exact)
    assert set(run.exact_model(2).state()) == {"W", "a", "b"}


def test_the_resume_state_is_that_of_its_own_epoch_only(run):
    assert torch.equal(run.exact_model(1).W, run.model(1).W)
    assert not torch.equal(run.exact_model(1).W, run.exact_model(2).W)
    with pytest.raises(SnapshotNotFound, match="epoch 7"):
        run.exact_model(7)


def test_what_only_learning_needs_is_no_part_of_the_exact_model(run):
    arrays, epoch = read_tensors(run.paths.resume)
    write_tensors(run.paths.resume, arrays | {"velocity.W": arrays["W"] + 1}, epoch)
    assert torch.equal(run.exact_model(2).W, run.model(2).W)


def test_without_a_resume_state_the_snapshot_is_all_there_is(run):
    run.paths.resume.unlink()
    assert torch.equal(run.exact_model(2).W, run.model(2).W)


def test_a_resume_state_that_is_cut_short_is_as_none(run):
    run.paths.resume.write_bytes(run.paths.resume.read_bytes()[:-1])
    assert not run.can_go_on
    assert torch.equal(run.exact_model(2).W, run.model(2).W)


@pytest.mark.parametrize("damage", ["shape", "missing"])
def test_a_broken_resume_state_is_named(run, damage):
    arrays, epoch = read_tensors(run.paths.resume)
    changed = arrays | {"W": arrays["W"].T}
    write_tensors(run.paths.resume, changed if damage == "shape" else {"W": arrays["W"]}, epoch)
    with pytest.raises(BrokenFile) as caught:
        run.exact_model(2)
    assert caught.value.path == run.paths.resume


def test_a_config_nested_without_end_is_named(run):
    written = json.loads(run.paths.config.read_bytes())
    for depth in (50, 700, 950):
        nested = json.dumps(written | {"config": "HERE"}).replace('"HERE"', '{"a":' * depth + "1" + "}" * depth)
        run.paths.config.write_text(nested)
        with pytest.raises(BrokenFile):
            _ = Run(run.paths.folder).config
