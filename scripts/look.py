"""Look at every view of every page in Chromium, and list what is wrong with it.

    python -m scripts.look                                        # all pages: half an hour, loopback only
    python -m scripts.look vae "rbm?view=Training" --pictures folder

It needs Chromium, and the axe-core that scripts/check-js fetches. Each view is opened by its link, and its window made
as large as a projector's, a laptop's with the sidebar open and closed, one at a zoom of 200 %, and a phone's. Listed by
page and window are: errors shown in place of something, controls and headings that something covers, texts that are cut
off or lie over each other, what is wider than the page, pictures without a name, and what axe-core finds to be serious
or critical by the rules of WCAG 2.2, light and dark. Anything found makes the exit status 1. What is Streamlit's own
and cannot be mended from here is in `EXCEPTED`, with the reason.
"""

from __future__ import annotations

import argparse
import re
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.app import PROJECT, app, browser
from explorer.models.registry import PAGES, kind_of
from explorer.ui.effects.page import VIEWS as EFFECTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).with_suffix(".js")
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SETTLING = 500  # milliseconds in which a page follows
DRAWN = """[...document.querySelectorAll(".stPlotlyChart")].every((chart) => {
  const drawn = chart.querySelector(".main-svg")?.getBoundingClientRect();
  return drawn && Math.abs(drawn.width - chart.clientWidth) < 2;
})"""
PATIENCE = 300_000  # milliseconds that a busy machine may take


@dataclass(frozen=True)
class Look:
    """A window: its CSS pixels, a finger's or not, dark or not, with the sidebar closed or not.

    `axe` says whether axe-core looks, too; what it finds hardly depends on the size.
    """

    width: int
    height: int
    touch: bool = False
    dark: bool = False
    closed: bool = False
    axe: bool = False

    def __str__(self) -> str:
        words = [f"{self.width}×{self.height}", *(word for word in ("touch", "dark") if getattr(self, word))]
        return ", ".join(words + ["sidebar closed"] * self.closed)


LOOKS = (  # in an order that loads a page once
    Look(1440, 900, dark=True, axe=True),
    Look(1440, 900, axe=True),
    Look(1280, 720),
    Look(1280, 720, closed=True),
    Look(720, 450, closed=True),  # 1440×900 at a zoom of 200 %
    Look(390, 844, closed=True, touch=True),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with an element, in words, where it is, and the text that is there."""

    fault: str
    selector: str
    text: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.selector}" + (f" “{self.text}”" if self.text else "")


@dataclass(frozen=True)
class Excepted:
    """What is Streamlit's own: patterns of the fault and of the selector, and why it stays."""

    fault: str
    selector: str
    reason: str

    def covers(self, fault: Fault) -> bool:
        """Whether a fault is this one."""
        return bool(re.search(self.fault, fault.fault) and re.search(self.selector, fault.selector))


EXCEPTED = (
    Excepted("covered", "data-grid-canvas", "the table is drawn on a canvas, and what scrolls it lies over that"),
    Excepted(
        "overlaps", "stTabsScroll", "the arrow that scrolls the tabs lies over a tab half shown, on a fading edge"
    ),
    Excepted("target-size", r"stMultiSelectTagsContainer\] > input", "the button beside it opens the same choice"),
)


def addresses(kinds: Sequence[str] = ()) -> list[str]:
    """Return the links to all views of some kinds, by default of all, and of each to an experiment that compares."""
    found = [] if kinds else ["", "runs", "one-digit", "one-digit?show.noise=0.3&show.covered=left"]
    found += [] if kinds else [f"effects?view={view}" for view in EFFECTS]
    for kind in kinds or PAGES:
        views = runpy.run_path(str(PROJECT / "pages" / f"{kind}.py"))["VIEWS"]
        found += [f"{kind}?view={quote(view)}" for view in views]
        comparing = [preset for preset in kind_of(kind).load("presets") if preset.pinned]
        found += [f"{kind}?preset={quote(preset.name)}" for preset in comparing[:1]]
    return found


@contextmanager
def window(chromium: Browser) -> Iterator[Page]:
    """Open a window in which nothing moves by itself."""
    page = chromium.new_page(reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def visit(page: Page, address: str) -> None:
    """Open a page by its link and wait until all of it is drawn."""
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    settle(page)


def arrange(page: Page, look: Look) -> None:
    """Make the window look so, and wait until all of the page has followed."""
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.emulate_media(color_scheme="dark" if look.dark else "light")
    page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", {"enabled": look.touch})
    expand = page.locator("[data-testid=stExpandSidebarButton]")
    if look.closed and not expand.count():
        page.hover("[data-testid=stSidebar]")
        page.locator("[data-testid=stSidebarCollapseButton] button").click()
        expand.wait_for()
        page.mouse.move(0, 0)
    elif expand.count() and not look.closed:
        expand.click()
    settle(page)


def settle(page: Page) -> None:
    """Wait until pictures are there, and charts as wide as their places."""
    page.wait_for_timeout(SETTLING)
    page.wait_for_function(DRAWN)


def layout_faults(page: Page) -> list[Fault]:
    """Return what is covered, cut off, over something else, too wide or nameless on the page that is shown."""
    page.evaluate(SCRIPT.read_text("utf-8"))
    return _left(page.evaluate("faults()"))


def axe_faults(page: Page) -> list[Fault]:
    """Return what axe-core finds to be serious or critical on the page that is shown."""
    page.evaluate(AXE.read_text("utf-8"))
    page.evaluate(SCRIPT.read_text("utf-8"))
    return _left(page.evaluate("tags => wcag(tags)", TAGS))


def _left(found: Sequence[dict[str, str]]) -> list[Fault]:
    """Return faults, each once, without those that are excepted."""
    faults = dict.fromkeys(Fault(**each) for each in found)
    return [fault for fault in faults if not any(each.covers(fault) for each in EXCEPTED)]


def main() -> None:
    """Look at the pages asked for; end with 1 if anything is found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pages", nargs="*", metavar="page", help="kinds, or links as in the address; all by default")
    options.add_argument("--server", help="address of an app that runs already")
    options.add_argument("--pictures", type=Path, help="folder for a picture of each window")
    given = options.parse_args()
    links = [link for page in given.pages for link in (addresses([page]) if page in PAGES else [page])] or addresses()
    with browser() as chromium, given_or_started(given.server) as server, window(chromium) as page:
        number = sum(look_at(page, server, link, given.pictures) for link in links)
    print(f"{number} faults")
    sys.exit(bool(number))


@contextmanager
def given_or_started(server: str | None) -> Iterator[str]:
    """Return the address of a server, or start one."""
    if server:
        yield server
    else:
        with app() as served:
            yield served.address


def look_at(page: Page, server: str, link: str, pictures: Path | None = None) -> int:
    """Look at a page in all windows, print what is wrong in each, and return how much that is."""
    visit(page, f"{server}/{link}")
    number = 0
    for look in LOOKS:
        arrange(page, look)
        faults = [*layout_faults(page), *(axe_faults(page) if look.axe else ())]
        if faults:
            print(f"{link or 'Home'}, {look}", *(f"  {fault}" for fault in faults), sep="\n", flush=True)
        number += len(faults)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^A-Za-z0-9]+", "-", f"{link or 'Home'} {look}")
            page.screenshot(path=pictures / f"{name}.png")
    return number


if __name__ == "__main__":
    main()
