"""A model's page by the keyboard alone: Tab reaches every control, in view and marked, and leads out again."""

import pytest

from scripts.look import visit
from tests.browser import chromium, tab

pytestmark = pytest.mark.browser
PAGE = "vae?view=Latent%20map&latents=2&dataset=mnist"
STOPS = 120  # of the Tab key: more than any page has

# Of radio buttons and tabs, and of a chart's tools, Tab reaches one or none: arrow keys go on from there.
CONTROLS = """() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
  const look = (each) => {
    const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(each);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  };
  const around = (each) => [each, each.parentElement, each.parentElement?.parentElement, each.previousElementSibling];
  window.looks = (each) => around(each).filter(Boolean).map(look).join();
  window.controls = inside(document.body).filter((each) => each.tabIndex >= 0 && each.matches(":enabled, a, [tabindex]")
    && !each.matches("[role=radio]:not([data-selected=true]), [role=tab]:not([aria-selected=true]), .modebar *")
    && each.checkVisibility({ visibilityProperty: true }));
  window.resting = window.controls.map(window.looks);
  return window.controls.map((each) => each.ariaLabel || each.innerText || each.tagName);
}"""
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const { top, bottom, left, right } = at.getBoundingClientRect();
  const number = window.controls.indexOf(at);
  return {
    number,
    left: at === document.body,
    seen: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    marked: window.looks(at) !== window.resting[number],
  };
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def test_tab_reaches_every_control_and_leads_out_again(shipped_app, browser):
    with tab(browser, 1280, 720) as page:
        visit(page, f"{shipped_app}/{PAGE}")
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
