import os
import shutil
import stat

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import InvalidRunId, RunNotFound, StoreNotWritable
from explorer.runs.library import Library
from explorer.runs.status import State, write_status
from explorer.settings import settings


@pytest.fixture
def tree():
    """Everything about the files below a folder that a write would change."""

    def describe(folder):
        paths = [folder, *sorted(folder.rglob("*"))]
        return [(path, path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in paths]

    return describe


def test_the_library_of_the_settings(clean_settings, tmp_path):
    clean_settings(store=tmp_path / "mine", trained=tmp_path / "theirs")
    library = Library.open()
    assert (library.own.folder, library.own.shipped) == (tmp_path / "mine", False)
    assert (library.shipped.folder, library.shipped.shipped) == (tmp_path / "theirs", True)
    assert list(library) == []
    assert os.listdir(tmp_path) == []
    assert settings().store == tmp_path / "mine"


def test_a_run_is_found_by_id_and_by_config_wherever_it_is(library, put, config):
    run = put(library.shipped)
    assert library.find(config).paths == library.find(run.id).paths == run.paths
    assert library.find(config).shipped
    assert config in library
    assert run.id in library
    own = put(library.own)
    assert library.find(config).paths == own.paths
    assert not library.find(config).shipped
    assert [(r.id, r.shipped) for r in library] == [(own.id, False)]


def test_a_missing_run_is_named(library, config):
    assert config not in library
    assert library.trained(config) is None
    with pytest.raises(RunNotFound, match="rbm-0123456789ab"):
        library.find("rbm-0123456789ab")


@pytest.mark.parametrize("text", ["../x", "/etc/passwd", "rbm-..", "", "rbm-0123456789ab/.."])
def test_a_text_that_is_no_id_never_reaches_the_disk(library, put, text):
    put(library.own)
    put(library.shipped)
    with pytest.raises(InvalidRunId):
        library.find(text)
    with pytest.raises(InvalidRunId):
        _ = text in library


def test_fewer_epochs_than_are_kept_are_there_already(library, put, config):
    put(library.shipped)
    assert library.trained(config.model_copy(update={"epochs": 1})).epochs == 2
    assert library.trained(config).epochs == 2
    assert library.trained(config.model_copy(update={"epochs": 3})) is None


def test_reading_never_writes(library, put, config, tree):
    run = put(library.shipped)
    before = tree(library.shipped.folder)
    engine = InlineEngine(library)
    assert engine.submit(config).shipped  # a read: it has these epochs
    assert library.find(config).metrics().shape[0] == 3
    assert library.find(config).model() is not None
    assert [r.size() for r in library] == [run.size()]
    assert tree(library.shipped.folder) == before
    assert not library.own.folder.exists()


def test_a_shipped_run_is_continued_in_the_own_store_from_its_last_epoch(library, put, config, tree):
    shipped = put(library.shipped)
    before = tree(library.shipped.folder)
    trained = []
    run = InlineEngine(library, lambda record: trained.append(record.epoch)).submit(
        config.model_copy(update={"epochs": 4})
    )
    assert trained == [3, 4]
    assert run.paths.folder == library.own.folder / shipped.id
    assert (run.status.state, run.epochs, run.snapshots) == (State.DONE, 4, [0, 1, 2, 3, 4])
    assert list(run.metrics().index) == [0, 1, 2, 3, 4]
    assert tree(library.shipped.folder) == before
    assert [path.name for path in library.own.folder.glob("[!.]*")] == [shipped.id]


def test_a_shipped_run_without_write_permission_is_continued(library, put, config):
    run = put(library.shipped)
    for path in (*run.paths.folder.rglob("*"), run.paths.folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    own = library.request(config.model_copy(update={"epochs": 4}))
    for path in (own.paths.folder, *own.paths.folder.rglob("*")):
        assert path.stat().st_mode & stat.S_IWUSR, path
    for path in (run.paths.folder, *run.paths.folder.rglob("*")):
        path.chmod(0o755)


def test_a_copy_that_fails_leaves_nothing_and_says_why(library, put, config, monkeypatch):
    put(library.shipped)

    def full(_source, _target, **_keywords):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StoreNotWritable, match="No space left on device"):
        library.request(config)
    assert os.listdir(library.own.folder) == []


def test_a_run_that_another_process_has_just_copied_is_taken(library, put, config, monkeypatch):
    put(library.shipped)
    copy = shutil.copytree

    def and_so_did_another(source, target, **keywords):
        monkeypatch.setattr(shutil, "copytree", copy)
        copy(source, library.own.folder / source.name)
        return copy(source, target, **keywords)

    monkeypatch.setattr(shutil, "copytree", and_so_did_another)
    assert library.request(config).epochs == 2
    assert [path.name for path in library.own.folder.glob("[!.]*")] == [library.find(config).id]


def test_below_a_file_no_store_is_written_but_shipped_runs_are_seen(tmp_path, put, config):
    from explorer.runs.store import Store

    (tmp_path / "file").write_text("in the way")
    library = Library(Store(tmp_path / "file" / "runs"), Store(tmp_path / "shipped", shipped=True))
    put(library.shipped)
    assert library.find(config).model() is not None
    assert len(list(library)) == 1
    for wish in (config.model_copy(update={"epochs": 5}), config.model_copy(update={"seed": 1})):
        with pytest.raises(StoreNotWritable, match=r"Not a directory|File exists"):
            InlineEngine(library).submit(wish)


def test_what_was_begun_and_left_does_not_hide_what_is_shipped(library, put, config):
    shipped = put(library.shipped)
    own = library.own.request(config)
    assert library.find(config).paths == own.paths
    for held in (library.trained(config), library.measured(config), library.pictured(config)):
        assert held.paths == shipped.paths
        assert held.shipped
    assert library.trained(config.model_copy(update={"epochs": 3})) is None
    shutil.rmtree(own.paths.folder)
    put(library.own)
    for held in (library.trained(config), library.measured(config), library.pictured(config)):
        assert not held.shipped


def test_a_shipped_run_without_models_is_measured_beside_one_begun(library, put, config):
    shutil.rmtree(put(library.shipped).paths.snapshots)
    library.own.request(config)
    assert library.measured(config).shipped
    assert library.trained(config) is None
    assert library.pictured(config) is None


def test_of_two_runs_the_one_in_training_is_shown_or_else_the_longer_one(library, put, config):
    assert library.pictured(config) is None
    put(library.shipped)
    own = put(library.own)
    own.paths.request.unlink()
    shorter = own.status.model_copy(update={"epoch": 1})
    write_status(own.paths, shorter.model_copy(update={"state": State.STOPPED}))
    assert library.pictured(config).shipped
    assert library.pictured(own.id).shipped
    write_status(own.paths, shorter.model_copy(update={"state": State.RUNNING, "target": 2}))
    assert not library.pictured(config).shipped


# The model at just one epoch


def test_the_model_of_an_epoch_is_with_the_run_that_has_it(library, put, config):
    asking = {epochs: config.model_copy(update={"epochs": epochs}) for epochs in (1, 2, 3)}
    assert library.kept(config) is None
    shipped = put(library.shipped)
    assert [library.kept(asking[n]) and library.kept(asking[n]).shipped for n in (1, 2, 3)] == [True, True, None]
    own = put(library.own)
    assert not library.kept(asking[1]).shipped
    own.paths.snapshot(1).unlink()
    assert library.kept(asking[1]).paths == shipped.paths
    shipped.paths.snapshot(1).unlink()
    assert library.kept(asking[1]) is None
    assert library.trained(asking[1]).paths == own.paths  # it is longer, but lacks this epoch


def test_a_snapshot_beyond_what_the_run_has_reached_is_not_yet_kept(library, put, config):
    run = put(library.own)
    run.paths.status.write_text(run.status.model_copy(update={"epoch": 1}).model_dump_json())
    assert run.snapshots == [0, 1, 2]
    assert library.kept(config) is None
    assert library.kept(config.model_copy(update={"epochs": 1})).paths == run.paths


def test_a_shipped_run_is_adopted_once(library, put, config, tree):
    put(library.shipped)
    before = tree(library.shipped.folder)
    run = library.adopt(config)
    assert (run.shipped, run.epochs, run.paths.folder.parent) == (False, 2, library.own.folder)
    run.paths.metrics.write_text("mine")
    assert library.adopt(config).paths == run.paths
    assert run.paths.metrics.read_text() == "mine"
    assert tree(library.shipped.folder) == before


def test_what_nobody_has_cannot_be_adopted(library, config):
    with pytest.raises(RunNotFound, match="rbm-"):
        library.adopt(config)
    assert not library.own.folder.exists()
