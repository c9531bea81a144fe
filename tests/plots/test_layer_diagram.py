import re
from xml.etree import ElementTree as ET

import pytest

from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.plots.layer_diagram import LEARNS, STARTS, Arrow, Layer, layer_diagram
from explorer.texts import sections
from explorer.ui.views.dbn.learning import VIEW
from explorer.ui.views.dbn.steps import dbn_steps, fine_tuning_steps

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = (Layer("pixels", 784, "an image", "start"), Layer("h₁", 100), Layer("h₂", 1000, role="idle"))
BETWEEN = (
    (Arrow("R", "up", "used", "fixed"), Arrow("W′", "down", "moves", "learns to paint from what it was told above")),
    (Arrow("W₂", "both", "idle"),),
)


def xml(svg):
    return ET.fromstring(svg)  # noqa: S314 (it is our own)


def parsed(layers=LAYERS, between=BETWEEN, title="Wake"):
    return xml(layer_diagram(title, layers, between))


def groups(svg, name):
    return [group for group in svg.iter(f"{SVG}g") if group.get("class") == f"diagram-{name}"]


def words(element):
    return [" ".join(" ".join(text.itertext()).split()) for text in element.iter(f"{SVG}text")]


def heads(arrow):
    """Return the heads of an arrow as pairs: the tip's height and the base's."""
    found = (re.match(r"M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)H", path.get("d")) for path in arrow.iter(f"{SVG}path"))
    return [(float(match[1]), float(match[2])) for match in found if match]


def test_there_is_a_box_for_each_layer_with_its_name_and_units():
    boxes = groups(parsed(), "layer")
    assert [words(box) for box in boxes] == [["pixels 784 units", "an image"], ["h₁ 100 units"], ["h₂ 1,000 units"]]


def test_layers_stand_on_each_other_and_larger_ones_are_wider():
    rects = [box.find(f"{SVG}rect") for box in groups(parsed(), "layer")]
    tops, widths = ([float(rect.get(side)) for rect in rects] for side in ("y", "width"))
    assert tops == sorted(tops, reverse=True)
    assert widths[1] < widths[0] < widths[2]


def test_there_is_an_arrow_for_each_weight_with_its_label_and_remark():
    arrows = groups(parsed(), "arrow")
    assert [words(arrow)[0] for arrow in arrows] == ["R", "W′", "W₂"]
    assert " ".join(words(arrows[1])[1:]) == "learns to paint from what it was told above"
    assert len(words(arrows[1])) > 2, "a long remark takes several lines"


def test_arrows_point_where_the_weights_lead():
    up, down, both = (heads(arrow) for arrow in groups(parsed(), "arrow"))
    assert len(up) == len(down) == 1
    assert up[0][0] < up[0][1]  # the tip is above
    assert down[0][0] > down[0][1]
    assert len(both) == 2
    assert both[0][0] < both[0][1] < both[1][1] < both[1][0]


def test_arrows_lie_between_their_layers():
    svg = parsed()
    rects = [box.find(f"{SVG}rect") for box in groups(svg, "layer")]
    top = [float(rect.get("y")) for rect in rects]
    for arrow, gap in zip(groups(svg, "arrow"), (0, 0, 1), strict=True):
        for height in [height for head in heads(arrow) for height in head]:
            assert top[gap + 1] + float(rects[gap + 1].get("height")) < height < top[gap]


def test_what_moves_is_thick_and_coloured_what_is_idle_pale_and_dashed():
    used, moves, idle = groups(parsed(), "arrow")
    assert [arrow.get("data-work") for arrow in (used, moves, idle)] == ["used", "moves", "idle"]
    shafts = [
        next(path for path in arrow.iter(f"{SVG}path") if path.get("stroke-width")) for arrow in (used, moves, idle)
    ]
    widths = [float(shaft.get("stroke-width")) for shaft in shafts]
    assert widths[1] > 2 * widths[0] > 2 * widths[2]
    assert [LEARNS in ET.tostring(arrow, "unicode") for arrow in (used, moves, idle)] == [False, True, False]
    assert [shaft.get("stroke-dasharray") is None for shaft in shafts] == [True, True, False]
    assert [arrow.get("opacity") is None for arrow in (used, moves, idle)] == [True, True, False]


def test_the_layer_where_it_starts_is_marked():
    start, used, idle = groups(parsed(), "layer")
    assert [STARTS in ET.tostring(box, "unicode") for box in (start, used, idle)] == [True, False, False]
    assert [box.get("opacity") is None for box in (start, used, idle)] == [True, True, False]


def test_all_other_colours_are_the_pages_own():
    svg = layer_diagram("Wake", LAYERS, BETWEEN)
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) == {"currentColor", "none", LEARNS, STARTS}


def test_it_fits_its_container_and_needs_no_ids():
    svg = parsed()
    assert svg.get("width") == "100%"
    assert svg.get("height") is None
    assert svg.get("viewBox").startswith("0 0 640 ")
    assert all(element.get("id") is None for element in svg.iter())


def test_it_says_in_words_what_it_shows():
    svg = parsed()
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").text == "Wake"
    description = svg.find(f"{SVG}desc").text
    assert description.startswith(
        "Layer h₂, 1,000 units, not in use. Weights W₂ up and down between h₁ and h₂: not in use."
    )
    assert "Weights W′ down between pixels and h₁: moves (learns to paint from what it was told above)." in description
    assert description.endswith("Layer pixels, 784 units, where the step starts (an image).")


def test_texts_are_escaped():
    evil = "<script>&\"'"
    svg = parsed([Layer(evil, 1, evil), Layer("h", 1)], [[Arrow(evil, "up", "used", evil)]], evil)
    assert svg.find(f"{SVG}title").text == evil
    assert words(groups(svg, "layer")[0]) == [f"{evil} 1 unit", evil]
    assert words(groups(svg, "arrow")[0]) == [evil, evil]


def test_the_same_parts_give_the_same_picture():
    assert layer_diagram("Wake", LAYERS, BETWEEN) == layer_diagram("Wake", LAYERS, BETWEEN)


@pytest.mark.parametrize("between", [(), BETWEEN[:1], (BETWEEN[0], ()), (BETWEEN[0], (Arrow("W", "up", "used"),) * 3)])
def test_gaps_that_do_not_fit_are_refused(between):
    with pytest.raises(ValueError, match="gap"):
        layer_diagram("Wake", LAYERS, between)


# the steps of the models


DBNS = {
    "two hidden layers": {},
    "tied": {"hidden_units": (784,), "tied_start": True},
    "four hidden layers": {"first": {"hidden_units": 500}, "hidden_units": (400, 300, 200), "lower_epochs": 7},
    "toy": {"dataset": "bars-and-stripes", "first": {"hidden_units": 8, "persistent": True}, "persistent": True},
}


def dbn(name):
    return DBNConfig(**{"dataset": "mnist-5k"} | DBNS[name])


def works(step):
    return [[(arrow.label, arrow.direction, arrow.work) for arrow in arrows] for arrows in step.between]


@pytest.mark.parametrize("name", DBNS)
@pytest.mark.parametrize("fine_tuned", [False, True])
def test_every_step_has_a_picture_of_the_real_layers_and_texts(name, fine_tuned):
    config = dbn(name)
    steps = fine_tuning_steps(FineTunedDBNConfig(base=config)) if fine_tuned else dbn_steps(config)
    pixels = 16 if name == "toy" else 784
    for number, step in enumerate(steps):
        xml(step.diagram(number))
        assert [layer.units for layer in step.layers] == [pixels, config.first.hidden_units, *config.hidden_units]
        for heading in step.texts:
            assert len(sections("fine-tuned-dbn" if fine_tuned else "dbn")[f"{VIEW}: {heading}"]) > 100


def test_a_dbn_learns_one_rbm_after_the_other():
    first, top, generate = dbn_steps(dbn("two hidden layers"))
    assert [step.name for step in (first, top, generate)] == ["First RBM", "Top RBM", "Generate"]
    assert works(first) == [[("W₁", "both", "moves")], [("W₂", "both", "idle")]]
    assert works(top) == [[("W₁", "up", "used")], [("W₂", "both", "moves")]]
    assert works(generate) == [[("W₁", "down", "used")], [("W₂", "both", "used")]]
    assert [[layer.role for layer in step.layers].index("start") for step in (first, top, generate)] == [0, 0, 2]
    assert first.settings == "CD-1 · learning rate 0.1 · 100 epochs · 100 images in a batch"
    assert top.settings.startswith("CD-2 · ")


def test_a_deeper_dbn_has_a_step_for_each_rbm():
    steps = dbn_steps(dbn("four hidden layers"))
    assert [step.name for step in steps] == ["First RBM", "Second RBM", "Third RBM", "Top RBM", "Generate"]
    assert [[arrow.work for (arrow,) in step.between] for step in steps] == [
        ["moves", "idle", "idle", "idle"],
        ["used", "moves", "idle", "idle"],
        ["used", "used", "moves", "idle"],
        ["used", "used", "used", "moves"],
        ["used", "used", "used", "used"],
    ]
    assert [re.search(r"(\d+) epochs", step.settings)[1] for step in steps[:-1]] == ["100", "7", "7", "100"]


def test_a_tied_start_is_told():
    assert dbn_steps(dbn("tied"))[1].texts == ("Top RBM", "Tied start")
    assert dbn_steps(dbn("tied"))[1].between[1][0].note == "learns by CD-2, starts as W₁ transposed"
    assert dbn_steps(dbn("two hidden layers"))[1].texts == ("Top RBM",)


def test_persistent_chains_are_named():
    assert [step.between[i][0].note for i, step in enumerate(dbn_steps(dbn("toy"))[:2])] == [
        "learns by PCD-1",
        "learns by PCD-2",
    ]


def test_fine_tuning_moves_one_direction_at_a_time():
    steps = fine_tuning_steps(FineTunedDBNConfig(base=dbn("two hidden layers"), cd_k=3))
    assert {step.name: [arrow.work for arrows in step.between for arrow in arrows] for step in steps} == {
        "Untie": ["used", "used", "used"],
        "Wake": ["used", "moves", "idle"],
        "Top": ["idle", "idle", "moves"],
        "Sleep": ["moves", "used", "idle"],
        "Generate": ["idle", "used", "used"],
    }
    assert [arrow.label for arrows in steps[0].between for arrow in arrows] == ["R", "W′", "W₂"]
    assert steps[2].settings.startswith("CD-3 · learning rate 0.01 · ")
    assert [[layer.role for layer in step.layers] for step in steps] == [
        ["used", "used", "used"],
        ["start", "used", "idle"],
        ["idle", "start", "used"],
        ["used", "start", "idle"],
        ["used", "used", "start"],
    ]


def test_levels_of_a_deeper_stack_are_numbered():
    untie = fine_tuning_steps(FineTunedDBNConfig(base=dbn("four hidden layers")))[0]
    assert [[arrow.label for arrow in arrows] for arrows in untie.between] == [
        ["R₁", "W′₁"],
        ["R₂", "W′₂"],
        ["R₃", "W′₃"],
        ["W₄"],
    ]
    assert untie.between[1][1].note == "starts as W₂ transposed"


@pytest.mark.parametrize("page", ["dbn", "fine-tuned-dbn"])
def test_formulas_have_the_colour_of_what_moves_and_lines_of_their_own(page):
    text = "\n".join(sections(page).values())
    assert set(re.findall(r"\\textcolor\{([^}]*)\}", text)) == {LEARNS}
    assert text.count("$$") % 2 == 0
    assert all(line == "$$" for line in text.splitlines() if "$$" in line)
