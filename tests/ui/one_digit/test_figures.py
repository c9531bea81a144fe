"""The figures of the table, what is kept apart, and the files that hold them."""

import io
import math

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.analysis.likelihood import exact_log_partition
from explorer.data.catalogue import load
from explorer.models.registry import KINDS, kind_of
from explorer.runs.ids import run_id
from explorer.ui.one_digit.columns import COLUMNS, LIKELIHOODS, Figure, shown_columns
from explorer.ui.one_digit.downloads import archive_of, table_of
from explorer.ui.one_digit.given import Given
from explorer.ui.one_digit.rows import Row
from explorer.ui.one_digit.runs import Chosen
from explorer.ui.one_digit.samples import GENERATING
from explorer.ui.one_digit.seconds import seconds_of
from explorer.ui.one_digit.table import in_order, table_html
from explorer.ui.one_digit.ways import WAYS, row_of
from explorer.ui.state.subject import Subject
from tests.stores import model_of
from tests.ui.one_digit.kinds import RUNS, figure, parsed, rows

BAR = np.zeros((28, 28), np.uint8)
BAR[4:24, 12:16] = 255


def subject_of(library, kind):
    run = library.find(RUNS[kind])
    return Subject(run, run.config, tuple(run.snapshots), run.snapshots[-1], "current", "")


def digit_of_tests(number):
    return load("mnist-5k").test[number]


def test_every_kind_has_a_way_and_all_that_generate_are_kinds():
    assert list(WAYS) == list(KINDS)
    assert set(GENERATING) < set(KINDS)


def test_log_p_of_a_black_and_white_image_is_what_counting_gives(opened, library):
    test = opened(input="my drawing", rbm=run_id(RUNS["rbm"]))
    test.session_state["drawn digit"] = BAR
    test.run()
    rbm, v = model_of(library, RUNS["rbm"]), torch.tensor(BAR.reshape(1, -1) / 255).float()
    exact = -float(rbm.free_energy(v)[0]) - exact_log_partition(rbm)
    assert figure(rows(test)["RBM"]["log p, sampled pixels"]) == pytest.approx(exact, abs=0.1)


def test_a_density_of_the_same_image_is_another_figure(opened, library):
    """Of grey values as they are: with the scale of the pixels, and log Z by counting."""
    test = opened(image=4, **{"gaussian-rbm": run_id(RUNS["gaussian-rbm"])})
    rbm = model_of(library, RUNS["gaussian-rbm"])
    pixels = torch.tensor(digit_of_tests(4)[None])
    v = rbm.observe(pixels, torch.Generator())
    exact = -float(rbm.free_energy(v)[0]) - exact_log_partition(rbm) - 784 * float(rbm.sees.std.log())
    assert figure(rows(test)["Gaussian RBM"]["Log-density, grey values"]) == pytest.approx(exact, abs=0.15)


def test_no_two_measures_share_a_column():
    assert len({COLUMNS[name].title for name in LIKELIHOODS}) == len(LIKELIHOODS) == 4


def test_seconds_are_those_of_a_run_and_all_that_it_is_built_on(library):
    dbn = library.find(RUNS["dbn"])
    below = library.find(RUNS["dbn"].first)
    expected = dbn.status.training_seconds + below.status.training_seconds
    found = seconds_of(dbn)
    assert found.value == pytest.approx(expected)
    assert "of its own; RBM" in found.note
    alone = seconds_of(library.find(RUNS["rbm"]))
    assert "of its own" not in alone.note


def test_seconds_of_a_run_whose_ancestors_are_gone_are_at_least_its_own(library, monkeypatch):
    monkeypatch.setattr("explorer.runs.lineage._run", lambda *_: None)
    found = seconds_of(library.find(RUNS["dbn"]))
    assert found.text.startswith("≥ ")
    assert "without RBM, of which nobody knows" in found.note


# the table


def a_row(kind="rbm", **figures):
    return Row(Chosen(kind_of(kind), None), figures={name: Figure(x, str(x)) for name, x in figures.items()})


def test_equal_and_missing_figures_keep_the_order_of_kinds():
    given = [a_row("rbm", epochs=3), a_row("dbn"), a_row("vae", epochs=1), a_row("sparse", epochs=3), a_row("dcgan")]
    names = [row.chosen.kind.name for row in in_order(given, "epochs")]
    assert names == ["vae", "rbm", "sparse", "dbn", "dcgan"]
    assert in_order(given, "kind") == given


def test_what_is_not_finite_comes_last():
    given = [a_row("rbm", error=math.nan), a_row("dbn", error=math.inf), a_row("vae", error=2.0)]
    assert [row.chosen.kind.name for row in in_order(given, "error")] == ["vae", "rbm", "dbn"]


def test_columns_that_nothing_has_are_not_shown():
    assert shown_columns([{"epochs": Figure(1, "1")}, {}], altered=True) == ["epochs"]


def test_texts_out_of_files_are_shown_as_they_are():
    evil = "<script>alert(1)</script> \" onmouseover='x'"
    row = Row(Chosen(kind_of("rbm"), None), settings=evil, trouble=evil)
    html = table_html([row], ["epochs"], "kind", altered=False)
    assert "<script" not in html
    assert parsed(html)[1]["RBM"][""]["text"] == evil
    with_note = Row(Chosen(kind_of("rbm"), None), says=evil, reasons={"epochs": evil})
    html = table_html([with_note], ["epochs"], "kind", altered=False)
    assert "<script" not in html
    assert parsed(html)[1]["RBM"]["Epochs"]["title"] == evil


# files


def test_files_hold_the_figures_and_arrays_of_all_rows(library, opened):
    image = digit_of_tests(2)
    digit = Given(image, image, "test image 2", 7, 0)
    made = [row_of(Chosen(kind_of(kind), subject_of(library, kind)), digit) for kind in ("rbm", "dcgan")]
    made.append(Row(Chosen(kind_of("vae"), None), trouble="gone"))
    table = pd.read_csv(io.BytesIO(table_of(made)))
    assert list(table["run"]) == [run_id(RUNS["rbm"]), run_id(RUNS["dcgan"])]
    assert list(table["code size"]) == [RUNS["rbm"].hidden_units, RUNS["dcgan"].latent_size]
    arrays = np.load(io.BytesIO(archive_of(digit, made)))
    np.testing.assert_array_equal(arrays["clean"], image)
    assert arrays["rbm code"].shape == (RUNS["rbm"].hidden_units,)
    assert arrays["dcgan z at each step"].shape == (len(arrays["dcgan steps"]), RUNS["dcgan"].latent_size)
    np.testing.assert_array_equal(arrays["dcgan z at each step"][-1], arrays["dcgan code"])
