"""Absurd files over import, reading, engine, command line and pages: no traceback, no long wait, no other run hurt.

500 cases here; 10,000 by `pytest -n0 tests/hostile --cases 10000`.
"""

import contextlib
import json
import random
import resource
import shutil
import time

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError, ExplorerError
from explorer.runs.archive import export_run, import_run
from explorer.runs.archive.format import FOR_READERS
from explorer.runs.findings import findings_of
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.cli.commands import explorer
from tests.hostile.absurd import MARKS, absurd
from tests.pages import address, texts
from tests.runs.archive.archives import CONFIG, files_of, pack

LONGEST = 5.0  # seconds that a case may take
MOST_MEMORY = 1e9  # bytes that all of them may add


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    engine = InlineEngine(Library(Store(folder / "own"), Store(folder / "shipped", shipped=True)))
    run = engine.submit(CONFIG)
    engine.measure(run)
    Store(folder / "own").give_name(run.id, "the one to spoil")
    return run


@pytest.fixture
def cases(pytestconfig):
    """Return so many cases, each with chances of its own; a share of those asked for."""

    def some(share):
        wanted = pytestconfig.getoption("cases") or 500
        return [random.Random(number) for number in range(max(1, int(share * wanted)))]  # noqa: S311  (no secret)

    return some


@contextlib.contextmanager
def within_bounds():
    began, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - began < LONGEST
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024 < MOST_MEMORY


def spoilt(run, store, chance):
    """A copy of a run in a store, of which a file or two are absurd; return the ids of what is whole, too."""
    shutil.rmtree(store.folder, ignore_errors=True)
    shutil.copytree(run.paths.folder.parent, store.folder)
    paths = store.paths(run.id)
    files = [paths.config, paths.status, paths.metrics, paths.request, paths.resume, paths.snapshot(1), paths.name]
    files += [paths.figures_of(epoch) for epoch in paths.figure_epochs()]
    for path in chance.sample([path for path in files if path.exists()], chance.choice([1, 1, 2])):
        path.write_bytes(absurd(path.name, path.read_bytes(), chance))
    return store.run(run.id)


def test_an_absurd_archive_is_refused_or_gives_a_run_that_works(trained, store, tmp_path, cases):
    archive, refused = export_run(trained), 0
    for chance in cases(0.5):
        files = files_of(archive)
        for name in chance.sample([name for name in files if name not in FOR_READERS], chance.choice([1, 1, 2])):
            files[name] = absurd(name, files[name], chance)
        with within_bounds():
            try:
                run = import_run(store, pack(trained.id, files))
            except ExplorerError:
                refused += 1
                continue
            assert run.config.model_copy(update={"epochs": CONFIG.epochs}) == CONFIG
            assert run.status.parent == ""
            assert len(run.metrics()) <= run.epochs + 1
            assert import_run(Store(tmp_path / "again"), export_run(run)).id == run.id
        shutil.rmtree(tmp_path / "again")
        store.delete(run.id)
    assert 0 < refused < len(cases(0.5))


def test_of_an_absurd_run_all_is_read_or_named(trained, store, cases):
    asked = {
        "config": lambda run: run.config,
        "status": lambda run: run.status,
        "metrics": lambda run: run.metrics(),
        "fault": lambda run: run.fault,
        "model": lambda run: run.model(1),
        "exact model": lambda run: run.exact_model(run.epochs),
        "findings": findings_of,
        "export": export_run,
    }
    named = dict.fromkeys(asked, 0)
    for chance in cases(0.3):
        run = spoilt(trained, store, chance)
        for what, ask in asked.items():
            with within_bounds():
                try:
                    ask(run)
                except ExplorerError:
                    named[what] += 1
        assert len(list(store)) == 1
    assert (named["status"], named["fault"]) == (0, 0)
    assert all(0 < named[what] < len(cases(0.3)) for what in ("config", "metrics", "model", "findings", "export")), (
        named
    )


def test_the_command_line_names_what_is_absurd(trained, store, cases):
    for chance in cases(0.1):
        spoilt(trained, store, chance)
        for command in (["list"], ["list", "--json"], ["show", trained.id], ["show", trained.id, "--json"]):
            with within_bounds():
                result = explorer(*command)
            assert result.exit_code in (0, 1), result.output
            assert result.exception is None or isinstance(result.exception, SystemExit)
            assert "Traceback" not in result.output
            assert "\x1b[31m" not in result.output


def test_training_on_repairs_an_absurd_run_or_names_the_file(trained, store, tmp_path, cases):
    engine = InlineEngine(Library(store, Store(tmp_path / "none", shipped=True)))
    repaired = 0
    for chance in cases(0.06):
        spoilt(trained, store, chance)
        try:
            run = engine.submit(CONFIG.model_copy(update={"epochs": 4}))
        except (ExplorerError, ConfigError):
            continue
        repaired += 1
        assert run.status.state == "done"
        assert run.epochs == 4
        assert run.fault == ""
    assert repaired > 0


@pytest.mark.parametrize("view", ["Weights", "Training"])
def test_a_page_of_an_absurd_run_says_so(trained, store, cases, open_page, view):
    for chance in cases(0.02):
        spoilt(trained, store, chance)
        for test in (open_page("rbm", **address(CONFIG), view=view), open_page("runs")):
            assert not test.exception, test.exception
            assert "![x](" not in texts(test)


def test_marks_of_a_status_are_shown_as_they_are(trained, store, open_page):
    shutil.copytree(trained.paths.folder.parent, store.folder)
    path = store.paths(trained.id).status
    changes = {"device": MARKS, "error": MARKS, "state": "failed"}
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    test = open_page("rbm", **address(CONFIG), view="Training")
    assert not test.exception
    (said,) = [each.value for each in test.error]
    assert r"!\[x\](http\://127.0.0.1\:9/x.png) \*\*b\*\*" in said
