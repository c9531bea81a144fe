"""The latent map: what it sends, and what it makes of the answers."""

from __future__ import annotations

import json
import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.components import latent_map
from explorer.ui.components.latent_layers import encode_images
from explorer.ui.shelf.remembered import forget_everything
from tests.ui.components.latent_map_page import SCRIPT


def app(script: str = SCRIPT) -> AppTest:
    return AppTest.from_string(script, default_timeout=120)


def state(test: AppTest) -> str:
    assert not test.exception
    return next(text.value for text in test.text if text.value.startswith("state"))


def sent(test: AppTest) -> dict:
    return json.loads(test.get("bidi_component")[0].proto.json)


def test_without_a_browser_the_last_frame_is_the_state():
    assert state(app().run()) == "state 2 [null, [], []]"


def test_pictures_are_sent_by_their_address():
    data = sent(app().run())
    assert re.fullmatch(r"/.*media/\w+\.png", data["grid"]["sheet"])
    assert re.fullmatch(r"/.*media/\w+\.png", data["images"]["sheet"])
    assert data["grid"]["sheet"] != data["images"]["sheet"]


def test_images_are_packed_once_for_all_sessions(monkeypatch):
    packed = []
    monkeypatch.setattr(latent_map, "encode_images", lambda images: packed.append(1) or encode_images(images))
    forget_everything()
    for _ in range(2):
        app().run().run()
    assert len(packed) == 1


def test_no_points_are_no_error():
    test = app().run()
    test.number_input[0].set_value(0).run()
    assert state(test) == "state 2 [null, [], []]"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("images[:points]", "images[:5]", "20 points need as many images, not 5"),
        ("path_points=16", "path_points=65", "2 to 64 points, not 65"),
        ("path_points=16", "path_points=1", "2 to 64 points, not 1"),
    ],
)
def test_what_does_not_fit_the_cloud_is_refused(old, new, message):
    test = app(SCRIPT.replace(old, new)).run()
    assert message in test.exception[0].message


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"frame": {"value": 1}, "z": {"value": [0.5, -2]}}, "state 1 [[0.5, -2.0], [], []]"),
        ({"frame": {"value": 99}}, "state 2 [null, [], []]"),
        ({"path": {"value": [[0, 0], [1, 2]]}}, "state 2 [null, [[0.0, 0.0], [1.0, 2.0]], []]"),
        ({"selection": {"value": [19, 0, 3, 3]}}, "state 2 [null, [], [0, 3, 19]]"),
        ({"path": {"value": []}, "selection": {"value": []}, "z": {"value": None}}, "state 2 [null, [], []]"),
    ],
)
def test_what_the_browser_reports_is_taken_over(report, expected):
    test = app()
    test.session_state["map"] = report
    assert state(test.run()) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frame", -1),
        ("frame", True),
        ("frame", "1"),
        ("z", [1]),
        ("z", [1, 2, 3]),
        ("z", [1, "2"]),
        ("z", [True, 0]),
        ("z", [math.nan, 0]),
        ("z", [0, math.inf]),
        ("z", [10**400, 0]),
        ("z", {"x": 1}),
        ("path", [[0, 0]]),
        ("path", [[0, 0], [1, None]]),
        ("path", [[0, 0]] * 65),
        ("path", 3),
        ("selection", [20]),
        ("selection", [-1]),
        ("selection", [0.5]),
        ("selection", [0] * 21),
        ("selection", "0"),
    ],
)
def test_anything_malformed_is_refused(name, value):
    test = app()
    test.session_state["map"] = {name: {"value": value}}
    assert state(test.run()) == "state 2 [null, [], []]"


@pytest.mark.parametrize("report", ["x", {"z": 3}, {"z": {"value": [1, 1], "token": "outdated"}}])
def test_what_is_no_report_or_an_outdated_one_is_ignored(report):
    test = app()
    test.session_state["map"] = report
    assert state(test.run()) == "state 2 [null, [], []]"


def test_a_selection_of_points_that_are_gone_is_shortened():
    test = app()
    test.session_state["map"] = {"selection": {"value": [3, 18]}}
    test.run()
    test.number_input[0].set_value(10).run()
    assert state(test) == "state 2 [null, [], [3]]"


def test_the_script_moves_frame_and_z_only_when_it_asks_for_something_new():
    test = app().run()
    test.number_input[2].set_value(1).run()
    test.text_input[0].set_value("[1, 2]").run()
    assert state(test) == "state 1 [[1.0, 2.0], [], []]"
    token = test.session_state["map.z"].token
    test.session_state["map"] = {"z": {"value": [0.5, 0.5], "token": token}}
    assert state(test.run()) == "state 1 [[0.5, 0.5], [], []]"  # the user went on, the script still says the same
    test.text_input[0].set_value("[0.5, 0.5]").run()
    assert test.session_state["map.z"].token == token  # where the user is already
    test.text_input[0].set_value("[3, 3]").run()
    assert state(test) == "state 1 [[3.0, 3.0], [], []]"
    assert test.session_state["map.z"].token != token
