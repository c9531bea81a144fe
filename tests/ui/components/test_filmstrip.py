"""The filmstrip: what it sends, what it makes of the answers, and how it behaves in a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from explorer.plots.tiles import Grid, rgb, tile_picture
from explorer.ui.components.filmstrip import least_width
from explorer.ui.components.gif import animate
from explorer.ui.components.panel import Panel, encode_panel, ends_of
from tests.browser import served, settled, visited
from tests.ui.components.page_actions import enter, grip, says

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.plots.tiles import Grid, tile_picture
from explorer.ui.components.filmstrip import Panel, filmstrip, gif_download

st.session_state.runs = st.session_state.get("runs", 0) + 1

def panel(title, frames, grid=True):
    rng = np.random.default_rng(len(title))
    pictures = [tile_picture(rng.integers(1, 256, (6, 8, 8)).astype(np.uint8)) for _ in range(frames)]
    notes = [f"{title} unit {i}" for i in range(6)] if grid else None
    tiles = Grid.of(6, (8, 8)) if grid else None
    return Panel(title, pictures, "signed", f"weights of {title}", tiles, notes, meaning="weight" if grid else "")

frames = int(st.number_input("frames", 0, 50, 5))
index = int(st.number_input("index", -1, 50, -1))
selected = int(st.number_input("selected", -1, 5, -1))
per_row = int(st.number_input("per row", 0, 9, 0))
widest = int(st.number_input("widest", 0, 900, 0))
small = st.checkbox("small")
st.button("again")
log = st.session_state.setdefault("log", [])
if st.checkbox("shown", True):
    strip = [panel("left", frames), panel("right", frames, grid=False), panel("third", min(frames, 1))]
    labels = [f"epoch {i}" for i in range(frames)]
    state = filmstrip(
        "strip", strip if frames else [], labels,
        index=index if index >= 0 else None, selected=selected if selected >= 0 else None,
        per_row=per_row or None, max_width=widest or None, small=small,
        on_index=lambda now: log.append(f"index {now.index}"), on_cell=lambda now: log.append(f"cell {now.cell}"),
    )
    gif_download("gif", strip, labels)
    st.text(f"state {state.index} {state.cell} {state.panel}")
st.text(f"runs {st.session_state.runs}")
st.text(f"log {log}")
"""


def frames(count: int, shape: tuple[int, int] = (6, 5), seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(1, 256, shape).astype(np.uint8) for _ in range(count)]


def test_a_sheet_holds_every_frame_in_reading_order():
    pictures = frames(7)
    encoded = encode_panel(Panel("w", pictures, "share", "weights"))
    sheet = np.asarray(Image.open(io.BytesIO(encoded["sheet"])).convert("RGB"))
    assert (encoded["frames"], encoded["columns"], encoded["height"], encoded["width"]) == (7, 3, 6, 5)
    assert sheet.shape == (3 * 6, 3 * 5, 3)
    for i, picture in enumerate(pictures):
        top, left = 6 * (i // 3), 5 * (i % 3)
        np.testing.assert_array_equal(sheet[top : top + 6, left : left + 5], rgb(picture, "share"))


def test_the_gap_between_tiles_is_transparent():
    picture = tile_picture(np.full((4, 3, 3), 9, np.uint8))
    encoded = encode_panel(Panel("w", [picture], "signed", "weights", Grid.of(4, (3, 3))))
    alpha = np.asarray(Image.open(io.BytesIO(encoded["sheet"])).convert("RGBA"))[..., 3]
    np.testing.assert_array_equal(alpha == 0, picture == 0)


def test_the_hash_tells_contents_apart():
    first, same, other = (encode_panel(Panel("w", frames(2, seed=seed), "share", "a")) for seed in (0, 0, 1))
    assert first["hash"] == same["hash"] != other["hash"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": [np.ones((3, 3), np.uint8), np.ones((3, 4), np.uint8)]}, "differ in size"),
        ({"grid": Grid.of(4, (5, 5))}, "for a grid of"),
        ({"captions": ["only one"]}, "needs 2 captions"),
        ({"grid": Grid.of(1, (6, 5)), "notes": ["a", "b"]}, "needs 1 notes"),
        ({"notes": ["without a grid"]}, "needs 0 notes"),
        ({"alt": " "}, "says nothing"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Panel(**{"title": "w", "frames": frames(2), "scale": "share", "alt": "a", **change})


def test_too_large_a_sheet_is_refused():
    large = np.ones((4000, 5000), np.uint8)
    with pytest.raises(ValueError, match="too many"):
        encode_panel(Panel("w", [large] * 16, "share", "a"))


def test_a_gif_has_all_panels_and_frames():
    panels = [Panel("a", frames(3, seed=1), "share", "a"), Panel("b", frames(1, (9, 30), seed=2), "signed", "b")]
    image = Image.open(io.BytesIO(animate(panels, ["epoch 0", "epoch 1", "epoch 2"], 0.1)))
    assert image.n_frames == 3
    assert image.info["duration"] == 100
    assert image.width > 280 * 5 / 6 + 280 * 30 / 9


def test_a_gif_says_what_the_colours_stand_for_and_all_of_a_long_title():
    def size(title: str, meaning: str = "") -> tuple[int, int]:
        panel = Panel(title, frames(1, (8, 8)), "share", "a", meaning=meaning)
        return Image.open(io.BytesIO(animate([panel], ["epoch 0"]))).size

    width, height = size("code")
    assert size("code", "state of a unit") == (width, height + 18)
    assert size("code", "state of a unit, " * 4) == (width, height + 2 * 18)
    assert size("Layers above 784, tied start: reconstruction of the first images") == (width, height + 20)


def test_the_ends_of_a_scale_have_two_digits_and_a_true_minus():
    assert ends_of(2.345) == ("−2.3", "+2.3")
    assert ends_of(1234.5, "share") == ("0", "1,200")
    assert ends_of(0.000123) == ("−0.00012", "+0.00012")


def test_a_picture_is_wide_enough_for_tiles_that_can_be_seen():
    panels = [
        encode_panel(Panel("", [tile_picture(np.ones((20, 4, 4), np.uint8), 5)], "pixels", "a", Grid.of(20, (4, 4), 5)))
    ]
    still = [encode_panel(Panel("", frames(1), "pixels", "a"))]
    assert least_width([*panels, *still], 56) == 5 * 56
    assert least_width(panels, None) == least_width(still, 56) == 180
    assert least_width(panels, None, 4) == 180 > least_width(panels, None, 5) == 110


def test_a_gif_of_many_panels_has_rows():
    def size(count: int) -> tuple[int, int]:
        panels = [Panel(str(i), frames(2, (8, 8), seed=i), "share", "a") for i in range(count)]
        return Image.open(io.BytesIO(animate(panels, ["epoch 0", "epoch 1"]))).size

    (width, height), (full, same), (wide, high) = size(1), size(4), size(6)
    assert same == height
    assert wide == full > 3 * width
    assert height < 1.8 * height < high < 2 * height


def test_a_gif_has_the_rows_that_it_is_asked_for():
    panels = [Panel(str(i), frames(2, (8, 8), seed=i), "share", "a") for i in range(6)]

    def size(per_row: int) -> tuple[int, int]:
        return Image.open(io.BytesIO(animate(panels, ["epoch 0", "epoch 1"], per_row=per_row))).size

    (three, two_rows), (six, one_row) = size(3), size(6)
    assert six > 1.9 * three
    assert two_rows > 1.8 * one_row


def app(script: str = SCRIPT) -> AppTest:
    return AppTest.from_string(script, default_timeout=120)


def state(test: AppTest) -> str:
    assert not test.exception
    return next(text.value for text in test.text if text.value.startswith("state"))


def test_without_a_browser_the_last_frame_is_the_state():
    assert state(app().run()) == "state 4 None None"


def test_no_frames_are_no_error():
    test = app().run()
    test.number_input[0].set_value(0).run()
    assert state(test) == "state 0 None None"


def test_a_panel_needs_a_frame_for_each_label():
    script = SCRIPT.replace("range(frames)]\n    state", "range(frames + 1)]\n    state")
    test = app(script).run()
    assert "5 frames for 6 labels" in test.exception[0].message


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"index": {"value": 2}, "selection": {"value": [3, 1]}}, "state 2 3 1"),
        ({"index": {"value": 99}, "selection": {"value": [99, 0]}}, "state 4 None None"),
        ({"index": {"value": 1}, "selection": {"value": [3, 7]}}, "state 1 3 None"),
        ({"index": {"value": "2"}, "selection": {"value": [True, 0]}}, "state 4 None None"),
        ({"index": {"value": -1}, "selection": {"value": 3}}, "state 4 None None"),
        ({"index": {"value": 2, "token": "outdated"}, "selection": "x"}, "state 4 None None"),
        ({"index": None}, "state 4 None None"),
    ],
)
def test_what_the_browser_reports_is_checked(report, expected):
    test = app()
    test.session_state["strip"] = report
    assert state(test.run()) == expected


def test_the_script_moves_the_strip_only_when_it_asks_for_something_new():
    test = app().run()
    test.number_input[1].set_value(1).run()
    assert state(test) == "state 1 None None"
    token = test.session_state["strip.index"].token
    test.session_state["strip"] = {"index": {"value": 3, "token": token}}
    assert state(test.run()) == "state 3 None None"  # the user went on from there, the script still says 1
    test.number_input[1].set_value(3).run()
    assert test.session_state["strip.index"].token == token  # where the user is already
    test.number_input[1].set_value(0).run()
    assert state(test) == "state 0 None None"
    assert test.session_state["strip.index"].token != token


def test_the_layout_asked_for_is_sent():
    test = app().run()
    assert sent(test) >= {"per_row": None, "small": False, "max_width": None}.items()
    test.number_input[3].set_value(2)
    test.number_input[4].set_value(300)
    test.checkbox[0].check().run()
    assert sent(test) >= {"per_row": 2, "small": True, "max_width": 300}.items()


def sent(test: AppTest):
    assert not test.exception
    data = json.loads(test.get("bidi_component")[0].proto.json)
    return {name: data[name] for name in ("per_row", "small", "max_width")}.items()


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("filmstrip") / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with served(script) as url:
        yield url


@pytest.fixture
def page(browser, address):
    with visited(browser, address) as page:
        page.wait_for_selector(".filmstrip canvas")
        yield page


def label(page):
    return page.locator(".label").inner_text()


def labelled(page, text):
    """Wait until the strip's label says so: Python may hear of a frame before it is drawn."""
    expect(page.locator(".label")).to_have_text(text)


def pixels(page, panel=0):
    return page.locator(".picture canvas").nth(panel).evaluate("canvas => canvas.toDataURL()")


@pytest.mark.browser
def test_scrubbing_changes_the_pictures_and_reports_on_release(page):
    before = [pixels(page, panel) for panel in range(3)]
    grip(page, 0.5)
    labelled(page, "epoch 2")
    changed = [pixels(page, panel) != before[panel] for panel in range(3)]
    assert changed == [True, True, False]  # the third has one frame
    page.wait_for_timeout(400)
    says(page, "runs 1")
    says(page, "state 4")
    page.mouse.up()
    says(page, "state 2")
    says(page, "log ['index 2']")


@pytest.mark.browser
def test_a_rerun_and_a_remount_keep_the_frame(page):
    grip(page, 0.5)
    page.mouse.up()
    says(page, "state 2")
    shown = pixels(page)
    page.get_by_role("button", name="again").click()
    says(page, "runs 3")
    assert (label(page), pixels(page)) == ("epoch 2", shown)
    for visible in (False, True):
        page.get_by_text("shown", exact=True).click()
        page.locator(".filmstrip").wait_for(state="visible" if visible else "detached")
    says(page, "state 2")
    settled(page)
    assert (label(page), pixels(page)) == ("epoch 2", shown)


@pytest.mark.browser
def test_the_strip_follows_new_frames_only_from_its_end(page):
    enter(page, "frames", 7)
    says(page, "state 6")
    labelled(page, "epoch 6")
    grip(page, 0)
    page.mouse.up()
    says(page, "state 0")
    enter(page, "frames", 9)
    says(page, "state 0")
    labelled(page, "epoch 0")


@pytest.mark.browser
def test_the_script_moves_the_strip(page):
    enter(page, "index", 1)
    says(page, "state 1")
    labelled(page, "epoch 1")
    enter(page, "selected", 4)
    says(page, "state 1 4 None")
    assert page.locator(".mark.selected:visible").count() == 2


@pytest.mark.browser
def test_keys_step_through_the_frames(page):
    page.locator(".slider").focus()
    for key, expected in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 4)):
        page.keyboard.press(key)
        labelled(page, f"epoch {expected}")
    page.locator(".play").focus()
    page.keyboard.press("ArrowLeft")
    labelled(page, "epoch 3")
    says(page, "state 3")
    says(page, "log ['index 3']")  # once, when the keys rested


@pytest.mark.browser
def test_playing_stops_at_the_end_and_reports_there(page):
    page.locator(".speed").select_option("25")
    grip(page, 0)
    page.mouse.up()
    says(page, "state 0")
    page.locator(".slider").focus()
    page.keyboard.press("Space")
    assert page.locator(".play").get_attribute("aria-label") == "Pause"
    says(page, "state 4")
    assert page.locator(".play").get_attribute("aria-label") == "Play"
    says(page, "log ['index 0', 'index 4']")


@pytest.mark.browser
def test_linked_tiles_light_up_and_are_selected(page):
    tile = {"x": 5, "y": 5}
    page.locator(".picture").first.hover(position=tile)
    assert page.locator(".mark.hovered:visible").count() == 2  # the second panel has no tiles
    assert page.locator(".note:visible").all_inner_texts() == ["left unit 0", "third unit 0"]
    page.locator(".picture").first.click(position=tile)
    says(page, "state 4 0 0")
    page.locator(".picture").first.click(position=tile)
    says(page, "state 4 None None")
    says(page, "log ['cell 0', 'cell None']")


@pytest.mark.browser
def test_tiles_are_selected_by_keyboard(page):
    page.locator(".play").focus()
    page.keyboard.press("Shift+Tab")  # the third panel, the last with tiles
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    says(page, "state 4 3 2")  # the arrows moved among the tiles, and no frames
    page.keyboard.press("Escape")
    says(page, "state 4 None None")


@pytest.mark.browser
def test_frames_are_downloaded(page):
    for name, file in (("Download this frame", "filmstrip-epoch-4.png"), ("GIF", "filmstrip.gif")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == file
        with Image.open(download.value.path()) as image:
            assert image.width > 3 * image.height * 0.8


@pytest.mark.browser
def test_a_downloaded_frame_has_the_rows_of_the_page(page):
    enter(page, "per row", 2)
    pictures = page.locator(".picture")
    while pictures.nth(2).bounding_box()["y"] < pictures.nth(0).bounding_box()["y"] + 50:
        page.wait_for_timeout(50)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this frame").click()
    with Image.open(download.value.path()) as image:
        picture = np.asarray(image.convert("L"))
    left, right = np.array_split(picture[picture.shape[0] // 2 + 60 :], 2, axis=1)
    assert (left < 250).any()  # the third panel, below the first
    assert (right == 255).all()


@pytest.mark.browser
def test_one_frame_can_only_be_downloaded_and_none_has_a_message(page):
    enter(page, "frames", 1)
    page.locator(".slider").wait_for(state="hidden")
    assert page.locator(".save").is_visible()
    assert page.locator(".picture:visible").count() == 3
    enter(page, "frames", 0)
    page.locator(".controls").wait_for(state="hidden")
    page.get_by_text("No frames to show yet.").wait_for()
    assert page.locator(".picture:visible").count() == 0


@pytest.mark.browser
def test_pictures_stay_in_their_column(page):
    for width, expected in ((1280, [3]), (400, [1, 1, 1])):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_timeout(300)
        column = page.locator(".filmstrip").bounding_box()
        boxes = [picture.bounding_box() for picture in page.locator(".picture").all()]
        assert all(box["x"] + box["width"] <= column["x"] + column["width"] + 0.5 for box in boxes)
        assert rows(page) == expected


def rows(page):
    """How many pictures stand in each row, from the top."""
    boxes = [picture.bounding_box() for picture in page.locator(".picture").all()]
    tops = sorted({round(box["y"]) for box in boxes})
    return [sum(round(box["y"]) == top for box in boxes) for top in tops]


@pytest.mark.browser
def test_as_many_pictures_as_asked_for_stand_in_a_row(page):
    asked = {0: {2: [2, 1], 0: [3]}, 150: {2: [2, 1], 1: [1, 1, 1], 3: [3], 5: [3], 0: [3]}, 333: {2: [2, 1], 0: [3]}}
    for widest, per_row, expected in ((widest, *each) for widest, rows_of in asked.items() for each in rows_of.items()):
        enter(page, "widest", widest)
        enter(page, "per row", per_row)
        for width in (1280, 1920):
            page.set_viewport_size({"width": width, "height": 700})
            page.wait_for_timeout(100)
            assert rows(page) == expected, (widest, per_row, width)


@pytest.mark.browser
def test_pictures_go_below_each_other_where_a_row_has_no_room(page):
    page.set_viewport_size({"width": 320, "height": 700})
    enter(page, "per row", 3)
    page.wait_for_timeout(100)
    assert rows(page) == [1, 1, 1]


@pytest.mark.browser
def test_a_small_strip_has_the_slider_and_the_button_to_play_only(page):
    page.get_by_text("small", exact=True).click()
    page.locator(".speed").wait_for(state="hidden")
    assert page.locator(".save").is_hidden()
    assert page.locator(".slider").is_visible()
    assert page.locator(".play").is_visible()
    grip(page, 0.5)
    page.mouse.up()
    says(page, "state 2")
    page.get_by_text("small", exact=True).click()
    page.locator(".save").wait_for()
    enter(page, "frames", 1)
    page.get_by_text("small", exact=True).click()
    page.locator(".save").wait_for(state="hidden")


@pytest.mark.browser
def test_everything_has_a_name(page):
    assert page.get_by_role("img", name="weights of left, epoch 4").count() == 1
    name = "weights of left; weights of right; weights of third"
    assert page.get_by_role("group", name=f"{name}, epoch 4", exact=True).count() == 1
    slider = page.get_by_role("slider", name=f"Frame of: {name}", exact=True)
    assert slider.get_attribute("aria-valuetext") == "epoch 4"
    assert page.get_by_role("application", name="left, 6 tiles").count() == 1
