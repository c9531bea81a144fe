"""Each finding has a run that raises it, and sound runs that do not; its figures are those of a literal count."""

import math

import numpy as np
import pytest
import torch

from explorer.analysis.autoencoder_measures import share_constant, share_flat
from explorer.analysis.findings.finding import HUGE_WEIGHT
from explorer.analysis.rbm_measures import units_and_gap
from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError, TrainingFailed
from explorer.models.rbm import RBM
from explorer.models.registry import KINDS, kind_of
from explorer.models.vae import VAEConfig
from explorer.runs.findings import findings_of
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors
from explorer.settings import APP_FOLDER

BARS = {"dataset": "bars-and-stripes"}
FEW = {"dataset": "mnist-5k", "hidden_units": 9, "epochs": 3}
NARROW = BARS | {"epochs": 2, "code_size": 5}
SPIRAL = {"dataset": "spiral", "epochs": 1}
RAISED = [
    ("rbm", BARS | {"learning_rate": 10, "epochs": 2}, ["Dead units"]),
    ("rbm", BARS | {"learning_rate": 2.1, "weight_decay": 1, "hidden_units": 9, "epochs": 2}, ["Exploding weights"]),
    ("rbm", FEW, ["Units always on"]),
    ("rbm", FEW | {"centred": True}, []),  # which is what it advises
    ("dbn", BARS | {"epochs": 1, "first.epochs": 1, "learning_rate": 10, "hidden_units": (9,)}, ["Dead units"]),
    ("rbm", SPIRAL, ["Binary model of real values"]),
    ("gaussian-rbm", SPIRAL, []),
    ("autoencoder", NARROW, []),
    ("autoencoder", BARS | {"epochs": 2, "code_size": 8}, ["Code larger than the data"]),
    ("autoencoder", NARROW | {"activation": "relu", "linear_code": False, "learning_rate": 1}, ["Dead units"]),
    ("contractive", BARS | {"epochs": 3, "code_size": 20, "learning_rate": 1}, ["Dead units", "Saturated code"]),
    ("vae", BARS | {"latent_size": 8, "beta": 100, "epochs": 3}, ["Posterior collapse"]),
    ("vae", BARS | {"latent_size": 1, "beta": 0, "importance_samples": 5, "epochs": 1}, ["No prior", "No bound"]),
]  # fmt: skip
# What is said of shipped runs at their last epoch; of all others nothing.
SHIPPED = {
    "rbm-bb55c2ab6456": ["Dead units"],  # a learning rate of 1
    "rbm-4b970fba3bd2": ["Overfitting"],  # 100 epochs of 4,000 digits
    "dbn-6ea38644a7e7": ["Dead units"],  # of 784 units on top of 100
    "dbn-72b9291fada2": ["Dead units"],
    "deep-autoencoder-ce4fa0e4d301": ["Overfitting"],  # 4,000 digits
    "vae-e0a70f7c298c": ["Overfitting"],
    "dcgan-17374234fe65": ["Mode collapse", "Saturated discriminator"],  # no batch normalisation
    "dcgan-3ab55e199d92": ["Mode collapse", "Saturated discriminator"],  # 64×64 at equal rates
    "dcgan-5afabb3b4009": ["Saturated discriminator"],
}
TRAINED = Store(APP_FOLDER / "trained", shipped=True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("findings")
    return InlineEngine(Library(Store(folder / "own"), Store(folder / "none", shipped=True)))


def of_kind(kind, values):
    return kind_of(kind).config_class().from_values(values)


def names(findings):
    return [finding.name for finding in findings]


@pytest.mark.parametrize(
    ("kind", "values", "said"), RAISED, ids=[f"{kind}: {', '.join(x) or 'sound'}" for kind, _, x in RAISED]
)
def test_a_run_that_went_wrong_is_found_out_after_it_is_measured(engine, kind, values, said):
    run = engine.submit(of_kind(kind, values))
    engine.measure(run)
    assert names(findings_of(run)) == said
    assert findings_of(run, 0) == []
    for finding in findings_of(run):
        assert all(sentence.endswith((".", "!")) for sentence in finding[1:]), finding


def test_dead_units_of_a_tied_start_are_no_fault_of_the_learning_rate():
    found = {run.id: findings_of(run) for run in TRAINED if run.kind == "dbn"}
    (tied,), (random,) = found["dbn-6ea38644a7e7"], found["dbn-72b9291fada2"]
    assert "begins as one two layers below" in tied.why
    assert "smaller learning rate" not in tied.remedy
    assert "smaller learning rate" in random.remedy


def test_of_shipped_runs_just_those_that_are_no_model_to_follow_are_named():
    found = {run.id: names(findings_of(run)) for run in TRAINED if run.kind != "deep-classifier"}
    assert {id_: said for id_, said in found.items() if said} == SHIPPED


def test_of_shipped_classifiers_those_of_few_labels_know_them_by_heart():
    for run in TRAINED:
        if run.kind == "deep-classifier":
            figures = run.metric_rows()[-1]
            wide = figures["error"] - figures["error_train"] >= 0.1
            assert names(findings_of(run)) == ["Overfitting"] * wide


@pytest.mark.parametrize("name", sorted({name for said in SHIPPED.values() for name in said}))
def test_ten_sound_shipped_runs_do_not_raise_a_finding(name):
    kinds = {id_.rpartition("-")[0] for id_, said in SHIPPED.items() if name in said}
    families = {KINDS[kind].family for kind in kinds}
    alike = [run for run in TRAINED if KINDS[run.kind].family in families]
    sound = [run for run in alike if name not in names(findings_of(run))]
    if families == {"Adversarial"}:  # of which fewer are shipped: they are sound at many epochs
        assert len(sound) >= 5
        sound = [epoch for run in sound for epoch in run.snapshots[1:] if name not in names(findings_of(run, epoch))]
    assert len(sound) >= 10


def test_no_shipped_run_has_weights_that_explode():
    largest = {}
    for run in TRAINED:
        for epoch in run.snapshots[-1:]:
            arrays, _ = read_tensors(run.paths.snapshot(epoch))
            largest[run.id] = max(float(np.abs(array).max()) for array in arrays.values() if array.ndim > 1)
    assert len(largest) > 10
    assert max(largest.values()) < HUGE_WEIGHT / 4


def test_a_figure_that_was_not_finite_is_named():
    (finding,) = kind_of("rbm").load("measures").findings(of_kind("rbm", BARS), {"epoch": 3, "log_likelihood": None}, 3)
    assert finding.name == "Not a number"
    assert "Log-likelihood (test)" in finding.seen


def test_figures_that_are_not_finite_end_a_training(engine):
    config = of_kind(
        "rbm", {"dataset": "mnist-5k", "learning_rate": 10, "weight_decay": 1, "hidden_units": 9, "epochs": 2}
    )
    with pytest.raises(TrainingFailed, match="In epoch 1 at learning rate 10, free_energy_gap became infinite"):
        engine.submit(config)
    run = engine._library.find(config)
    assert run.snapshots == [0]
    assert [row["epoch"] for row in run.metric_rows()] == [0]


def test_a_density_of_binary_pixels_is_refused_and_older_runs_stay(engine, monkeypatch):
    config = of_kind("vae", SPIRAL | {"decoder": "gaussian"})
    with pytest.raises(ConfigError, match="binarize = 'sample' is not valid: 'none', as a Gaussian decoder"):
        engine.submit(config)
    assert config not in engine._library
    monkeypatch.setattr(VAEConfig, "misfits", lambda _: [])
    run = engine.submit(config)  # as an earlier version did
    monkeypatch.undo()
    assert engine.submit(config.model_copy(update={"epochs": 2})).epochs == 2
    assert "Density of binary pixels" in names(findings_of(run))


# the figures


def test_units_and_gap_are_those_of_a_literal_count():
    generator = torch.Generator().manual_seed(0)
    rbm = RBM(6, 4)
    rbm.W.normal_(generator=generator)
    rbm.b[:] = torch.tensor([-50.0, 50.0, 0.0, 0.5])  # never on, always on, and two in between
    test, train = (torch.rand(count, 6, generator=generator).round() for count in (20, 30))
    found = units_and_gap(rbm, test, train)
    assert (found["dead_units"], found["always_on_units"]) == (0.25, 0.25)
    energies = []
    for images in (test, train):
        energies.append([])
        for v in images.tolist():
            x = [sum(v[i] * float(rbm.W[i, j]) for i in range(6)) + float(rbm.b[j]) for j in range(4)]
            energies[-1].append(
                -sum(math.log1p(math.exp(y)) for y in x) - sum(v[i] * float(rbm.a[i]) for i in range(6))
            )
    assert found["free_energy_gap_all"] == pytest.approx(np.mean(energies[0]) - np.mean(energies[1]), abs=1e-4)
    error = math.sqrt(np.var(energies[0], ddof=1) / 20 + np.var(energies[1], ddof=1) / 30)
    assert found["free_energy_gap_error"] == pytest.approx(error, rel=1e-4)


def test_constant_units_are_told_from_quiet_ones():
    codes = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.6, 0.0], [0.5, 0.4, 0.0], [0.501, 0.5, 100.0]])
    assert share_constant(codes[:, :2], bounded=True) == 0.5
    assert share_constant(codes, bounded=False) == pytest.approx(2 / 3)  # beside the third, the others stand still
    assert share_constant(torch.ones(4, 3), bounded=False) == 1


def test_flat_places_are_those_with_a_twentieth_of_the_steepest_slope():
    sigmoid = torch.tensor([0.5, 0.013, 0.012, 0.988, 0.987])  # y (1 − y) = 1/80 at 0.01266
    assert share_flat(sigmoid, "sigmoid") == pytest.approx(2 / 5)
    tanh = torch.tensor([0.0, 0.97, 0.98, -0.98])  # 1 − y² = 1/20 at 0.9747
    assert share_flat(tanh, "tanh") == 0.5
    assert share_flat(1000 * tanh, "linear") == 0
