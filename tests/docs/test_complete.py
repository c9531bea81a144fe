"""Nothing that a user can set, run or choose is missing in the papers; what they name exists, and numbers are right."""

import re
import runpy

import pytest
from markdown_it import MarkdownIt

from benchmarks.__main__ import sections
from explorer.cli.app import main
from explorer.models.registry import KINDS
from explorer.settings import Settings
from tests.docs.papers import PAPERS, ROOT

README = (ROOT / "README.md").read_text("utf-8")


def first_cells(heading):
    """Return what stands in backticks in the first column of the README's table with this heading."""
    table = README.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def test_every_setting_has_a_row():
    assert sorted(first_cells("variable")) == sorted(f"EXPLORER_{name.upper()}" for name in Settings.model_fields)


def test_every_command_has_a_row():
    assert first_cells("command") == list(main.commands)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_its_results(kind):
    results = (ROOT / "docs" / "results.md").read_text("utf-8")
    assert re.search(rf"^##+ {re.escape(kind.title)}$", results, re.MULTILINE), "write a section in docs/results.md.j2"


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper):
    tokens = [inner for token in MarkdownIt().parse(paper.read_text("utf-8")) for inner in token.children or ()]
    targets = [
        str(token.attrs.get("href") or token.attrs.get("src"))
        for token in tokens
        if token.type in ("link_open", "image")
    ]
    missing = []
    for target in targets:
        path, _, anchor = target.partition("#")
        if re.match(r"https?://", target):
            continue
        file = (paper.parent / path) if path else paper
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(target)
    assert missing == []


def anchors(file):
    """Return the names under which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_files_that_are_named_exist(paper):
    """What stands in backticks and looks like a file or a folder of the project; <kind> and * stand for anything."""
    named = re.findall(
        r"`((?:[\w.<>*-]+/)*[\w.<>*-]+(?:\.(?:py|md|j2|toml|txt|js|css|cff|gif|png)|/))`", paper.read_text("utf-8")
    )
    assert [name for name in named if not exists(name)] == []


def exists(name):
    pattern = re.sub(r"<\w+>", "*", name.rstrip("/"))
    return any(True for start in (ROOT, ROOT / "explorer", ROOT / "explorer" / "ui") for _ in start.glob(pattern))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_runs_that_are_named_are_shipped(paper):
    kinds = "|".join(KINDS)
    named = set(re.findall(rf"\b((?:{kinds})-[0-9a-f]{{12}})\b", paper.read_text("utf-8")))
    assert [run for run in named if not (ROOT / "trained" / run).is_dir()] == []


def test_figures_of_the_readme_are_those_of_shipped_runs():
    figure = runpy.run_path(str(ROOT / "scripts" / "write_results.py"))["figure"]
    said = README.replace("−", "-")
    likelihoods = [
        figure("rbm", "log_likelihood"),
        figure("dbn", "likelihood_bound"),
        figure("fine-tuned-dbn", "likelihood_bound"),
    ]
    assert "RBM, 100 units: {:.1f} nats; a DBN on it: {:.1f}; fine-tuned: {:.1f}".format(*likelihoods) in said
    errors = figure("deep-autoencoder", "pca_error"), figure("deep-autoencoder", "reconstruction_error")
    assert "PCA {:.2f}, deep autoencoder {:.2f}".format(*errors) in said
    vae = figure("vae", "elbo"), figure("vae", "active_latents")
    assert "an ELBO of {:.1f} nats, {:.0f} latents in use".format(*vae) in said
    assert f"entropy of the classes {figure('dcgan', 'class_entropy', {'width': 64}):.2f} of 2.30" in said


def test_seconds_of_the_readme_are_those_of_the_papers():
    parts = sections((ROOT / "docs" / "speed.md").read_text("utf-8"))
    said = " ".join(README.split())

    def seconds(benchmark, row, column):
        line = re.search(rf"^\| {row} \|.*$", parts[benchmark], re.MULTILINE)[0]
        return float(line.split("|")[2 + column].strip().removesuffix(" s"))

    rbm, plain = (seconds("answers", row, 1) for row in ("RBM", "autoencoder"))
    assert f"ten epochs after {rbm:.0f} s for an RBM and {plain:.0f} s for an autoencoder" in said
    assert max(seconds("answers", row, 0) for row in ("RBM", "autoencoder")) < 1.5  # "after a second"
    assert seconds("answers", "RBM", 3) <= 120  # "within two minutes"
    rbm, vae, gan = (seconds(f"{kind}_speed", "the explorer", 1) for kind in ("rbm", "vae", "dcgan"))
    assert f"takes {rbm:.1f} s for the RBM, {vae:.1f} s for the VAE and {gan:.0f} s for the DCGAN" in said
    results = (ROOT / "docs" / "results.md").read_text("utf-8")
    hundred = re.search(r"\| all defaults \| 100 \| (\d+ s) \|", results)[1]
    assert f"a hundred epochs of the RBM took {hundred}." in said
