"""What sentences of the papers, and messages of the program, name: commands, options, settings and their values."""

import re
import subprocess

import click
import pytest
from markdown_it import MarkdownIt
from streamlit import config as streamlit_config

from explorer.cli.app import main
from explorer.settings import Settings
from tests.docs.papers import PAPERS, ROOT, clone, environment, words_of

LATER = "CHANGELOG.md"  # names what once was
PROGRAMS = ("python", "pytest", "streamlit", "pip", "apt-get", "dask", "scripts/check")
SETTING = re.compile(r"EXPLORER_([A-Z]+(?:_[A-Z]+)*)\b(?:=(\S+))?")


def spans():
    """The texts in backticks, with the paper that they stand in."""
    tokens = [(paper, token) for paper in PAPERS for token in MarkdownIt().enable("table").parse(paper.read_text())]
    inner = [(paper, each) for paper, token in tokens for each in token.children or ()]
    return sorted({(paper.name, each.content) for paper, each in inner if each.type == "code_inline"})


COMMANDS = [text for paper, text in spans() if " " in text and text.split(" ")[0] in PROGRAMS and paper != LATER]
OURS = sorted({text for text in COMMANDS if text.startswith("python -m explorer ")})
OTHERS = sorted({text for text in COMMANDS if text not in OURS})
PARTS = sorted({text for _, text in spans() if " " in text and text.split(" ")[0] in main.commands})
TOLD = [*PAPERS, *ROOT.glob("explorer/**/*.py"), *ROOT.glob("explorer/texts/**/*.md"), *ROOT.glob("scripts/*.py")]


def test_there_is_something_to_look_at():
    assert OURS
    assert OTHERS
    assert PARTS


@pytest.mark.parametrize("command", OURS)
def test_a_command_of_the_explorer_in_a_sentence_runs(command, tmp_path):
    folder = clone(tmp_path / "clone")
    own = environment(tmp_path)
    script = ["/bin/bash", "-c", command]
    done = subprocess.run(script, cwd=folder, env=own, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("command", OTHERS)
def test_other_commands_in_sentences_name_files_and_options_that_exist(command):
    words = words_of(command.replace("<kind>", "rbm"))
    if words[:2] == ["python", "-m"]:
        path = ROOT / words[2].replace(".", "/")
        files = [path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__main__.py"]
    else:
        files = [ROOT / word for word in words[1:] if "/" in word or word.endswith(".py")]
    assert [file for file in files if not file.exists()] == []
    sources = [file for file in files if file.suffix == ".py"] + [ROOT / "tests" / "conftest.py"]
    told = "".join(file.read_text() for file in sources)
    assert [word for word in words if word.startswith("--") and f'"{word}"' not in told] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_command_without_its_program_has_the_options_it_is_named_with(part):
    name, *words = part.split(" ")
    command = main.commands[name]
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    params = [param for each in commands for param in each.params]
    assert [word for word in words if word.startswith("--") and not any(word in param.opts for param in params)] == []
    places = [param.metavar or param.name.upper() for param in params if isinstance(param, click.Argument)]
    assert [word for word in words if word.isupper() and word not in places] == []


def test_settings_that_are_named_exist():
    named = {(file.name, name) for file in TOLD for name, _ in SETTING.findall(file.read_text("utf-8"))}
    assert len(named) > len(Settings.model_fields)
    assert [each for each in sorted(named) if each[1].lower() not in Settings.model_fields] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_values_of_settings_that_are_named_are_valid(paper):
    values = {name.lower(): value.strip("`,.") for name, value in SETTING.findall(paper.read_text("utf-8")) if value}
    assert values.keys() <= Settings(**values).model_fields_set


def test_defaults_in_the_table_of_settings_are_those_of_the_program():
    rows = re.findall(r"^\| `EXPLORER_(\w+)` \|.*\| (\d+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 6
    assert {name: int(said) for name, said in rows} == {
        name: Settings.model_fields[name.lower()].default for name, _ in rows
    }


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_options_of_streamlit_that_are_named_exist(paper):
    options = streamlit_config.get_config_options()
    assert set(re.findall(r"--([a-z]+\.[A-Za-z]+)", paper.read_text("utf-8"))) <= options.keys()
