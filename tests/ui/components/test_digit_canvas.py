"""The digit canvas: what it accepts from the browser, and what is drawn on it in one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.browser import served, settled, visited

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.ui.components.digit_canvas import digit_canvas

st.session_state.runs = st.session_state.get("runs", 0) + 1
value = None
if st.checkbox("given"):
    value = np.zeros((28, 28), np.uint8)
    value[4:24, 12:16] = 255
st.button("again")
paper = {"background": 255} if st.checkbox("white paper") else {}
if st.checkbox("shown", True):
    picture = digit_canvas("pad", value=value, **paper)
    st.session_state.picture = picture
    st.text(f"ink {0 if picture is None else int(picture.sum())}")
    if picture is not None:
        st.text("hex " + picture.tobytes().hex())
st.text(f"runs {st.session_state.runs}")
"""
DIGIT = np.arange(784, dtype=np.uint8).tobytes().hex()


def run(report=None) -> AppTest:
    test = AppTest.from_string(SCRIPT, default_timeout=120)
    if report is not None:
        test.session_state["pad"] = report
    test.run()
    assert not test.exception
    return test


def test_an_untouched_canvas_is_none():
    assert run().session_state["picture"] is None


def test_a_reported_picture_is_returned():
    picture = run({"drawing": {"value": DIGIT}}).session_state["picture"]
    assert picture.shape == (28, 28)
    assert picture.dtype == np.uint8
    assert picture.tobytes().hex() == DIGIT


@pytest.mark.parametrize(
    "report",
    [
        DIGIT[:-2],
        DIGIT + "00",
        "zz" * 784,
        "0 " * 784,
        "00" * 784,
        "\N{FULLWIDTH DIGIT ONE}" * 1568,
        "",
        784,
        ["00"] * 784,
        {"value": DIGIT},
        None,
    ],
)
def test_anything_malformed_is_none(report):
    assert run({"drawing": {"value": report}}).session_state["picture"] is None


def test_a_malformed_state_is_none():
    for report in ({"drawing": DIGIT}, {"drawing": 3}, {"other": 1}):
        assert run(report).session_state["picture"] is None


def test_a_given_value_is_returned_until_the_user_draws():
    test = run()
    test.checkbox[0].check().run()
    assert test.session_state["picture"].sum() == 80 * 255
    token = test.session_state["pad.drawing"].token
    test.session_state["pad"] = {"drawing": {"value": DIGIT, "token": token}}
    test.run()
    assert test.session_state["picture"].tobytes().hex() == DIGIT


def test_a_script_that_passes_back_what_it_got_undoes_no_stroke():
    script = SCRIPT.replace("value = None", "value = st.session_state.get('picture')")
    test = AppTest.from_string(script, default_timeout=120).run()
    for first_byte in ("01", "02", "03", "04"):
        digit = first_byte + DIGIT[2:]
        test.session_state["pad"] = {"drawing": {"value": digit, "token": test.session_state["pad.drawing"].token}}
        test.run()
        assert test.session_state["picture"].tobytes().hex() == digit


def test_a_value_of_another_shape_is_refused():
    script = SCRIPT.replace("value = None", "value = np.zeros((4, 4), np.uint8)")
    test = AppTest.from_string(script, default_timeout=120).run()
    assert "(4, 4) does not fit" in test.exception[0].message


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("digit_canvas") / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with served(script) as url:
        yield url


@pytest.fixture
def page(browser, address):
    with visited(browser, address) as page:
        page.wait_for_selector(".pad")
        yield page


def says(page, text):
    page.get_by_text(re.compile(f"^{text}")).wait_for(timeout=60_000)


def stroke(page, *points, release=True):
    box = page.locator(".pad").bounding_box()
    page.mouse.move(box["x"] + points[0][0], box["y"] + points[0][1])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=10)
    if release:
        page.mouse.up()


def drawn(page):
    says(page, "ink [1-9]")
    text = page.get_by_text(re.compile("^hex ")).inner_text()
    return np.frombuffer(bytes.fromhex(text[4:]), np.uint8).reshape(28, 28).astype(float)


def large(page):
    return page.locator(".pad canvas").evaluate("canvas => canvas.toDataURL()")


def extent(picture):
    rows, columns = np.nonzero(picture > 20)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


@pytest.mark.browser
@pytest.mark.parametrize("points", [((60, 40), (60, 200)), ((200, 90), (220, 250)), ((40, 60), (240, 60), (100, 250))])
def test_a_drawing_is_scaled_and_centred_as_in_mnist(page, points):
    stroke(page, *points)
    picture = drawn(page)
    assert 19 <= max(extent(picture)) <= 22  # 20, and what antialiasing spreads
    assert picture.max() > 230
    y, x = (np.indices((28, 28)) * picture).sum((1, 2)) / picture.sum()
    assert abs(y - 13.5) < 1
    assert abs(x - 13.5) < 1
    assert 0.3 < ((picture > 20) & (picture < 235)).sum() / (picture > 20).sum() < 0.9  # soft edges


@pytest.mark.browser
def test_a_click_draws_a_dot(page):
    stroke(page, (140, 140))
    assert min(extent(drawn(page))) >= 3


@pytest.mark.browser
def test_a_stroke_is_reported_at_its_end(page):
    stroke(page, (60, 60), (200, 200), release=False)
    page.wait_for_timeout(400)
    says(page, "ink 0")
    says(page, "runs 1")
    page.mouse.up()
    says(page, "ink [1-9]")
    says(page, "runs 2")


@pytest.mark.browser
def test_the_preview_is_what_python_gets(page):
    stroke(page, (60, 60), (200, 60), (120, 240))
    picture = drawn(page)
    read = "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"
    assert page.locator(".preview").evaluate(read) == picture.ravel().tolist()


@pytest.mark.browser
def test_undo_and_clear(page):
    stroke(page, (60, 60), (200, 60))
    first = drawn(page)
    stroke(page, (60, 200), (200, 200))
    says(page, "runs 3")
    assert not np.array_equal(drawn(page), first)
    page.keyboard.press("Control+z")
    says(page, "runs 4")
    assert np.array_equal(drawn(page), first)
    page.get_by_role("button", name="Clear").click()
    says(page, "ink 0")
    page.get_by_role("button", name="Undo").click()
    says(page, "runs 6")
    assert np.array_equal(drawn(page), first)


@pytest.mark.browser
def test_a_drawing_outlives_reruns_and_remounts(page):
    stroke(page, (60, 60), (200, 200))
    picture = drawn(page)
    page.get_by_role("button", name="again").click()
    says(page, "runs 3")
    before = large(page)
    for visible in (False, True):
        page.get_by_text("shown", exact=True).click()
        page.locator(".pad").wait_for(state="visible" if visible else "detached")
    settled(page)
    assert np.array_equal(drawn(page), picture)
    assert large(page) == before


@pytest.mark.browser
def test_a_given_picture_is_shown_and_can_be_drawn_on(page):
    page.get_by_text("given", exact=True).click()
    says(page, f"ink {80 * 255}")
    page.wait_for_timeout(300)
    centre = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    assert page.locator(".pad canvas").evaluate(centre) > 200
    stroke(page, (60, 60), (220, 60))
    says(page, "runs 3")
    assert drawn(page).sum() > 80 * 255


@pytest.mark.browser
def test_on_white_paper_ink_is_black_and_reported_alike(page):
    stroke(page, (60, 60), (200, 60), (120, 240))
    on_black = drawn(page)
    page.get_by_role("button", name="Clear").click()
    says(page, "ink 0")
    page.get_by_text("white paper", exact=True).click()
    says(page, "runs 4")
    corner = "c => c.getContext('2d').getImageData(2, 2, 1, 1).data[0]"
    settled(page)
    assert page.locator(".pad canvas").evaluate(corner) == page.locator(".preview").evaluate(corner) == 255
    stroke(page, (60, 60), (200, 60), (120, 240))
    assert np.abs(drawn(page) - on_black).max() <= 1
    read = "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"
    assert page.locator(".preview").evaluate(read) == (255 - drawn(page)).ravel().tolist()
    page.get_by_text("white paper", exact=True).click()  # the session's drawing goes on the other paper
    says(page, "runs 6")
    settled(page)
    np.testing.assert_allclose(page.locator(".preview").evaluate(read), drawn(page).ravel(), atol=1)


@pytest.mark.browser
def test_drawing_by_keyboard(page):
    page.locator(".pad").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.down("Space")  # held while the arrows move
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.keyboard.up("Space")
    says(page, "runs 2")
    down = drawn(page)
    page.keyboard.press("Space")  # a tap puts the pen down, the next lifts it
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    says(page, "runs 3")
    assert extent(drawn(page))[1] > extent(down)[1]
    page.keyboard.press("Delete")
    says(page, "ink 0")


@pytest.mark.browser
def test_everything_has_a_name(page):
    assert page.get_by_role("group", name="Draw a digit").count() == 1
    assert page.get_by_role("application", name="Draw a digit").count() == 1
    assert page.get_by_role("img", name="Drawing: empty").count() == 1
    assert page.get_by_role("img", name="Picture that the model gets: empty").count() == 1
