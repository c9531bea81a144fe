"""A model's page by the keyboard alone: Tab reaches every control, in view and marked, and leads out again."""

import pytest

from scripts.look import visit
from tests.browser import chromium, tab

pytestmark = pytest.mark.browser
PAGES = ["vae?view=Latent%20map&latents=2&dataset=mnist", "deep-autoencoder?view=Reconstructions"]  # map; chain, folds
STOPS = 120  # of the Tab key: more than either page has

# Of radio buttons Tab reaches one of a group, of tabs and a chart's tools one or none: arrow keys go on from there.
CONTROLS = """() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
  const look = (each) => {
    const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(each);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  };
  const around = (each) => [each, each.parentElement, each.parentElement?.parentElement, each.previousElementSibling];
  window.looks = (each) => around(each).filter(Boolean).map(look).join();
  const reached = inside(document.body).filter((each) => each.tabIndex >= 0 && each.matches(":enabled, a, [tabindex]")
    && !each.matches("[role=tab]:not([aria-selected=true]), .modebar *")
    && each.checkVisibility({ visibilityProperty: true }));
  window.resting = new Map(reached.map((each) => [each, window.looks(each)]));
  window.control = (each) => each.closest("[role=radiogroup]") ?? each;
  window.controls = [...new Set(reached.map(window.control))];
  return window.controls.map((each) => each.ariaLabel || each.innerText || each.tagName);
}"""
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const { top, bottom, left, right } = at.getBoundingClientRect();
  return {
    number: window.controls.indexOf(window.control(at)),
    left: at === document.body,
    seen: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    marked: window.looks(at) !== window.resting.get(at),
  };
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("path", PAGES)
def test_tab_reaches_every_control_and_leads_out_again(shipped_app, browser, path):
    with tab(browser, 1280, 720) as page:
        visit(page, f"{shipped_app}/{path}")
        names = page.evaluate(CONTROLS)
        stops = []
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            stops.append(_stop(page))
            if stops[-1]["left"]:
                break
        *reached, end = stops
        assert end["left"]
        assert {names[stop["number"]] for stop in reached if not stop["seen"]} == set()
        assert {names[stop["number"]] for stop in reached if not stop["marked"]} == set()
        missed = set(range(len(names))) - {stop["number"] for stop in reached}
        assert [names[number] for number in sorted(missed)] == []


def _stop(page):
    """Return where the focus is, once it has been scrolled into view and marked, or after a second."""
    for _ in range(20):
        page.wait_for_timeout(50)
        stop = page.evaluate(FOCUSED)
        if stop["left"] or (stop["seen"] and stop["marked"]):
            break
    return stop
