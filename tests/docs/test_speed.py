"""docs/speed.md is what the benchmarks write into it."""

import re
import runpy
import subprocess
import sys

import pytest

from benchmarks import side_by_side
from benchmarks.__main__ import BENCHMARKS, PAPER, main, paper, sections
from benchmarks.report import machine, section
from tests.browser import ROOT

TEXT = PAPER.read_text("utf-8")


def test_every_program_that_measures_is_run_by_the_one_command():
    programs = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__name__ ==" in path.read_text("utf-8")}
    assert programs == {"__main__", *BENCHMARKS}


def test_the_paper_has_a_section_of_every_benchmark_and_nothing_else():
    parts = sections(TEXT)
    assert list(parts) == list(BENCHMARKS)
    assert paper(parts) == TEXT


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_section_names_its_day_its_machine_and_its_goals(name):
    part = sections(TEXT)[name]
    assert re.search(rf"`python -m benchmarks\.{name}`, \d+ [A-Z]\w+ 20\d\d, \d+ CPU cores?\b", part)
    assert re.search(r"\| goal \|\n(\|---)+\|\n", part)


@pytest.fixture
def printed(monkeypatch, capsys):
    """What a comparison prints where its first subject takes 2 s, the next 3 s, and so on."""

    def run(name):
        monkeypatch.setattr(side_by_side, "_measure", lambda _, names, *__: {n: i + 2.0 for i, n in enumerate(names)})
        monkeypatch.setattr(sys, "argv", [name])
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        return capsys.readouterr().out.rstrip("\n") + "\n"

    return run


@pytest.mark.parametrize("name", [name for name in BENCHMARKS if name.endswith("_speed")])
def test_recorded_rows_are_those_that_the_program_writes(name, printed):
    assert [row for row in rows(printed(name)) if row in rows(sections(TEXT)[name])] == rows(sections(TEXT)[name])


def rows(part):
    """Return the names of a table's rows with what they should come to."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("| ")]
    return [(row[0], row[-1]) for row in cells]


def test_ratios_are_of_the_medians(printed):
    assert "| **faster than the template** | 0.50× | 0.50× | ≥ 3× |" in printed("vae_speed")  # 2 s against 4


def test_a_section_that_is_written_anew_replaces_the_old_one_alone():
    new = section("vae_speed", "VAE", "What was measured.", [["", "goal"], ["a ratio", "≥ 3×"]], "A note.")
    after = sections(paper(sections(TEXT) | {"vae_speed": new}))
    assert after["vae_speed"] == new
    assert {n: part for n, part in after.items() if n != "vae_speed"} == {
        n: part for n, part in sections(TEXT).items() if n != "vae_speed"
    }


def test_the_one_command_writes_what_a_benchmark_prints(monkeypatch, tmp_path):
    new = section("crowd", "A lecture hall", "What was measured.", [["", "goal"], ["polls", ""]])
    copy = tmp_path / "speed.md"
    copy.write_text(TEXT, "utf-8")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "crowd"])
    monkeypatch.setattr("benchmarks.__main__.PAPER", copy)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, f"{new}\n", ""))
    main()
    assert copy.read_text("utf-8") == paper(sections(TEXT) | {"crowd": new})


def test_the_machine_is_described_by_what_matters_for_speed():
    assert re.match(r"\d+ CPU cores?(, |$)", machine())


def test_an_unknown_benchmark_is_refused_and_nothing_is_written():
    command = [sys.executable, "-m", "benchmarks", "gpu_speed"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "rbm_speed" in done.stderr
    assert PAPER.read_text("utf-8") == TEXT
