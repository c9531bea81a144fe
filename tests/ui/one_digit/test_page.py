"""One digit through a run of every kind: what the page shows, and what it says where something is missing."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis.one_image import squared_error
from explorer.data.catalogue import CATALOGUE, load
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.ui.one_digit import page as page_of_one_digit
from explorer.ui.state.drawing import read_drawing, text_of_drawing
from tests.contract.few import cut
from tests.few_images import NotHere, few_images
from tests.pages import button, press, problems, texts
from tests.stores import model_of
from tests.ui.one_digit.kinds import ELSEWHERE, OTHER, PICTURES, RUNS, figure, rows, short, table

DRAWING = np.zeros((28, 28), np.uint8)
DRAWING[4:24, 12:16] = 255


def errors_of(test, label="Squared error"):
    return {kind: figure(row[label]) for kind, row in rows(test).items() if label in row and row[label]["text"] != "–"}


def by_the_autoencoder(library, image):
    """What the autoencoder of these tests makes of an image of bytes."""
    with torch.no_grad():
        return model_of(library, RUNS["autoencoder"]).reconstruct(torch.tensor(image[None]) / 255)[0].numpy()


# every kind


def test_every_kind_has_a_row_with_pictures_and_figures(opened):
    test = opened()
    assert problems(test) == []
    heads, found = table(test)
    assert list(found) == [kind.short for kind in KINDS.values()]
    for name, row in found.items():
        drawn = [cell["class"] for cell in row.values() if cell["alt"]]
        assert drawn == list(PICTURES if name != short("deep-classifier") else PICTURES[:2])
        assert all(name in cell["alt"] for cell in row.values() if cell["alt"])
        for label in ("Code size", "Epochs", "Seconds of training"):
            assert figure(row[label]) >= 0
    assert [head["text"] for head in heads] == [
        "Model",
        "As it sees it",
        "Code or hidden state",
        "Reconstruction",
        "Squared error",
        "log p, sampled pixels",
        "Log-density, grey values",
        "Code size",
        "Epochs",
        "Seconds of training",
    ]


def test_errors_are_of_the_digit_that_is_chosen(opened, library):
    image = load("mnist-5k").test[3]
    test = opened(image=3)
    expected = squared_error(by_the_autoencoder(library, image), image)
    assert errors_of(test)[short("autoencoder")] == pytest.approx(expected, abs=0.06)


def test_probabilities_densities_and_bounds_stand_apart(opened):
    found = rows(opened(**{kind: run_id(RUNS[kind]) for kind in ("rbm", "dbn", "fine-tuned-dbn")}))  # measured
    p, density = "log p, sampled pixels", "Log-density, grey values"
    signs = {name: row[p]["text"][:1] for name, row in found.items()}
    assert [signs[short(kind)] for kind in ("rbm", "dbn", "fine-tuned-dbn", "vae", "conv-vae")] == ["≈", *"≥≥≥≥"]
    others = {name for name, sign in signs.items() if sign == "–"}
    assert others == {kind.short for kind in KINDS.values()} - {"RBM", "DBN", "Fine-tuned DBN", "VAE", "Conv VAE"}
    assert [name for name, row in found.items() if row[density]["text"] != "–"] == [short("gaussian-rbm")]
    assert found[short("dcgan")][p]["title"] == "A GAN has no likelihood."


def test_the_classifier_says_classes_and_whether_it_is_right(opened):
    says = rows(opened())[short("deep-classifier")]["Reconstruction"]["text"]
    assert says.count(": ") == 3
    assert says.endswith(("(right)", "(wrong)"))


def test_the_gan_has_a_search_and_a_score(opened):
    test = opened()
    row = rows(test)[short("dcgan")]
    assert row["Reconstruction"]["text"].startswith("D(x) = 0.")
    assert any(element.value == "##### DCGAN: the search for z" for element in test.markdown)


def test_the_table_is_there_before_the_search_has_ended(opened, monkeypatch):
    drawn = []
    draw = page_of_one_digit.draw_table

    def draw_table(place, rows, *args, **kwargs):
        drawn.append({row.chosen.kind.name: row.trouble for row in rows})
        draw(place, rows, *args, **kwargs)

    monkeypatch.setattr(page_of_one_digit, "draw_table", draw_table)
    test = opened()
    first, last = drawn
    assert [kind for kind, trouble in first.items() if trouble] == ["dcgan"]
    assert not any(last.values())
    assert rows(test)[short("dcgan")]["Reconstruction"]["alt"]


def test_another_draw_changes_what_is_random_and_nothing_else(opened):
    first = errors_of(opened())
    again = errors_of(press(opened(), "Draw again"))
    changed = {name for name in first if first[name] != again[name]}
    assert changed <= {"RBM", "Gaussian RBM", "DBN", "Fine-tuned DBN", "VAE", "Conv VAE"}
    assert {"RBM", "DBN"} <= changed


# order


def test_rows_are_sorted_by_a_figure_and_those_without_come_last(opened):
    test = opened()
    test.selectbox(key="one-digit sorted by").set_value("error").run()
    heads, found = table(test)
    values = list(errors_of(test).values())
    assert values == sorted(values)
    assert list(found)[-1] == short("deep-classifier")
    assert {head["text"]: head["sort"] for head in heads if head["sort"]} == {"Squared error": "ascending"}
    assert test.query_params["show.sorted-by"] == "error"
    test.selectbox(key="one-digit sorted by").set_value("log p").run()
    values = list(errors_of(test, "log p, sampled pixels").values())
    assert values == sorted(values, reverse=True)


# what is given


def test_noise_and_cover_have_two_errors_and_stand_in_the_link(opened, library):
    test = opened(image=2)
    test.select_slider(key="one-digit noise").set_value(0.3).run()
    test.segmented_control(key="one-digit covered").set_value("left").run()
    assert problems(test) == []
    row = rows(test)[short("autoencoder")]
    assert row["Error to the clean digit"]["text"] != row["Error to what is given"]["text"]
    assert "Squared error" not in row
    asked = {name: test.query_params[f"show.{name}"] for name in ("noise", "covered", "image")}
    assert asked == {"noise": "0.3", "covered": "left", "image": "2"}


def test_a_cover_is_what_the_models_are_given(opened, library):
    image = load("mnist-5k").test[1]
    covered = image.reshape(28, 28).copy()
    covered[14:] = 0
    row = rows(opened(image=1, covered="bottom"))[short("autoencoder")]
    output = by_the_autoencoder(library, covered.reshape(-1))
    assert figure(row["Error to the clean digit"]) == pytest.approx(squared_error(output, image), abs=0.06)
    assert figure(row["Error to what is given"]) == pytest.approx(squared_error(output, covered.reshape(-1)), abs=0.06)


def test_a_drawing_goes_through_all_models_and_is_part_of_the_link(opened, library):
    test = opened(input="my drawing")
    assert "Draw a digit" in texts(test)
    assert not [element for element in test.get("html") if "<table" in element.proto.body]
    test.session_state["drawn digit"] = DRAWING
    test.run()
    assert problems(test) == []
    as_linked = read_drawing(text_of_drawing(DRAWING)).reshape(-1)
    expected = squared_error(by_the_autoencoder(library, as_linked), as_linked)
    assert errors_of(test)[short("autoencoder")] == pytest.approx(expected, abs=0.06)
    says = rows(test)[short("deep-classifier")]["Reconstruction"]["text"]
    assert not says.endswith(("(right)", "(wrong)"))  # nobody knows what was meant
    link = opened(input="my drawing", drawing=test.query_params["show.drawing"])
    assert errors_of(link) == errors_of(test)


def test_previous_and_next_go_through_the_test_images(opened):
    test = opened()
    assert button(test, "Previous").disabled
    press(press(test, "Next"), "Next")
    assert test.query_params["show.image"] == "2"
    press(test, "Previous")
    assert test.number_input(key="one-digit image").value == 1
    last = len(load("mnist-5k").test) - 1
    test.number_input(key="one-digit image").set_value(last).run()
    assert button(test, "Next").disabled


# runs


def test_another_run_is_chosen_and_only_those_on_the_data_are_offered(opened):
    test = opened()
    offered = test.selectbox(key="one-digit rbm").options
    assert len(offered) == 3  # with the one that DBNs are built on
    test = opened(rbm=run_id(OTHER))
    assert problems(test) == []
    assert figure(rows(test)["RBM"]["Code size"]) == OTHER.hidden_units
    test.run()
    assert test.query_params["show.rbm"] == run_id(OTHER)
    (warning,) = problems(opened(rbm=run_id(ELSEWHERE)))
    assert "no run of this kind with its weights is trained on MNIST, 4,000 digits" in warning


def test_a_chosen_run_that_is_deleted_makes_way_for_the_first(opened, library, inline):
    config = OTHER.model_copy(update={"hidden_units": 6})
    run = inline.submit(config)
    test = opened(rbm=run.id)
    assert figure(rows(test)["RBM"]["Code size"]) == 6
    shutil.rmtree(run.paths.folder)
    test.run()
    assert problems(test) == []
    assert figure(rows(test)["RBM"]["Code size"]) == 4
    assert "show.rbm" not in test.query_params


def test_without_any_run_each_row_says_so_with_a_way_to_its_page(page, nothing_trained):
    test = page("pages/one-digit.py")
    assert problems(test) == []
    found = rows(test)
    assert list(found) == [kind.short for kind in KINDS.values()]
    assert all("No run of this kind" in row[""]["text"] for row in found.values())
    labels = [link.proto.label for link in test.get("page_link")]
    for kind in KINDS.values():
        assert any(label.startswith(f"{kind.short}: train one") for label in labels)
    assert "No model that generates is trained on this data set yet." in texts(test)


def test_a_run_that_cannot_be_read_leaves_the_others(opened, library):
    folder = library.own.folder / run_id(RUNS["vae"])
    shutil.copytree(library.find(RUNS["vae"]).paths.folder, folder)
    for snapshot in (folder / "snapshots").iterdir():
        snapshot.write_bytes(snapshot.read_bytes()[:-50])
    test = opened()
    assert not test.exception
    found = rows(test)
    assert ".safetensors" in found["VAE"][""]["text"]
    assert found["RBM"]["Code or hidden state"]["alt"]


def test_a_run_of_another_shape_than_its_config_leaves_the_others_samples(opened, library):
    """Its table of contents is whole, so that only whoever reads all of it finds out."""
    config = RUNS["rbm"]
    folder = library.own.folder / run_id(config)
    shutil.copytree(library.find(config).paths.folder, folder)
    for snapshot in (folder / "snapshots").iterdir():
        shutil.copy(library.find(OTHER).paths.snapshot(OTHER.epochs), snapshot)
    test = opened(rbm=run_id(config))
    assert not test.exception
    assert "shape" in rows(test)["RBM"][""]["text"]
    (warning,) = problems(test)
    assert warning.startswith("RBM: ")
    assert "Gaussian RBM" in test.toggle(key="one-digit measured").label


# data


def test_without_mnist_the_built_in_digits_stand_in_and_log_z_is_not_known(opened, library, inline, monkeypatch):
    monkeypatch.setattr("explorer.engine.job.load", few_images)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    inline.submit(RBMConfig(dataset="mnist", hidden_units=4, epochs=1))
    test = opened(data="mnist")
    assert not test.exception
    assert "these models may have learned them by heart" in texts(test)
    cell = rows(test)["RBM"]
    assert cell["Reconstruction"]["alt"]
    assert "log p, sampled pixels" not in cell  # no row has it


def test_images_without_labels_have_no_classes(opened):
    give_back = cut(lambda images: replace(images, train_labels=None, test_labels=None))
    try:
        test = opened()
        assert problems(test) == []
        assert not rows(test)[short("deep-classifier")]["Reconstruction"]["text"].endswith(("(right)", "(wrong)"))
    finally:
        give_back()
        cut()


# links


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("show.image", "9999999", "show.image = '9999999' is not valid: a whole number from 0 to 23"),
        ("show.noise", "loud", "show.noise = 'loud' is not valid"),
        ("show.data", "<b>", "show.data = '<b>' is not valid: one of"),
        ("show.sorted-by", "beauty", "show.sorted-by = 'beauty' is not valid"),
        ("hidden_units", "7", "This page knows no 'hidden_units'"),
    ],
)
def test_what_is_wrong_in_a_link_is_said_and_nothing_else_lost(page, name, value, said):
    asked = {"show.data": "mnist-5k", "show.covered": "top"} | {name: value}
    test = page("pages/one-digit.py", **asked)
    assert not test.exception
    (warning,) = [element.value.replace("\\", "") for element in test.warning]
    assert said in warning
    assert len(rows(test)) == len(KINDS)
    assert test.query_params["show.covered"] == "top"
    assert name == "show.data" or name not in test.query_params
    assert [element.value for element in test.run().warning] == []


def test_home_leads_here(page):
    links = [link.proto for link in page("Home.py").get("page_link")]
    assert any(link.page == "one-digit" and link.label.startswith("One digit through every model") for link in links)


# samples


def test_seven_kinds_have_samples_and_figures_when_asked_for(opened):
    test = opened()
    toggle = test.toggle(key="one-digit measured")
    assert "RBM, Gaussian RBM, DBN" in toggle.label
    toggle.set_value(True).run()
    assert problems(test) == []
    frame = next(each.value for each in test.dataframe)
    assert list(frame.index) == [
        *(short(kind) for kind in ("rbm", "gaussian-rbm", "dbn", "fine-tuned-dbn", "vae", "conv-vae", "dcgan")),
        "Training images",
    ]
    assert test.query_params["show.measured"] == "true"
