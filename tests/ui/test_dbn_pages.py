"""The pages of the deep belief network and of the fine-tuned one as a user meets them, without a browser."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis.reconstruction import reconstruct
from explorer.data.catalogue import CATALOGUE, load
from explorer.engine.inline import InlineEngine
from explorer.models.config import default_values, text_of
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.registry import kind_of
from explorer.plots.tiles import quantize, tile_picture
from explorer.presets.preset import Preset
from explorer.runs.files import write_atomically
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State, Status, write_status
from explorer.runs.store import Store
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.state.page import PageState
from explorer.ui.views import generate

BARS = {"dataset": "bars-and-stripes"}
FIRST = {"hidden_units": 9, "epochs": 2}
SMALL = BARS | {"first": FIRST, "hidden_units": (8,), "epochs": 3}


def dbn(**changes):
    return DBNConfig(**SMALL | changes)


def fine_tuned(base, **changes):
    return FineTunedDBNConfig(**BARS | {"base": base, "epochs": 3} | changes)


PLAIN = dbn()
DEEP = dbn(hidden_units=(8, 6), lower_epochs=2)
DBNS = {
    "8": PLAIN,
    "12": dbn(hidden_units=(12,)),
    "8-6": DEEP,
    "tied": dbn(hidden_units=(16,), tied_start=True),
    "threshold": dbn(first=FIRST | {"binarize": "threshold"}),
    "none": dbn(first=FIRST | {"binarize": "none"}),
    "default sizes": DBNConfig(**BARS | {"first": {"epochs": 2}, "epochs": 2}),
    "digits": DBNConfig(dataset="mnist-5k", first=FIRST, hidden_units=(10,), epochs=2),
}
FINE_TUNED = {
    "8": fine_tuned(PLAIN),
    "8, faster": fine_tuned(PLAIN, learning_rate=0.1),
    "8-6": fine_tuned(DEEP),
    "none": fine_tuned(DBNS["none"]),
    "digits": FineTunedDBNConfig(dataset="mnist-5k", base=DBNS["digits"], epochs=2),
}
VIEWS = {
    "dbn": ("Weights", "Reconstructions", "Generate", "How it learns", "Training"),
    "fine-tuned-dbn": ("Up and down weights", "Reconstructions", "Generate", "How it learns", "Training"),
}
SAYS = {  # what only this view says, or the name of its filmstrip
    "Weights": "Click a tile or type a top unit's number",
    "Up and down weights": "Click a tile or type a unit's number",
    "Reconstructions": "ean squared error of these images",
    "Generate": "generate",
    "How it learns": "<svg",
    "Training": "All other figures",
}


def few_images(name):
    """The first images of a data set: what these models learn is of no interest here."""
    images = load(name)
    first = {part: getattr(images, part)[:100].copy() for part in ("train", "train_labels", "test", "test_labels")}
    return replace(images, **first)


def quick(monkeypatch):
    monkeypatch.setattr("explorer.analysis.dbn_measures.AIS_BETAS", (10, 10))
    monkeypatch.setattr("explorer.analysis.dbn_measures.BOUND_SAMPLES", 5)
    monkeypatch.setattr("explorer.analysis.rbm_measures.AIS_BETAS", 10)
    monkeypatch.setattr("explorer.engine.job.load", few_images)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with all the DBNs above and what they are built on."""
    folder = tmp_path_factory.mktemp("trained-dbn")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        for config in (*DBNS.values(), *FINE_TUNED.values()):
            engine.submit(config)
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    quick(monkeypatch)


def address(config):
    return {name: text_of(value) for name, value in config.values().items()}


@pytest.fixture
def open_page(page):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""

    def opened(config, **changes):
        return page(f"pages/{config.kind}.py", **address(config) | changes)

    return opened


@pytest.fixture
def offered(monkeypatch):
    """The arrays and panels that a view offers for download, by name, as of the last run."""
    found = {}

    def take(_scene, name, arrays, panels=None, labels=()):
        found[name] = (arrays(), panels() if panels else [], labels)

    for view in ("reconstructions", "generate", "units"):
        monkeypatch.setattr(f"explorer.ui.views.{view}.downloads", take)
    return found


def texts(test):
    return "\n".join(
        element.value for element in [*test.markdown, *test.info, *test.warning, *test.error, *test.caption]
    )


def problems(test):
    assert not test.exception
    found = [element.value for element in [*test.warning, *test.error]]
    return [text for text in found if CATALOGUE["mnist"].title not in text]  # which is not on every machine


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    strips = " ".join(str(element.key) for element in test.get("bidi_component"))
    assert SAYS[view] in texts(test) + strips, (view, what)


def button(test, label):
    return next(button for button in test.button if button.label == label)


# all views


@pytest.mark.parametrize("name", DBNS)
def test_every_view_draws_a_dbn(open_page, offered, name):
    for view in VIEWS["dbn"]:
        test = open_page(DBNS[name], view=view)
        assert_draws(test, view, name)
        assert f"Trained, **{DBNS[name].epochs} epochs**" in texts(test)


@pytest.mark.parametrize("name", FINE_TUNED)
def test_every_view_draws_a_fine_tuned_one(open_page, offered, name):
    for view in VIEWS["fine-tuned-dbn"]:
        assert_draws(open_page(FINE_TUNED[name], view=view), view, name)


@pytest.mark.parametrize("config", [DBNS["tied"], DEEP, FINE_TUNED["8"]], ids=["tied", "8-6", "fine-tuned"])
def test_every_view_draws_before_the_first_update(open_page, offered, config):
    for view in VIEWS[config.kind]:
        assert_draws(open_page(config, view=view, epoch=0), view)


@pytest.mark.parametrize(
    ("name", "pinned"),
    [("12", "8-6"), ("8-6", "8"), ("tied", "8"), ("none", "threshold"), ("default sizes", "8"), ("8", "8")],
)
def test_every_view_draws_a_dbn_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in VIEWS["dbn"]:
        test = open_page(DBNS[name], view=view, pin=f"{run_id(DBNS[pinned])}@1")
        assert_draws(test, view, name)
        assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize(("name", "pinned"), [("8", "8, faster"), ("8-6", "8"), ("8", "none"), ("8", "8")])
def test_every_view_draws_a_fine_tuned_one_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in VIEWS["fine-tuned-dbn"]:
        test = open_page(FINE_TUNED[name], view=view, pin=f"{run_id(FINE_TUNED[pinned])}@1")
        assert_draws(test, view, name)
        assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize("config", [DEEP, FINE_TUNED["8-6"]], ids=["dbn", "fine-tuned"])
def test_every_view_draws_without_the_runs_it_is_built_on(page, open_page, nothing_trained, offered, config):
    library = Library.open()
    InlineEngine(library).submit(config)
    for run in list(library.own):
        if run.id != run_id(config):
            library.own.delete(run.id)
    for view in VIEWS[config.kind]:
        assert_draws(open_page(config, view=view), view)


@pytest.mark.parametrize("kind", VIEWS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)
    assert any(button.label == "Train 100 epochs" for button in test.button)


def test_every_step_of_learning_has_a_picture_and_a_text(open_page):
    for config, key, names in (
        (PLAIN, "dbn step of 3", ["1 First RBM", "2 Top RBM", "3 Generate"]),
        (DEEP, "dbn step of 4", ["1 First RBM", "2 Second RBM", "3 Top RBM", "4 Generate"]),
        (DBNS["tied"], "dbn step of 3", ["1 First RBM", "2 Top RBM", "3 Generate"]),
        (FINE_TUNED["8-6"], "fine-tuned-dbn step of 5", ["0 Untie", "1 Wake", "2 Top", "3 Sleep", "4 Generate"]),
    ):
        test = open_page(config, view="How it learns")
        assert list(test.segmented_control(key=key).options) == names
        for name in names:
            test.segmented_control(key=key).set_value(name).run()
            assert problems(test) == []
            assert f"Step {name[0]}: {name[2:]}" in texts(test)


def test_every_control_of_the_views_draws(open_page, offered):
    for config, view, key, values in (
        (PLAIN, "Weights", "order", ["activation frequency", "norm", "index"]),
        (PLAIN, "Reconstructions", "shown", ["sampled pixels", "probabilities"]),
        (PLAIN, "Reconstructions", "reconstructions source", ["other test images"]),
        (DEEP, "Generate", "start", ["clamped unit", "test images", "random state"]),
        (FINE_TUNED["8"], "Up and down weights", "order", ["index", "asymmetry"]),
        (FINE_TUNED["8-6"], "Generate", "start", ["clamped unit", "test images", "random state"]),
    ):
        test = open_page(config, view=view)
        for value in values:
            test.segmented_control(key=f"{config.kind} {key}").set_value(value).run()
            assert_draws(test, view, value)


@pytest.mark.parametrize(("config", "label"), [(PLAIN, "Sample again"), (FINE_TUNED["8"], "Sample again")])
def test_another_draw_gives_other_reconstructions(open_page, offered, config, label):
    test = open_page(config, view="Reconstructions")
    before = offered["reconstructions"][0]["sampled pixels"]
    button(test, label).click().run()
    assert not np.array_equal(offered["reconstructions"][0]["sampled pixels"], before)


def test_a_drawn_digit_goes_through_all_models(open_page, offered):
    test = open_page(FINE_TUNED["digits"], view="Reconstructions")
    test.session_state["drawn digit"] = np.zeros((28, 28), np.uint8)
    test.segmented_control(key="fine-tuned-dbn reconstructions source").set_value("my drawing").run()
    assert problems(test) == []


@pytest.mark.parametrize("base", [None, PLAIN], ids=["dbn", "fine-tuned"])
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, base):
    config = fine_tuned(base, seed=5) if base else dbn(seed=5)
    path = inline.submit(config).paths.snapshot(3)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[config.kind]:
        test = open_page(config, view=view)
        (warning,) = problems(test)
        assert "epoch-00003.safetensors" in warning, view
        assert test.select_slider(key=f"{config.kind} epoch").value == 2


def test_without_its_first_snapshot_a_fine_tuned_one_has_no_base_to_show(open_page, inline):
    """Later ones hold other weights in all layers: as the RBM's they would be wrong."""
    config = fine_tuned(PLAIN, seed=5)
    inline.submit(config).paths.snapshot(0).unlink()
    for view in VIEWS[config.kind]:
        found = problems(open_page(config, view=view))
        if view in ("Reconstructions", "Generate"):
            assert "has no snapshot of epoch 0" in found[0]
        else:
            assert found == []


def test_without_its_first_snapshot_a_dbn_shows_everything(open_page, inline):
    config = dbn(seed=5)
    inline.submit(config).paths.snapshot(0).unlink()
    for view in VIEWS["dbn"]:
        assert_draws(open_page(config, view=view), view)


# the models it came from


def titles(offered, name):
    return [panel.title for panel in offered[name][1]]


@pytest.fixture
def rows(monkeypatch):
    """How many panels the filmstrip of the reconstructions has in a row, as of the last run."""
    asked_for = []

    def noting(*arguments, per_row=None, **options):
        asked_for.append(per_row)
        return filmstrip(*arguments, per_row=per_row, **options)

    monkeypatch.setattr("explorer.ui.views.reconstructions.filmstrip", noting)
    return asked_for


def test_reconstructions_of_the_models_it_came_from_stand_in_two_rows(open_page, offered, rows):
    open_page(PLAIN, view="Reconstructions")
    assert titles(offered, "reconstructions") == [
        "Input", "RBM: reconstruction", "DBN: reconstruction",
        "As the models see it", "RBM: hidden state", "DBN: top state",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Reconstructions")
    assert titles(offered, "reconstructions") == [
        "Input", "RBM: reconstruction", "DBN: reconstruction", "Fine-tuned: reconstruction",
        "As the models see it", "RBM: hidden state", "DBN: top state", "Fine-tuned: top state",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Reconstructions", pin=run_id(FINE_TUNED["8-6"]))
    assert rows == [3, 4, None]


def test_the_caption_names_the_error_of_each_model(open_page, offered):
    test = open_page(FINE_TUNED["8"], view="Reconstructions")
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    error = offered["reconstructions"][0]["error"].mean()
    assert "RBM **" in caption
    assert " · DBN **" in caption
    assert f" · Fine-tuned **{error:.1f}**" in caption


@pytest.mark.parametrize("name", ["8", "8-6", "none"])
def test_before_fine_tuning_the_reconstructions_are_those_of_the_base(open_page, offered, name):
    def frames(epoch):
        open_page(FINE_TUNED[name], view="Reconstructions", epoch=epoch)
        return {panel.title: panel.frames for panel in offered["reconstructions"][1]}

    first, last = frames(0), frames(3)
    for what in ("reconstruction", "top state"):
        (base,) = last[f"DBN: {what}"]  # it stands still
        np.testing.assert_array_equal(base, first[f"DBN: {what}"][0])
        np.testing.assert_array_equal(base, last[f"Fine-tuned: {what}"][0])
    open_page(FINE_TUNED[name], view="Reconstructions", epoch=0)
    fine = offered["reconstructions"][0]
    open_page(FINE_TUNED[name].base, view="Reconstructions")
    for part, values in offered["reconstructions"][0].items():
        np.testing.assert_allclose(values, fine[part], atol=2e-3, err_msg=part)  # snapshots have half precision


@pytest.mark.parametrize("config", [PLAIN, FINE_TUNED["8"]], ids=["dbn", "fine-tuned"])
def test_the_rbm_beside_a_dbn_is_the_run_that_it_is_built_on(open_page, offered, library, config):
    open_page(config, view="Reconstructions")
    (shown,) = {panel.title: panel for panel in offered["reconstructions"][1]}["RBM: reconstruction"].frames
    rbm = library.find(PLAIN.first).model(PLAIN.first.epochs)
    images = load("bars-and-stripes").test[:20]
    alone = reconstruct(rbm, images, "sample", torch.Generator().manual_seed(0))
    expected = tile_picture(quantize(alone.probabilities.reshape(-1, 4, 4), 0, 1), 5)
    np.testing.assert_allclose(shown.astype(int), expected, atol=1)


@pytest.fixture
def chains(monkeypatch):
    """The chains of all models that the view draws, in order."""
    found, run = [], generate._chains

    def noting(*arguments):
        found.append(run(*arguments))
        return found[-1]

    monkeypatch.setattr(generate, "_chains", noting)
    return found


def test_all_models_start_from_the_same_random_states(open_page, chains, inline):
    config = fine_tuned(dbn(hidden_units=(9,)))  # as many top units as the RBM has
    inline.submit(config)
    open_page(config, view="Generate")
    rbm, base, tuned = (each.states[0] for each in chains)
    np.testing.assert_array_equal(rbm, base)
    np.testing.assert_array_equal(rbm, tuned)
    assert not np.array_equal(chains[0].states[-1], chains[1].states[-1])
    open_page(config.base, view="Generate")
    assert len(chains) == 5
    np.testing.assert_array_equal(chains[3].probabilities, chains[0].probabilities)  # whatever page it is on
    np.testing.assert_allclose(chains[4].probabilities[0], chains[1].probabilities[0], atol=2e-3)


def test_all_models_start_from_the_same_images(open_page, chains):
    test = open_page(FINE_TUNED["8"], view="Generate", epoch=0)
    test.segmented_control(key="fine-tuned-dbn start").set_value("test images").run()
    rbm, base, tuned = chains[-3:]
    assert len(rbm.states[0]) == len(base.states[0]) == 20
    np.testing.assert_array_equal(base.states[0], tuned.states[0])  # not yet fine-tuned


def test_samples_of_the_models_it_came_from_stand_beside_it(open_page, offered):
    open_page(FINE_TUNED["8"], view="Generate")
    assert titles(offered, "gibbs chains") == [
        "RBM: p(v | h)", "DBN: p(v | h)", "Fine-tuned: p(v | h)", "Fine-tuned: top state",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Generate", pin=run_id(FINE_TUNED["8-6"]))
    assert len(titles(offered, "gibbs chains")) == 4  # two of each
    assert not any("RBM" in title for title in titles(offered, "gibbs chains"))


# units


@pytest.mark.parametrize("config", [DBNS["12"], FINE_TUNED["8"]], ids=["dbn", "fine-tuned"])
def test_a_unit_is_shown_large(open_page, config):
    test = open_page(config, view=VIEWS[config.kind][0])
    test.number_input(key=f"{config.kind} unit").set_value(7).run()
    assert problems(test) == []
    assert any("unit detail current" in element.key for element in test.get("bidi_component"))


@pytest.mark.parametrize("name", DBNS)
def test_the_last_unit_of_every_dbn_is_shown_large_at_every_epoch(open_page, name):
    config = DBNS[name]
    for epoch in (0, config.epochs):
        test = open_page(config, view="Weights", epoch=epoch)
        test.number_input(key="dbn unit").set_value(config.hidden_units[-1] - 1).run()
        assert problems(test) == []


def test_units_without_weights_are_shown_large(open_page, inline):
    """All weights of the top RBM are 0: no unit below speaks for or against it."""
    config = dbn(initial_std=0.0)
    inline.submit(config)
    test = open_page(config, view="Weights", epoch=0)
    test.number_input(key="dbn unit").set_value(3).run()
    assert problems(test) == []


def test_a_unit_that_smaller_layers_do_not_have_is_forgotten(open_page):
    test = open_page(DBNS["12"], view="Weights")
    test.number_input(key="dbn unit").set_value(11).run()
    enter(test, "8")
    assert_draws(test, "Weights")
    assert test.number_input(key="dbn unit").value is None


def test_a_unit_that_the_pinned_one_does_not_have_is_forgotten(open_page):
    test = open_page(DBNS["12"], view="Weights")
    test.number_input(key="dbn unit").set_value(11).run()
    test.session_state["page state of dbn"].pin = run_id(PLAIN)
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="dbn unit").value is None


# the chain of runs


def chain_of(test):
    """The words of the row that shows what a model is built on."""
    shorts = ("RBM", "DBN", "Fine-tuned DBN")
    labels = [link.proto.label for link in test.get("page_link")]
    return [label for label in labels if label.startswith(shorts) and ": " in label]


def begun(store, config, state, epoch=0, **changes):
    """Leave a run in a state in the store."""
    run = store.request(config)
    status = Status(state=state, epoch=epoch, target=config.epochs, **changes)
    if state is State.QUEUED:
        return run
    if state is State.INTERRUPTED:
        old = status.model_copy(update={"state": State.RUNNING, "heartbeat": time.time() - 60})
        write_atomically(run.paths.status, old.model_dump_json().encode())
        run.paths.request.unlink()
    else:
        if state is not State.RUNNING:
            run.paths.request.unlink()
        write_status(run.paths, status)
    return run


NEW = dbn(seed=1, first=FIRST | {"seed": 1})


def test_the_chain_of_a_trained_model_is_ready(open_page):
    assert chain_of(open_page(PLAIN)) == ["RBM: 2 epochs", "DBN: 3 epochs"]
    assert chain_of(open_page(FINE_TUNED["8"])) == ["RBM: 2 epochs", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs"]


def test_models_of_one_kind_in_a_chain_are_told_apart(open_page):
    assert chain_of(open_page(FINE_TUNED["8-6"])) == [
        "RBM: 2 epochs", "DBN 8: 2 epochs", "DBN 8-6: 3 epochs", "Fine-tuned DBN: 3 epochs",
    ]  # fmt: skip


def test_the_links_of_the_chain_lead_to_the_runs(open_page):
    links = [link.proto for link in open_page(DEEP).get("page_link") if link.proto.label.startswith(("RBM:", "DBN"))]
    rbm, below, own = links
    assert (rbm.page, below.page, own.page) == ("rbm", "dbn", "dbn")
    for link, config in ((rbm, DEEP.first), (below, DEEP.parents()["below"]), (own, DEEP)):
        given = dict(part.split("=") for part in link.query_string.split("&"))
        assert run_id(type(config).from_values(given)) == run_id(config)
        assert given["epochs"] == str(config.epochs)


def test_an_rbm_has_no_chain(page):
    assert chain_of(page("pages/rbm.py", **address(PLAIN.first))) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.RUNNING, "1 of 3 epochs"),
        (State.QUEUED, "waits for a worker"),
        (State.FAILED, "1 of 3 epochs, failed"),
        (State.STOPPED, "1 of 3 epochs, stopped"),
        (State.INTERRUPTED, "1 of 3 epochs, interrupted"),
    ],
)
def test_the_chain_says_how_far_each_model_is(open_page, library, state, words):
    own = dbn(seed=1)  # on an RBM that is trained
    begun(library.own, own, state, 1)
    test = open_page(own)
    assert not test.exception
    assert chain_of(test) == ["RBM: 2 epochs", f"DBN: {words}"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "2 epochs to train"),
        (State.RUNNING, "1 of 2 epochs"),
        (State.QUEUED, "waits for a worker"),
        (State.FAILED, "1 of 2 epochs, failed"),
        (State.STOPPED, "1 of 2 epochs, stopped"),
        (State.INTERRUPTED, "1 of 2 epochs, interrupted"),
    ],
)
def test_the_chain_says_how_far_a_model_it_is_built_on_is(open_page, library, state, words):
    if state:
        begun(library.own, NEW.first, state, 1)
    test = open_page(NEW)
    assert not test.exception
    assert chain_of(test) == [f"RBM: {words}", "DBN: 3 epochs to train"]


def test_while_the_rbm_is_trained_the_others_wait_for_it(open_page, library):
    above = fine_tuned(NEW)
    begun(library.own, NEW.first, State.RUNNING, 1, seconds_per_epoch=0.5, device="cpu")
    begun(library.own, NEW, State.RUNNING, parent=run_id(NEW.first))
    begun(library.own, above, State.RUNNING, parent=run_id(NEW))
    test = open_page(above)
    assert chain_of(test) == ["RBM: 1 of 2 epochs", "DBN: waits for the RBM", "Fine-tuned DBN: waits for the RBM"]
    assert any(button.label == "Stop" for button in test.button)
    assert "**RBM** · Epoch **1** of 2" in " ".join(bar.proto.text for bar in test.get("progress"))
    assert problems(test) == []


def test_a_model_that_was_killed_while_it_waited_is_interrupted(open_page, library):
    begun(library.own, NEW, State.INTERRUPTED, parent=run_id(NEW.first))
    assert chain_of(open_page(NEW)) == ["RBM: 2 epochs to train", "DBN: 0 of 3 epochs, interrupted"]


# the estimate


def offer(test):
    """What the page says beside the button that trains."""
    return next(element.value for element in test.markdown if re.match(r"\d+ epochs", element.value))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (dbn(cd_k=5), ""),
        (NEW, " First the RBM."),
        (fine_tuned(PLAIN, cd_k=5), ""),
        (fine_tuned(dbn(cd_k=5)), " First the DBN."),
        (fine_tuned(NEW), " First the RBM and the DBN."),
        (fine_tuned(dbn(cd_k=5, hidden_units=(8, 6))), " First the DBN 8 and the DBN 8-6."),
    ],
)
def test_the_estimate_names_what_is_trained_first(open_page, config, words):
    test = open_page(config)
    said = offer(test)
    assert said.startswith("3 epochs, about **")
    assert said.endswith(f"**.{words}")
    assert any(button.label == "Train 3 epochs" for button in test.button)


def test_what_goes_on_needs_no_other_model(open_page, nothing_trained):
    library = Library.open()
    InlineEngine(library).submit(PLAIN)
    library.own.delete(run_id(PLAIN.first))
    test = open_page(PLAIN, epochs=5)
    assert "First the" not in offer(test)
    assert any(button.label == "Train on to epoch 5" for button in test.button)


def test_below_a_trained_model_nothing_is_missing(open_page, nothing_trained):
    library = Library.open()
    InlineEngine(library).submit(PLAIN)
    library.own.delete(run_id(PLAIN.first))
    test = open_page(fine_tuned(PLAIN))
    assert "First the" not in offer(test)
    assert chain_of(test) == ["RBM: not kept, not needed", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs to train"]


def test_training_from_the_page_trains_the_whole_chain(open_page, inline, library):
    above = fine_tuned(NEW)
    test = open_page(above)
    button(test, "Train 3 epochs").click().run()
    assert problems(test) == []
    for config in (NEW.first, NEW, above):
        assert library.own.run(run_id(config)).epochs == config.epochs
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs"]


# sizes of layers


def enter(test, text, key="dbn.hidden_units"):
    """Type a text into the field of layer sizes."""
    box = test.selectbox(key=key)
    if text not in box.options:
        box.options.append(text)
    return box.set_value(text).run()


def test_typed_sizes_are_taken(open_page):
    test = enter(open_page(PLAIN), "8-6")
    assert problems(test) == []
    assert test.selectbox(key="dbn.hidden_units").value == (8, 6)
    assert test.query_params["hidden_units"] == ["8-6"] or test.query_params["hidden_units"] == "8-6"
    enter(test, "12, 7,5")
    assert problems(test) == []
    assert test.selectbox(key="dbn.hidden_units").value == (12, 7, 5)
    enter(test, "8")
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


@pytest.mark.parametrize("text", ["abc", "8-", "3", "8-6-4-4", "1001", "500--500", "8.5", "-8", "9" * 5000])
def test_typed_sizes_that_are_not_valid_are_named_and_nothing_is_lost(open_page, text):
    test = open_page(PLAIN, view="Training", preset="Larger layers: 500-500", pin=run_id(DEEP))
    before = dict(test.query_params)
    enter(test, text)
    (warning,) = problems(test)
    assert "hidden_units" in warning
    assert "is not valid: 1 to 3 layers of 4 to 1000 units each, the lowest first, such as 500-500." in warning
    assert len(warning) < 300
    assert dict(test.query_params) == before
    assert test.selectbox(key="dbn.hidden_units").value == (8,)
    assert "Trained, **3 epochs**" in texts(test)
    enter(test, "12")
    assert problems(test) == []


def test_a_tied_start_that_does_not_fit_is_explained(open_page):
    test = open_page(PLAIN)
    test.toggle(key="dbn.tied_start").set_value(True).run()
    (error,) = problems(test)
    assert "hidden_units = '8' is not valid: 16, as many as pixels, for a tied start; or switch tied_start off" in error
    assert test.toggle(key="dbn.tied_start").value
    assert any("nearest trained run" in element.value for element in test.info)
    enter(test, "16")
    assert problems(test) == []
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


@pytest.mark.parametrize("kind", VIEWS)
def test_a_combination_that_does_not_fit_is_explained_where_nothing_is_trained(page, nothing_trained, kind):
    name = "tied_start" if kind == "dbn" else "base.tied_start"
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes", **{name: "true"})
    (error,) = problems(test)
    assert "for a tied start" in error
    assert test.query_params[name] in ("true", ["true"])


# the address


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hidden_units": "abc"}, ["hidden_units = 'abc'"]),
        ({"first.cd_k": 1000}, ["first.cd_k = '1000' is not valid: a whole number from 1 to 50."]),
        ({"first.cd_k": 1000, "cd_k": "x"}, ["first.cd_k = '1000'", "cd_k = 'x'"]),
        ({"tied_start": "true"}, ["hidden_units = '100' is not valid: 16, as many as pixels"]),
        ({"tied_start": "true", "hidden_units": "abc"}, ["hidden_units = 'abc'", "hidden_units = '100'"]),
        ({"tied_start": "true", "cd_k": "0"}, ["cd_k = '0'", "hidden_units = '100'"]),
        ({"tied_start": "true", "first.cd_k": "0"}, ["first.cd_k = '0'", "hidden_units = '100'"]),
        ({"tied_start": "maybe"}, ["tied_start = 'maybe' is not valid: true or false."]),
        ({"first": "x"}, ["first = 'x'"]),
        ({"first.nothing": "x"}, ["first.nothing = 'x'"]),
        ({"first.dataset": "mnist-5k"}, ["first.dataset = 'mnist-5k'"]),
        ({"second.cd_k": "3"}, ["second"]),
        ({"cd_k.more": "3"}, ["cd_k"]),
        ({"first.cd_k.more": "3"}, ["first.cd_k"]),
        ({".": "3"}, ["dbn"]),
        ({"first.": "3"}, ["first."]),
        ({".cd_k": "3"}, ["dbn"]),
        ({"first.cd_k": "9" * 5000}, [f"first.cd_k = '{'9' * 40}…' is not valid"]),
    ],
)
def test_what_is_not_valid_in_the_address_is_named_and_the_page_stands(page, given, said):
    test = page("pages/dbn.py", dataset="bars-and-stripes", **given)
    found = problems(test)
    assert len(found) == len(said)
    for message, beginning in zip(found, said, strict=True):
        assert message.startswith(beginning)
    test.select_slider(key="dbn.cd_k").set_value(3).run()
    assert not test.exception


@pytest.mark.parametrize("kind", ["rbm", "dbn", "fine-tuned-dbn"])
def test_an_unknown_data_set_is_named_once(page, kind):
    (warning,) = [text for text in problems(page(f"pages/{kind}.py", dataset="nowhere")) if "nowhere" in text]
    assert warning.startswith("dataset = 'nowhere' is not valid: one of ")


def test_layers_of_the_base_are_read_from_the_address(page):
    test = page("pages/fine-tuned-dbn.py", **BARS, **{"base.hidden_units": "8-6", "base.first.hidden_units": 9})
    assert problems(test) == []
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (8, 6)
    assert test.select_slider(key="fine-tuned-dbn.base.first.hidden_units").value == 9


@pytest.mark.parametrize("config", [DEEP, DBNS["tied"], FINE_TUNED["8-6"], FINE_TUNED["none"]])
def test_the_address_holds_the_page_and_reproduces_it(page, open_page, config):
    first = open_page(config, view="Training", epoch=2, pin=f"{run_id(config)}@1")
    given = {name: value[0] if isinstance(value, list) else value for name, value in first.query_params.items()}
    defaults = default_values(type(config))
    changed = {n: text_of(v) for n, v in config.values().items() if n == "dataset" or v != defaults[n]}
    assert given == changed | {"view": "Training", "epoch": "2", "pin": f"{run_id(config)}@1"}
    second = page(f"pages/{config.kind}.py", **given)
    assert second.session_state[f"page state of {config.kind}"].config == config
    assert dict(second.query_params) == dict(first.query_params)


# settings of the models it is built on


def test_settings_of_other_models_are_folded_away_under_their_names(open_page):
    test = open_page(FINE_TUNED["8-6"])
    labels = [expander.label for expander in test.sidebar.expander]
    assert labels[-3:] == ["More settings", "Built on: DBN (3 changed)", "Built on: RBM (2 changed)"]


def test_changing_the_rbm_changes_the_run(open_page):
    test = open_page(PLAIN, **{"first.seed": "1"})
    assert any("RBM: Seed **0** instead of 1" in element.value for element in test.info)
    test.select_slider(key="dbn.first.seed").set_value(0).run()
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


def test_the_nearest_run_is_described_by_its_layers(open_page):
    test = open_page(dbn(hidden_units=(9,)))
    assert any("Layers above **" in element.value and "** instead of 9" in element.value for element in test.info)


def test_a_preset_opens_settings_of_the_models_it_is_built_on(page):
    test = page("pages/dbn.py", preset="Larger layers: 500-500")
    assert test.select_slider(key="dbn.first.hidden_units").value == 500
    assert test.selectbox(key="dbn.hidden_units").value == (500,)
    assert not test.exception
    test = page("pages/fine-tuned-dbn.py", preset="A model that can be counted: bars and stripes")
    assert test.select_slider(key="fine-tuned-dbn.base.first.epochs").value == 200
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (8,)
    assert test.toggle(key="fine-tuned-dbn.base.persistent").value
    assert not test.exception


def test_every_preset_opens(page):
    for kind in VIEWS:
        for preset in kind_of(kind).load("presets"):
            test = page(f"pages/{kind}.py", preset=preset.name)
            assert problems(test) == [], preset.name


def test_a_preset_with_a_pinned_run_offers_to_train_it_with_what_it_needs(page, inline, library, monkeypatch):
    flat = {n: v for n, v in PLAIN.values().items() if v != default_values(DBNConfig)[n]}
    preset = Preset("A pair", "Two seeds.", settings=flat, pinned=flat | {"first.seed": 1}, view="Training")
    monkeypatch.setattr("explorer.presets.dbn.PRESETS", (preset,))
    test = page("pages/dbn.py", preset="A pair")
    assert any("run to compare with is not trained" in element.value for element in test.info)
    assert offer(test).endswith("First the RBM.")
    button(test, "Train 3 epochs").click().run()
    assert problems(test) == []
    assert any(button.label == "Unpin" for button in test.button)


def test_back_to_the_defaults_takes_those_of_all_models(open_page):
    test = open_page(FINE_TUNED["8-6"], pin=run_id(FINE_TUNED["8"]))
    button(test, "Back to the defaults").click().run()
    assert not test.exception
    state: PageState = test.session_state["page state of fine-tuned-dbn"]
    assert state.values == default_values(FineTunedDBNConfig)
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (100,)
    assert button(test, "Back to the defaults").disabled
    assert "pin" not in test.query_params
