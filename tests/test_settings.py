import os

from explorer.settings import Settings, cores


def test_a_worker_has_its_share_of_the_cores_that_the_process_may_use(clean_settings, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3, 5, 7, 11, 13}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert Settings(workers=2, threads=None).threads_per_worker == 3
    assert Settings(workers=9, threads=None).threads_per_worker == 1
    assert Settings(workers=9, threads=4).threads_per_worker == 4


def test_where_a_system_does_not_tell_all_cores_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert cores() == 12
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1


def test_data_are_looked_for_in_the_named_folder_then_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.settings.user_cache_path", lambda *_, **__: tmp_path / "cache")
    assert Settings(data=None).data_folders == [tmp_path / "cache" / "data"]
    named = Settings(data=tmp_path / "named")
    assert named.data_folders == [tmp_path / "named", tmp_path / "cache" / "data"]
    assert named.download_folder == tmp_path / "named"
