import os
from types import SimpleNamespace

import pytest

from explorer.settings import Settings, cores, memory


def test_a_worker_has_its_share_of_the_cores_that_the_process_may_use(clean_settings, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3, 5, 7, 11, 13}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert Settings(workers=2, threads=None).threads_per_worker == 3
    assert Settings(workers=9, threads=None).threads_per_worker == 1
    assert Settings(workers=9, threads=4).threads_per_worker == 4


def test_workers_are_as_many_as_cores_and_memory_allow(clean_settings, monkeypatch):
    monkeypatch.setattr("explorer.settings.cores", lambda: 12)
    monkeypatch.setattr("explorer.settings.memory", lambda: 7 * 10**9)
    assert (Settings().worker_count, Settings().threads_per_worker) == (2, 6)
    monkeypatch.setattr("explorer.settings.memory", lambda: 10**9)
    assert Settings().worker_count == 1
    monkeypatch.setattr("explorer.settings.memory", lambda: 10**12)
    assert (Settings().worker_count, Settings(workers=9).worker_count) == (4, 9)


@pytest.mark.parametrize(
    ("quota", "limit", "expected"),
    [("150000 100000", "5000", (1, 5000)), ("250000 100000", "max", (2, 9000)), ("max 100000", "9999", (3, 9000))],
)
def test_a_container_may_use_less_than_its_machine_has(monkeypatch, tmp_path, quota, limit, expected):
    monkeypatch.setattr("explorer.settings.CONTROL_GROUP", tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(3), raising=False)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=9000))
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    assert (cores(), memory()) == expected


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
