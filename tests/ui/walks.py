"""Random walks through the app by clicks, keys, Back and Forward, and whether they end where the address says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as NotThere

from explorer.models.config import default_values, hyperparameters, text_of
from explorer.models.config.values import Number
from explorer.models.registry import PAGES, kind_of
from tests.browser import settled

MOVES = 10
PAUSES = (0.1, 2.0)  # seconds between two moves
SLIDER_SECONDS = 0.5  # in which a browser reports that a slider was moved
LOOKS = 20  # a second apart, until screen and address agree
HOME = "The explorer of generative models"

# The page says to what address the step has led, or nothing where there is none, or only one out of the app.
_HISTORY = """step => new Promise(resolve => {
    const first = navigation.entries().findIndex(entry => entry.url.startsWith(location.origin));
    const there = navigation.currentEntry.index + step;
    if (there < first || there >= navigation.entries().length) {
        resolve(null);
        return;
    }
    addEventListener("popstate", () => resolve(location.href), { once: true });
    history.go(step);
})"""


@dataclass
class Wish:
    """What the last move is to lead to: an address, or the value of a slider."""

    address: str | None = None
    slider: str | None = None
    value: str | None = None


def walk(page: Page, random: Random) -> str:
    """Make random moves with random pauses and return what is wrong at their end, or nothing."""
    done, wish, pause = [], Wish(), PAUSES[1]
    for _ in range(MOVES):
        name, move = random.choice(_MOVES)
        done.append(name)
        try:
            wish = move(page, random) or Wish()
        except NotThere:  # what was to be clicked has gone, as the page was changing
            wish = Wish()
        if pause < SLIDER_SECONDS:  # the slider moved before is heard after the step
            wish.address = None
        pause = random.uniform(*PAUSES)
        page.wait_for_timeout(1000 * pause)
    _at_rest(page)
    wrong = _disagreement(page)
    for _ in range(LOOKS):  # a busy machine has not begun to run the script
        if not wrong:
            break
        page.wait_for_timeout(1000)
        settled(page)
        wrong = _disagreement(page)
    if wish.address and page.url != wish.address and urlsplit(page.url).path.strip("/") in PAGES:
        wrong += f" the last step led to {wish.address}"
    if wish.slider and (here := _slider(page, wish.slider).get_attribute("aria-valuetext")) != wish.value:
        wrong += f" {wish.slider} is {here}, not {wish.value} as moved last"
    return f"{', '.join(done)}: at {page.url}{wrong}" if wrong else ""


def _at_rest(page: Page) -> None:
    """Wait until the script has run and the address has stayed the same for a while."""
    for _ in range(20):
        before = page.url
        page.wait_for_timeout(700)
        settled(page)
        if page.url == before:
            return


def _disagreement(page: Page) -> str:
    """Return in what the screen is not what the address says, or what has failed on it."""
    if failed := page.get_by_test_id("stException").all_inner_texts():
        return f" {failed[0][:2_000]}"
    address = urlsplit(page.url)
    kind, given = address.path.strip("/"), dict(parse_qsl(address.query))
    title = page.locator("h1").first.inner_text()
    if kind not in PAGES:
        expected = {"": HOME, "runs": "All runs"}[kind]
        return "" if title == expected and not given else f" the page is {title}"
    if title != PAGES[kind].title:
        return f" the page is {title}"
    config_class = kind_of(kind).config_class()
    defaults = default_values(config_class)
    wrong = ""
    for h in hyperparameters(config_class):
        slider = _slider(page, h.title)
        if isinstance(h.values, Number) and not h.advanced and not h.parents and slider.count() == 1:
            expected, shown = given.get(h.name, text_of(defaults[h.name])), slider.get_attribute("aria-valuetext")
            wrong += "" if shown == expected else f" {h.title} is {shown}, not {expected}"
    tabs = page.get_by_role("tab")
    view = page.locator("[role=tab][aria-selected=true]").first.inner_text()
    expected = given.get("view", tabs.first.inner_text())
    wrong += "" if view == expected else f" the view is {view}, not {expected}"
    epoch = _slider(page, "Epoch shown")
    if "epoch" in given and epoch.count() and (shown := epoch.get_attribute("aria-valuetext")) != given["epoch"]:
        wrong += f" epoch {shown} is shown, not {given['epoch']}"
    pinned = page.get_by_role("button", name="Unpin").count() > 0
    return wrong if pinned == ("pin" in given) else wrong + f" pinned: {pinned}"


def _slider(page: Page, name: str) -> Locator:
    """Return the first slider whose label begins with a name: a model's own, not that of the layers below."""
    return page.get_by_role("slider", name=re.compile(f"^{re.escape(name)}")).first


def _press(page: Page, random: Random, names: list[str]) -> Wish | None:
    name = random.choice(names)
    slider = _slider(page, name)
    if not slider.count():
        return None
    slider.press(random.choice(["ArrowLeft", "ArrowRight"]), timeout=3_000)
    return Wish(slider=name, value=slider.get_attribute("aria-valuetext"))


def _move_slider(page: Page, random: Random) -> Wish | None:
    return _press(page, random, ["CD-k", "Hidden units", "Learning rate", "Latent", "Epochs"])


def _move_epoch(page: Page, random: Random) -> Wish | None:
    _press(page, random, ["Epoch shown"])
    return None


def _open_view(page: Page, random: Random) -> None:
    tabs = page.get_by_role("tab")
    if number := tabs.count():
        tabs.nth(random.randrange(min(number, 3))).click(timeout=3_000)


def _pin(page: Page, _random: Random) -> None:
    button = page.get_by_role("button", name=re.compile("^(Pin|Unpin)$"))
    if button.count():
        button.first.click(timeout=3_000)


def _open_page(page: Page, random: Random) -> None:
    """Follow a link of the list of pages, which may be folded."""
    name = random.choice(["Home", "All runs", *(kind.title for kind in PAGES.values())])
    page.evaluate(
        """name => [...document.querySelectorAll("[data-testid=stSidebar] a")]
                     .find(link => link.textContent.includes(name))?.click()""",
        name,
    )


def _history(step: int) -> Callable[[Page, Random], Wish]:
    return lambda page, _random: Wish(address=page.evaluate(_HISTORY, step))


_MOVES: list[tuple[str, Callable[[Page, Random], Wish | None]]] = [
    ("slider", _move_slider),
    ("slider", _move_slider),
    ("epoch", _move_epoch),
    ("view", _open_view),
    ("view", _open_view),
    ("pin", _pin),
    ("page", _open_page),
    ("back", _history(-1)),
    ("back", _history(-1)),
    ("forward", _history(1)),
]
