"""A run whose config.json is damaged or gone: named in the list, deleted, or made whole by who asks for it."""

import pytest

from explorer.errors import BrokenFile
from explorer.runs.status import State
from explorer.runs.store import Store

DAMAGE = {
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "a value out of range": lambda path: path.write_text(
        path.read_text().replace('"hidden_units": 4', '"hidden_units": -4')
    ),
}
each_damage = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


@pytest.fixture
def content(run):
    """What config.json should hold."""
    return run.paths.config.read_bytes()


@each_damage
def test_it_is_listed_and_says_what_can_be_done(store, run, damage):
    damage(run.paths.config)
    (listed,) = store
    assert listed.id == run.id
    assert (listed.status.state, listed.epochs, listed.snapshots) == (State.DONE, 2, [0, 1, 2])
    with pytest.raises(BrokenFile, match=r"config\.json cannot be read \(.+\)\. .*[Dd]elete the run"):
        _ = listed.config


@each_damage
def test_it_is_deleted(store, run, damage):
    damage(run.paths.config)
    store.delete(run.id)
    assert list(store) == []
    assert not run.paths.folder.exists()


@each_damage
def test_who_shows_the_same_settings_makes_it_whole(library, run, config, content, damage):
    before = run.model(2).W
    damage(run.paths.config)
    found = library.trained(config)
    assert found.config == config
    assert found.model(2).W.equal(before)
    assert run.paths.config.read_bytes() == content


@each_damage
def test_who_trains_the_same_settings_makes_it_whole(store, run, config, content, damage):
    damage(run.paths.config)
    store.request(config.model_copy(update={"epochs": 5}))
    assert run.paths.config.read_bytes() == content
    assert store.run(run.id).status.target == 5


def test_one_that_nobody_may_write_stays_as_it_is_and_is_named(library, run, config, monkeypatch):
    run.paths.config.write_bytes(b"")

    def refused(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refused)
    monkeypatch.setattr("explorer.disk.PATIENCE", 0.0)
    assert library.trained(config).epochs == 2
    with pytest.raises(BrokenFile):
        _ = library.find(config).config


def test_a_whole_one_is_not_written_again(library, run, config):
    before = run.paths.config.stat()
    library.trained(config)
    library.own.request(config)
    assert run.paths.config.stat().st_ino == before.st_ino
    assert run.paths.config.stat().st_mtime_ns == before.st_mtime_ns


def test_a_shipped_one_is_left_alone(shipped, put, config):
    run = put(shipped)
    run.paths.config.write_bytes(b"{")
    shipped.mend(run.id, config)
    assert run.paths.config.read_bytes() == b"{"


@pytest.mark.parametrize("name", ["lock", "figures.lock", "request.lock", "automatic"])
def test_a_folder_without_anything_of_a_training_is_no_run(tmp_path, name):
    store = Store(tmp_path / "own")
    folder = store.folder / "rbm-0123456789ab"
    folder.mkdir(parents=True)
    (folder / name).touch()
    assert list(store) == []
    assert folder.name not in store
