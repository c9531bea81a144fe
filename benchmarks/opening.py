"""How long the app takes to be there, and a slider to be answered.

    python -m benchmarks.opening              # a minute, loopback only, ends by itself; needs Chromium

A server is started, a browser opens Home and then the first model page, where a slider is moved between settings whose
runs are shipped. A page is there when its title and its pictures are; a slider is answered when the page has been drawn
anew. On a machine without the full MNIST the sliders' runs are drawn with other test images, in the same time.
"""

from __future__ import annotations

import argparse
import time
from statistics import quantiles

from playwright.sync_api import Error, Page

from benchmarks.app import WARMING, app, browser_page
from benchmarks.report import section
from explorer.ui.navigation import APP

SETTING = "dataset=mnist&epochs=30&hidden_units=100&view=Weights"  # with CD-k 1, 5 and 10 the runs are shipped
KEYS = ("Home", "End")
RUNNING = "document.querySelector('.stApp')?.getAttribute('data-test-script-state')"


def seconds_to(page: Page, address: str, title: str) -> float:
    """Return the seconds until a page is there, whose server may only just have been started."""
    started = time.perf_counter()
    while True:
        try:
            page.goto(address, wait_until="commit")
            break
        except Error:  # nobody listens yet
            time.sleep(0.02)
    page.get_by_role("heading", name=title).wait_for()
    page.locator(".filmstrip canvas").first.wait_for()
    return time.perf_counter() - started


def seconds_of_a_move(page: Page, key: str) -> float:
    """Return the seconds from a key on the slider of epochs shown to the page that answers it."""
    slider = page.get_by_role("slider", name="Epoch shown")
    page.evaluate(f"window.drawn = 0; window.state = {RUNNING}")
    page.evaluate(
        "new MutationObserver(() => { const now = " + RUNNING + "; if (now === 'notRunning' && window.state !== now)"
        " window.drawn = performance.now(); window.state = now; })"
        ".observe(document.querySelector('.stApp'), {attributes: true})"
    )
    slider.focus()
    started = page.evaluate("performance.now()")
    slider.press(key)
    page.wait_for_function("window.drawn > 0")
    return (page.evaluate("window.drawn") - started) / 1000


def main() -> None:
    """Start a server and a browser, open pages, move a slider, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--moves", type=int, default=40)
    given = options.parse_args()
    with browser_page() as page, app(waits=False) as served:
        home = seconds_to(page, served.address, APP)
        first = seconds_to(page, f"{served.address}/rbm?{SETTING}", "Restricted Boltzmann machine")
        page.wait_for_timeout(WARMING * 1000)
        moves = [seconds_of_a_move(page, KEYS[number % len(KEYS)]) for number in range(given.moves)]
    rows = [
        ["", "", "goal"],
        ["`streamlit run Home.py` to Home", f"{home:.1f} s", "≤ 2.5 s"],
        ["the first model page", f"{first:.1f} s", "≤ 5 s"],
        ["a slider to its picture, median", f"{1000 * quantiles(moves, n=20)[9]:.0f} ms", ""],
        ["a slider to its picture, 95th percentile", f"{1000 * quantiles(moves, n=20)[18]:.0f} ms", "≤ 300 ms"],
    ]
    text = f"A browser opens Home while the server starts, then the RBM's page, and moves a slider {given.moves} times."
    print(section("opening", "Opening the app", text, rows))


if __name__ == "__main__":
    main()
