"""The main paths through the app in a real browser, with real workers."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser import ROOT, chromium, served, settled, tab, visited
from tests.ui.rbms import SMALL

pytestmark = pytest.mark.browser
TRAINED = "rbm?" + "&".join(f"{name}={value}" for name, value in SMALL.items())
TRAINING_SECONDS = 60


@pytest.fixture(scope="module")
def app(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    variables = {"EXPLORER_STORE": str(folder / "own"), "EXPLORER_TRAINED": str(trained), "EXPLORER_WORKERS": "1"}
    with served(ROOT / "Home.py", folder / "server.log", **variables) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def slider(page, name):
    return page.get_by_role("slider", name=re.compile(f"^{re.escape(name)}"))  # others name what they show


def parameters(page):
    return dict(part.split("=") for part in page.url.partition("?")[2].split("&"))


def test_from_home_to_a_trained_run_and_back_by_its_address(app, browser):
    with visited(browser, app) as page:
        page.get_by_role("link", name="Open the page").first.click()  # of the RBM
        page.get_by_role("heading", name="Restricted Boltzmann machine").wait_for()
        settled(page)
        choose_small_settings(page)
        stand_in = page.get_by_text("Shown is the nearest trained run")
        expect(stand_in).to_be_visible()
        page.get_by_role("button", name="Train 3 epochs").click()
        expect(stand_in).to_have_count(0, timeout=TRAINING_SECONDS * 1000)
        expect(page.get_by_text("Trained, 3 epochs")).to_be_visible(timeout=TRAINING_SECONDS * 1000)
        settled(page)
        scrub(page)
        page.get_by_role("button", name="Pin").click()
        page.get_by_role("button", name="Unpin").wait_for()
        page.wait_for_timeout(500)
        settled(page)
        move(page, "CD-k (steps)", "ArrowLeft", 1)
        expect(page.get_by_text("CD-k 3: weights", exact=False)).to_be_visible()
        expect(page.get_by_text("CD-k 2: weights", exact=False)).to_be_visible()
        address = page.url
    with visited(browser, address) as again:
        expect(again.get_by_text("CD-k 3: weights", exact=False)).to_be_visible()
        expect(again.get_by_text("CD-k 2: weights", exact=False)).to_be_visible()
        assert parameters(again) == parameters_of(address)


def choose_small_settings(page):
    """Go from the defaults to a run nobody has trained: mnist-5k, 9 units, CD-3, 3 epochs; nothing begins by itself."""
    page.get_by_text("Train as I move").click()
    settled(page)
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=re.compile("built in")).click()
    settled(page)
    move(page, "Hidden units", "Home", 1)
    move(page, "Hidden units", "ArrowRight", 1)
    move(page, "Epochs", "Home", 1)
    move(page, "Epochs", "ArrowRight", 2)
    move(page, "CD-k (steps)", "ArrowRight", 2)
    assert parameters(page) | {"view": ""} == {
        "dataset": "mnist-5k", "hidden_units": "9", "epochs": "3", "cd_k": "3", "view": "",
    }  # fmt: skip


def move(page, name, key, times):
    """Press a key on a slider so many times, and let the page settle after each."""
    for _ in range(times):
        slider(page, name).press(key)
        page.wait_for_timeout(500)
        settled(page)
    page.wait_for_timeout(300)
    settled(page)


def scrub(page):
    """Drag the filmstrip's slider and use its keys; the label follows at once, the server only hears of the end."""
    frames = page.locator(".filmstrip .slider")
    label = page.locator(".filmstrip .label")
    expect(label).to_have_text("epoch 3")
    box = frames.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2, steps=8)
    expect(label).to_have_text("epoch 0", timeout=5_000)
    assert "epoch=" not in page.url
    page.mouse.up()
    expect(page).to_have_url(re.compile("epoch=0"))
    frames.press("ArrowRight")
    expect(label).to_have_text("epoch 1", timeout=5_000)
    frames.press("End")
    expect(label).to_have_text("epoch 3", timeout=5_000)
    page.wait_for_timeout(500)
    settled(page)


def parameters_of(address):
    return dict(part.split("=") for part in address.partition("?")[2].split("&"))


def test_a_moved_slider_trains_and_a_click_keeps_the_run(app, browser):
    with visited(browser, f"{app}/{TRAINED}") as page:
        slider(page, "Learning rate").press("ArrowRight")
        expect(page.get_by_text("Trained as you moved.")).to_be_visible(timeout=TRAINING_SECONDS * 1000)
        expect(page.get_by_text("Trained, 3 epochs")).to_be_visible()
        page.get_by_role("button", name="Keep").click()
        expect(page.get_by_text("Trained as you moved.")).to_have_count(0)
        expect(page.get_by_text("Trained, 3 epochs")).to_be_visible()


def test_clicking_a_tile_shows_its_unit(app, browser):
    with visited(browser, f"{app}/{TRAINED}") as page:
        tiles = page.locator(".filmstrip canvas").first
        box = tiles.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # the middle of 3×3 tiles
        expect(page.get_by_text("turned on by", exact=False)).to_be_visible()
        expect(page.get_by_role("spinbutton", name="Unit")).to_have_value("4")


def test_a_drawn_digit_is_reconstructed_on_every_view(app, browser):
    with visited(browser, f"{app}/{TRAINED}&view=Reconstructions") as page:
        page.get_by_text("my drawing").click()
        settled(page)
        draw_a_stroke(page)
        expect(page.get_by_text("Hidden state", exact=True)).to_be_visible()
        page.get_by_role("tab", name="Build-up").click()
        settled(page)
        page.get_by_text("my drawing").click()
        expect(page.get_by_text("Sum so far, squashed")).to_be_visible()


def test_each_choice_is_in_sight_on_a_phone(app, browser):
    with visited(browser, f"{app}/{TRAINED}&view=Reconstructions", width=390, height=844) as page:
        for name in ("first 20 test images", "other test images", "my drawing"):
            box = page.get_by_role("radio", name=name).bounding_box()
            assert 0 <= box["x"] < box["x"] + box["width"] <= 390


def test_the_title_is_below_the_bar_where_the_sidebar_is_closed(app, browser):
    with visited(browser, f"{app}/{TRAINED}", width=1280, height=720) as page:
        page.get_by_test_id("stSidebar").hover()
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        page.get_by_test_id("stExpandSidebarButton").wait_for()
        bar, title = (part.bounding_box() for part in (page.get_by_test_id("stHeader"), page.locator("h1")))
        assert bar["y"] + bar["height"] <= title["y"]
        page.get_by_role("button", name="About this model").click(trial=True)  # nothing lies over it


def draw_a_stroke(page):
    pad = page.get_by_role("application", name="Draw a digit")
    pad.wait_for()  # until then pictures of test images stand in its place
    settled(page)
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 220, steps=10)
    page.mouse.up()


def test_sizes_of_layers_are_typed(app, browser):
    def enter(text):
        page.get_by_role("combobox", name="Layers above").fill(text)
        page.get_by_role("combobox", name="Layers above").press("Enter")
        page.wait_for_timeout(300)
        settled(page)

    with visited(browser, f"{app}/dbn?dataset=bars-and-stripes") as page:
        for text, complaint, kept in (("8-6", False, "8-6"), ("abc", True, "8-6"), ("500-500", False, "500-500")):
            enter(text)
            expect(page.get_by_text(f"hidden_units = '{text}' is not valid")).to_have_count(int(complaint))
            expect(page.get_by_role("combobox", name="Layers above")).to_have_value(kept)
            expect(page).to_have_url(re.compile(f"hidden_units={kept}"))


@pytest.mark.parametrize("title", ["All runs", "Deep belief network"])
def test_the_back_button_keeps_the_settings_in_a_slow_browser(app, browser, title):
    """It hears what the next page tells before it has changed the path."""
    with visited(browser, f"{app}/{TRAINED}&cd_k=2") as page, slowed(page, times=8):
        unfold_the_list_of_pages(page)
        page.get_by_role("link", name=title, exact=True).first.click()
        page.get_by_role("heading", name=title).wait_for()
        settled(page)
        page.go_back()
        page.get_by_role("heading", name="Restricted Boltzmann machine").wait_for()
        settled(page)
        expect(page).to_have_url(re.compile("cd_k=2"))


def test_back_and_forward_lead_through_what_was_asked_for_among_all_runs(app, browser):
    with visited(browser, f"{app}/runs?model=rbm") as page:
        field = page.get_by_test_id("stTextInput").locator("input")
        field.fill("epochs>50")
        field.press("Enter")
        expect(page).to_have_url(re.compile(r"runs\?find=epochs%3E50&model=rbm$"))
        page.go_back()
        expect(page).to_have_url(re.compile(r"runs\?model=rbm$"))
        expect(field).to_have_value("")
        page.go_forward()
        expect(page).to_have_url(re.compile(r"runs\?find=epochs%3E50&model=rbm$"))
        expect(field).to_have_value("epochs>50")


@contextmanager
def slowed(page, times):
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": times})
    yield
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    tools.detach()


def unfold_the_list_of_pages(page):
    """Click on it, and wait until it no longer moves: on a busy machine a link is elsewhere when the click arrives."""
    page.locator("[data-testid=stExpander] summary").first.click()
    page.wait_for_function(
        """() => {
            const list = document.querySelector("[data-testid=stExpander] details");
            return list.open && !list.getAnimations({ subtree: true }).length;
        }"""
    )


def test_a_second_tab_sees_the_training_and_can_stop_it(app, browser):
    address = f"{app}/rbm?dataset=mnist-5k&hidden_units=400&cd_k=10&epochs=500"
    with visited(browser, address) as first, visited(browser, address) as second:
        first.get_by_role("button", name="Train 500 epochs").click()
        expect(first.get_by_role("button", name="Stop")).to_be_visible(timeout=60_000)
        expect(second.get_by_role("button", name="Stop")).to_be_visible(timeout=60_000)  # untouched until then
        second.get_by_role("button", name="Stop").click()
        for page in (first, second):
            expect(page.get_by_role("button", name=re.compile("^Train "))).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("path", ["", TRAINED, "runs", "one-digit", "deep-autoencoder", "dcgan"])
def test_no_page_asks_the_network_for_anything(app, browser, path):
    foreign = []

    def note(request):
        if not request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            foreign.append(request.url)

    with tab(browser) as page:
        page.on("request", note)
        page.goto(f"{app}/{path}")
        settled(page)
        page.wait_for_timeout(1000)
        page.remove_listener("request", note)
    assert foreign == []


def test_a_gan_is_trained_its_sample_clicked_and_its_discriminator_asked(app, browser):
    with visited(browser, f"{app}/dcgan?dataset=mnist-5k&width=8&epochs=1", width=1440) as page:
        page.get_by_role("button", name="Train 1 epoch").click()
        expect(page.get_by_text("Trained, 1 epoch")).to_be_visible(timeout=TRAINING_SECONDS * 1000)
        settled(page)
        page.get_by_role("tab", name="Samples").click()
        settled(page)
        samples = page.locator(".filmstrip canvas").first.bounding_box()
        page.mouse.click(samples["x"] + 0.35 * samples["width"], samples["y"] + 0.25 * samples["height"])
        expect(page.get_by_role("spinbutton", name="Sample")).to_have_value("23")
        expect(page.get_by_text("sample 23 at epoch 1")).to_be_visible()
        page.mouse.click(samples["x"] + 0.35 * samples["width"], samples["y"] + 0.25 * samples["height"])  # once more
        expect(page.locator(".filmstrip").first.locator(".mark.selected")).to_be_visible()
        strip = page.locator(".filmstrip .slider").first
        strip.focus()
        for key in ("Home", "End", "Home"):  # before the first epoch nothing is warned of, after the last something is
            page.keyboard.press(key)
            page.wait_for_timeout(500)
            settled(page)
            expect(strip).to_be_focused()
        page.keyboard.press("End")
        page.wait_for_timeout(500)
        settled(page)
        page.get_by_role("tab", name="Discriminator").click()
        settled(page)
        page.get_by_text("my drawing").click()
        settled(page)
        draw_a_stroke(page)
        expect(page.get_by_text("D of this digit at epoch 1")).to_be_visible()
