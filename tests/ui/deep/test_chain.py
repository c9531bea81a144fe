"""The chain of layers that a deep autoencoder is built on, and their controls."""

from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from tests.pages import button, offer, problems, texts
from tests.ui.deep.stacks import DEEP, LAYERS, deep, layers

# the chain of runs


def chain_of(test):
    """The words of the row that shows what a model is built on."""
    labels = [link.proto.label for link in test.get("page_link")]
    return [label for label in labels if label.startswith(("Layers", "Deep AE")) and ": " in label]


def test_the_chain_names_layers_by_their_sizes(open_page):
    below = ["Layers 12: 1 epoch", "Layers 12-8: 1 epoch", "Layers 12-8-3: 2 epochs"]
    assert chain_of(open_page(DEEP["three layers"])) == [*below, "Deep AE: 2 epochs"]
    assert chain_of(open_page(LAYERS["three layers"])) == below
    assert chain_of(open_page(DEEP["one layer"])) == ["Layers: 2 epochs", "Deep AE: 2 epochs"]
    assert chain_of(open_page(LAYERS["one layer"])) == []
    assert chain_of(open_page(DEEP["random"])) == []


def test_the_links_of_the_chain_lead_to_the_layers(open_page):
    own = DEEP["three layers"]
    shown = [link.proto for link in open_page(own).get("page_link")]
    links = [link for link in shown if link.label.startswith(("Layers ", "Deep AE:"))]
    for link, each in zip(links, (*ancestors(own), own), strict=True):
        given = dict(part.split("=") for part in link.query_string.split("&"))
        assert link.page == each.kind
        assert run_id(type(each).from_values(given)) == run_id(each)
        assert given["epochs"] == str(each.epochs)


def test_layers_that_are_missing_are_named_by_their_sizes(open_page):
    test = open_page(deep(layers(12, 9, 3)))
    assert chain_of(test)[:2] == ["Layers 12: 1 epoch", "Layers 12-9: 1 epoch to train"]
    assert offer(test).endswith("First the Layers 12-9 and the Layers 12-9-3.")


def test_training_from_the_page_trains_the_layers_first(open_page, inline, library):
    own = deep(layers(7, 3))
    test = open_page(own)
    button(test, "Train 2 epochs").click().run()
    assert problems(test) == []
    for each in (*ancestors(own), own):
        assert library.own.run(run_id(each)).epochs == each.epochs


# the controls


def test_the_layers_are_among_the_pages_controls_and_the_rest_is_folded(open_page):
    test = open_page(DEEP["three layers"])
    assert "Layers" in [m.value.strip("*") for m in test.sidebar.markdown]
    folded = {expander.label: expander for expander in test.sidebar.expander}
    assert any(label.startswith("More: Layers") for label in folded)
    assert not any(label.startswith("Built on") for label in folded)
    hidden = {each.key for expander in folded.values() for each in (*expander.selectbox, *expander.select_slider)}
    hidden |= {each.key for expander in folded.values() for each in (*expander.segmented_control, *expander.toggle)}
    for name in ("hidden_layers", "code_size", "method", "layer_epochs", "epochs", "cd_k"):
        assert f"deep-autoencoder.layers.{name}" not in hidden, name
    for name in ("linear_code", "learning_rate", "momentum", "batch_size", "seed"):
        assert f"deep-autoencoder.layers.{name}" in hidden, name
    assert test.selectbox(key="deep-autoencoder.layers.hidden_layers").value == (12, 8)


def test_the_layers_of_another_size_are_another_run(open_page):
    test = open_page(DEEP["three layers"])
    test.selectbox(key="deep-autoencoder.layers.hidden_layers").set_value(()).run()
    assert problems(test) == []
    assert chain_of(test) == ["Layers: 2 epochs", "Deep AE: 2 epochs"]
    assert "Trained, **2 epochs**" in texts(test)
