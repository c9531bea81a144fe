"""The DBNs and fine-tuned ones whose pages are tested, and what their views say."""

from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from tests.few_images import few_images
from tests.pages import problems, texts
from tests.short_measures import shorten_ais

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


def quick(monkeypatch):
    shorten_ais(monkeypatch)
    monkeypatch.setattr("explorer.analysis.dbn_measures.BOUND_SAMPLES", 5)
    monkeypatch.setattr("explorer.engine.job.load", few_images)
    monkeypatch.setattr("explorer.engine.heavy.load", few_images)


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    strips = " ".join(str(element.key) for element in test.get("bidi_component"))
    assert SAYS[view] in texts(test) + strips, (view, what)


def chain_of(test):
    """The words of the row that shows what a model is built on."""
    shorts = ("RBM", "DBN", "Fine-tuned DBN")
    labels = [link.proto.label for link in test.get("page_link")]
    return [label for label in labels if label.startswith(shorts) and ": " in label]


NEW = dbn(seed=1, first=FIRST | {"seed": 1})


def enter(test, text, key="dbn.hidden_units"):
    """Type a text into the field of layer sizes."""
    box = test.selectbox(key=key)
    if text not in box.options:
        box.options.append(text)
    return box.set_value(text).run()
