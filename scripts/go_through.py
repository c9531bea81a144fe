"""Go through shipped runs on every view of a page in one session, and list what fails.

    python -m scripts.go_through            # all kinds: a quarter of an hour on two cores, loopback only
    python -m scripts.go_through vae dbn

A page that is opened anew remembers nothing. Here the smallest, the largest and a run between follow one another by
the address bar, as by Back and Forward, and the epoch is moved in between, so that widgets bring along what was shown
of another model. Tracebacks and what an address is said to have wrong are listed; either makes the exit status 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.app import browser
from explorer.models.registry import PAGES, kind_of
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.ui.state.page import parameters_of
from scripts.look import given_or_started, settle, visit, window

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"
BEGINS = 700  # milliseconds in which a script run has begun
# One entry more, and back to the wanted one: the page hears of it as of a step by the browser's own button.
_GO = """query => new Promise(there => {
    history.pushState({}, "", query);
    history.pushState({}, "", query);
    addEventListener("popstate", there, { once: true });
    history.back();
})"""


def in_turns(kind: str) -> list[Run]:
    """Return shipped runs of a kind by how much they hold: least, most, in the middle, least, most."""
    runs = [run for run in Store(settings().trained, shipped=True) if run.kind == kind and run.snapshots]
    runs.sort(key=lambda run: sum(value for value in run.settings.values() if isinstance(value, int)))
    return [runs[place] for place in (0, -1, len(runs) // 2, 0, -1)] if len(runs) > 1 else runs


def link(run: Run, **shown: str) -> str:
    """Return the query of a run's settings and of what is shown of it."""
    config_class = kind_of(run.kind).config_class()
    return "?" + urlencode(parameters_of(config_class, config_class.from_values(run.settings).values()) | shown)


def faults(page: Page) -> list[str]:
    """Return what the page says has failed or is not valid."""
    said = page.get_by_test_id("stAlert").all_inner_texts()
    return [*page.get_by_test_id("stException").all_inner_texts(), *(text for text in said if "is not valid" in text)]


def go_through(page: Page, server: str, kind: str) -> Iterator[str]:
    """Yield what fails on a kind's page, with the address where it does."""
    runs = in_turns(kind)
    visit(page, f"{server}/{kind}{link(runs[0])}")
    page.get_by_text("Train as I move").click()
    _follow(page)
    for view in page.get_by_role("tab").all_inner_texts():
        for run in runs:
            page.evaluate(_GO, link(run, view=view))
            _follow(page)
            yield from (f"{page.url}\n{fault}" for fault in faults(page))
            epoch = page.get_by_role("slider", name="Epoch shown")
            if epoch.count():
                epoch.press("ArrowLeft")
                _follow(page)
                yield from (f"{page.url}, an epoch back\n{fault}" for fault in faults(page))


def _follow(page: Page) -> None:
    page.wait_for_timeout(BEGINS)
    page.wait_for_selector(QUIET)
    settle(page)


def main() -> None:
    """Go through the kinds asked for; end with 1 if anything fails."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("kinds", nargs="*", metavar="kind", help="as in the address; all by default")
    options.add_argument("--server", help="address of an app that runs already")
    given = options.parse_args()
    number = 0
    with browser() as chromium, given_or_started(given.server) as server:
        for kind in given.kinds or PAGES:
            with window(chromium) as page:
                for fault in go_through(page, server, kind):
                    number += 1
                    print(fault, flush=True)
            print(f"{kind}: {number} faults so far", flush=True)
    sys.exit(bool(number))


if __name__ == "__main__":
    main()
