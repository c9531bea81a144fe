"""What the tests of pages share: what a page says and draws, and clicks on it."""

import base64
import json
import re

import numpy as np

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import text_of
from explorer.models.registry import kind_of
from explorer.presets.preset import Preset
from explorer.ui import run_table

FINDING = re.compile(r"(?:.*: )?\*\*([^*]+)\*\*: ")  # of a run or of one of two, as a page writes it


class NoEngine:
    """Measures nothing: pages show runs as they are, with figures still to come."""

    measure = trouble = measures = staticmethod(lambda run: None)  # noqa: ARG005


def texts(test):
    return "\n".join(
        element.value for element in [*test.markdown, *test.info, *test.warning, *test.error, *test.caption]
    )


def problems(test):
    """What the page complains of, but for what it finds wrong with the runs it shows."""
    assert not test.exception, [(each.message, each.stack_trace) for each in test.exception]
    found = [element.value for element in [*test.warning, *test.error] if not FINDING.match(element.value)]
    return [text for text in found if CATALOGUE["mnist"].title not in text]  # which is not on every machine


def findings(test):
    """The names of what the page finds wrong with the runs it shows."""
    parts = [part for element in test.warning for part in element.value.split("\n\n")]
    return [match[1] for part in parts if (match := FINDING.match(part))]


def offer(test):
    """What the page says beside the button that trains."""
    return next(element.value for element in test.markdown if re.search(r"\d+ epochs? from epoch \d", element.value))


def button(test, label):
    return next(button for button in test.button if button.label == label)


def press(test, label):
    return button(test, label).click().run()


def address(config):
    """Return the parameters of the URL that a config has."""
    return {name: text_of(value) for name, value in config.values().items()}


def presets_of(kind):
    found: tuple[Preset, ...] = kind_of(kind).load("presets")
    return found


def chain_of(test, *shorts):
    """The words of the row that shows what a model is built on: links that begin with the short names of kinds."""
    labels = [link.proto.label for link in test.get("page_link")]
    return [label for label in labels if label.startswith(shorts) and ": " in label]


# what is drawn


def traces(test, name):
    (chart,) = [chart for chart in test.get("plotly_chart") if chart.key.endswith(name)]
    return drawn_in(chart)


def drawn_in(chart):
    """Return the traces of a chart, their names on one line."""
    found = json.loads(chart.proto.spec)["data"]
    return [trace | {"name": trace["name"].replace("<br>", " ")} if "name" in trace else trace for trace in found]


def charts(test):
    """Return the charts of the page by the last part of their key, as {curve: (x, y)}."""
    found = {}
    for chart in test.get("plotly_chart"):
        named = [trace for trace in drawn_in(chart) if "name" in trace]
        found[chart.key.partition(" ")[2]] = {t["name"]: (numbers(t["x"]), numbers(t["y"])) for t in named}
    return found


def numbers(values):
    """Return what plotly packed as an array."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
    return np.array(values, float)


def figures(text):
    """Return the numbers that a text has in bold type."""
    return [float(number) for number in re.findall(r"\*\*(-?[\d.]+(?:e[+-]?\d+)?)\*\*", text.replace("−", "-"))]


def titles(offered, name):
    return [panel.title for panel in offered[name][1]]


# the page of all runs


def table(test):
    return test.dataframe[0].value


def select(test, *rows):
    drawn = test.session_state[run_table.DRAWN]
    test.session_state[drawn.key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return test.run()


def select_run(test, run):
    return select(test, list(table(test)["id"]).index(run.id))
