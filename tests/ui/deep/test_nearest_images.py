"""The nearest images by code, by principal components and by pixels."""

import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.data.catalogue import CATALOGUE, load
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.ui.state.drawing import read_drawing, text_of_drawing
from tests.few_images import few_images
from tests.pages import charts
from tests.ui.deep.stacks import DEEP, DIGITS, assert_draws, bytes_of, deep, fitted_pca, grey, layers, passed


def by_distance(query, descriptions, but=None):
    """The indices of all descriptions, the nearest first, and their distances."""
    far = np.sqrt(np.square(descriptions.astype(float) - query).sum(1))
    return [int(i) for i in np.argsort(far, kind="stable") if i != but], far


def descriptions_of(library, own, x):
    """What images are compared by, in the order of the pictures."""
    return [passed(library, own, x)[0], fitted_pca(own, own.code_size).transform(x), x]


NAMES = ["By code", "By {} principal components", "By pixels"]


@pytest.mark.parametrize(("name", "number"), [("three layers", 0), ("digits", 7), ("sigmoid code", 29)])
def test_the_nearest_images_and_the_share_of_the_class_are_those_of_a_loop(open_page, offered, library, name, number):
    own = DEEP[name]
    test = open_page(own, view="Nearest images")
    test.number_input(key="deep-autoencoder nearest to").set_value(number).run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    labels, names = few_images(own.dataset).test_labels, CATALOGUE[own.dataset].classes
    np.testing.assert_array_equal(found["query"], bytes_of(own)[number])
    assert query.title == f"Test image {number}: {names[labels[number]]}"
    x = grey(own)
    for panel, title, values in zip(panels, NAMES, descriptions_of(library, own, x), strict=True):
        indices = found[title.format(own.code_size)]
        expected, far = by_distance(values[number], values, number)
        assert len(set(indices)) == 20
        assert number not in indices
        np.testing.assert_allclose(far[indices], far[expected[:20]], atol=5e-3)  # of images equally far, any
        hits = sum(labels[i] == labels[number] for i in indices)
        assert panel.title == f"{title.format(own.code_size)}: {hits} of 20 of its class"
        first = indices[0]
        assert re.fullmatch(rf"test image {first}: {names[labels[first]]} · distance [\d.]+", panel.notes[0])
        assert float(panel.notes[0].rpartition(" ")[2]) == pytest.approx(far[first], abs=0.01)
        rows, columns = CATALOGUE[own.dataset].shape
        np.testing.assert_array_equal(panel.frames[0][:rows, :columns], quantize(x[first].reshape(rows, columns), 0, 1))


def literal_precision(values, labels, count):
    shares = np.zeros(count)
    for query in range(len(values)):
        nearest = by_distance(values[query], values, query)[0][:count]
        hits = np.cumsum(labels[nearest] == labels[query])
        shares += hits / np.arange(1, count + 1) / len(values)
    return shares


def test_the_curve_of_precision_is_that_of_a_loop(open_page, offered, library):
    own = DEEP["digits"]
    test = open_page(own, view="Nearest images")
    curves = charts(test)["precision"]
    labels = few_images(own.dataset).test_labels
    assert list(curves) == ["By code", "by 4 components", "by pixels"]
    for (epochs, share), values in zip(curves.values(), descriptions_of(library, own, grey(own)), strict=True):
        assert epochs.tolist() == list(range(1, 100))
        np.testing.assert_allclose(share, literal_precision(values, labels, 99), atol=2e-3)


def test_precision_follows_the_epoch_shown(open_page, offered, library):
    own = DEEP["three layers"]
    labels = few_images(own.dataset).test_labels
    for epoch in (0, 2):
        (_, share), *_ = charts(open_page(own, view="Nearest images", epoch=epoch))["precision"].values()
        code = passed(library, own, grey(own), epoch)[0]
        np.testing.assert_allclose(share, literal_precision(code, labels, 29), atol=0.02)


def test_the_caption_does_not_count_more_images_than_there_are(open_page, offered):
    test = open_page(DEEP["three layers"], view="Nearest images")
    (caption,) = [c.value for c in test.caption if "each looked for among all others" in c.value]
    assert "1,000" not in caption
    assert "30" in caption


def test_a_pinned_run_finds_by_its_own_code(open_page, offered, library):
    own, pinned = DEEP["three layers"], DEEP["one layer"]
    test = open_page(own, view="Nearest images", pin=run_id(pinned))
    found, panels, _ = offered["nearest"]
    assert len(panels) == 5
    by_code = [name for name in found if name.endswith("by code")]
    for name, each in zip(by_code, (pinned, own), strict=True):
        code = passed(library, each, grey(each))[0]
        expected, far = by_distance(code[0], code, 0)
        np.testing.assert_allclose(far[found[name]], far[expected[:20]], atol=5e-3)
    assert len(charts(test)["precision"]) == 4


@pytest.mark.parametrize(("dataset", "number"), [("mnist", 120), ("mnist", 7), ("fashion-mnist", 7)])
def test_beside_a_pin_of_another_data_set_the_image_is_the_shown_ones(
    open_page, offered, inline, monkeypatch, dataset, number
):
    pinned, own = DEEP["digits"], deep(layers(10, 4, **DIGITS | {"dataset": dataset}), epochs=1)
    digits, more = few_images("mnist-5k"), load("mnist-5k")  # the shown set begins with the same, of other classes
    labels = np.concatenate([(digits.test_labels + 1) % 10, more.test_labels[500:600]])
    shown = replace(more, test=np.concatenate([digits.test, more.test[500:600]]), test_labels=labels)
    for module in ("ui.shelf.images", "engine.job", "analysis.autoencoder_measures"):
        sets = {"mnist-5k": digits, dataset: shown}
        monkeypatch.setattr(f"explorer.{module}.load", sets.__getitem__)
    monkeypatch.setitem(CATALOGUE, dataset, replace(CATALOGUE[dataset], source=lambda: shown))
    inline.submit(own)
    test = open_page(own, view="Nearest images", pin=run_id(pinned))
    test.number_input(key="deep-autoencoder nearest to").set_value(number).run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    label = shown.test_labels[number]
    assert query.title == f"Test image {number}: {CATALOGUE[dataset].classes[label]}"
    x = shown.test[number : number + 1].astype(np.float32) / 255
    code, codes = (passed(inline._library, pinned, each)[0] for each in (x, grey(pinned)))
    expected, far = by_distance(code[0], codes)  # none left out: the image of this number is another one there
    indices = found[next(name for name in found if name.endswith("by code"))]
    np.testing.assert_allclose(far[indices], far[expected[:20]], atol=5e-3)
    assert (number in indices) is (number == 7)
    of_its_class = f": {(digits.test_labels[indices] == label).sum()} of 20 of its class"
    assert panels[0].title.endswith(of_its_class if dataset == "mnist" else "by code")
    assert panels[1].title.endswith("of 20 of its class")
    assert number not in found[next(name for name in list(found)[2:] if name.endswith("by code"))]


def test_a_drawn_digit_is_looked_for_among_all_images(open_page, offered, library):
    own = DEEP["digits"]
    test = open_page(own, view="Nearest images")
    test.segmented_control(key="deep-autoencoder nearest source").set_value("my drawing").run()
    assert_draws(test, "Nearest images")
    assert any("Draw a digit" in caption.value for caption in test.caption)
    drawing = read_drawing(text_of_drawing(bytes_of(own)[3].reshape(28, 28)))
    test.session_state["drawn digit"] = drawing
    offered.clear()
    test.run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    assert query.title == "My drawing"
    assert [panel.title for panel in panels] == [name.format(4) for name in NAMES]  # a drawing has no class
    np.testing.assert_array_equal(found["query"], drawing.reshape(-1))
    for panel in panels:
        assert found[panel.title][0] == 3  # itself, which is not left out
        assert len(found[panel.title]) == 20
    np.testing.assert_array_equal(
        found["By pixels"][1], by_distance(drawing.reshape(-1) / np.float32(255), grey(own))[0][1]
    )


def test_a_set_of_few_images_has_its_nearest_whatever_was_chosen_before(open_page, offered):
    for choose in (
        lambda test: test.number_input(key="deep-autoencoder nearest to").set_value(80),
        lambda test: test.segmented_control(key="deep-autoencoder nearest source").set_value("my drawing"),
    ):
        test = open_page(DEEP["digits"], view="Nearest images")
        choose(test).run()
        test.selectbox(key="deep-autoencoder.dataset").set_value("bars-and-stripes").run()
        assert_draws(test, "Nearest images")
        assert test.number_input(key="deep-autoencoder nearest to").value < 30
        assert len(offered["nearest"][1]) == 4


def test_more_code_units_than_components_are_compared_with_all_components(open_page, offered, inline):
    own = deep(layers(6, 5, dataset="spiral"), epochs=1)
    inline.submit(own)
    test = open_page(own, view="Nearest images")
    assert_draws(test, "Nearest images")
    assert list(offered["nearest"][0]) == ["query", "By code", "By 2 principal components", "By pixels"]
    np.testing.assert_array_equal(*[offered["nearest"][0][name][:3] for name in list(offered["nearest"][0])[2:]])
