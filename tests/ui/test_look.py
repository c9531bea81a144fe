"""What `scripts/look.py` finds: nothing on the pages with the most on them, and each fault that a page is given."""

import os

import pytest

from scripts.look import AXE, EXCEPTED, LOOKS, Fault, addresses, arrange, axe_faults, layout_faults, visit, window
from tests.browser import chromium

pytestmark = pytest.mark.browser
FULLEST = ("", "vae?preset=%CE%B2%20%3D%200.1%3A%20copying%20counts", "rbm?view=Training")


@pytest.fixture(scope="module")
def browser():
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip("no axe-core on this machine: scripts/check-js")
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("link", FULLEST)
def test_nothing_is_wrong_with_the_fullest_pages(shipped_app, browser, link):
    with window(browser) as page:
        visit(page, f"{shipped_app}/{link}")
        found = {}
        for look in LOOKS:
            arrange(page, look)
            found[str(look)] = [*layout_faults(page), *(axe_faults(page) if look.axe else ())]
        assert {look: faults for look, faults in found.items() if faults} == {}


FAULTY = {
    "covered by": '<button style="position:absolute;top:0;left:0">A</button><div style="position:absolute;inset:0">',
    "cut off by": '<div style="width:40px;overflow:hidden;white-space:nowrap">much longer than that</div>',
    "reaches to": '<div style="width:3000px">wide</div>',
    "overlaps": '<p style="margin:0;height:0">one text</p><p style="margin:0">another text</p>',
    "an error": '<div data-testid="stException">TypeError</div>',
    "has no name": '<canvas width="9" height="9"></canvas>',
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_found(browser, fault):
    with window(browser) as page:
        page.set_content(FAULTY[fault])
        assert any(found.fault.startswith(fault) or fault in found.fault for found in layout_faults(page))


SOUND = '<html lang="en"><title>A title</title><main><h1>A heading</h1><button>A button</button></main></html>'


def test_axe_finds_text_that_is_too_faint(browser):
    with window(browser) as page:
        page.set_content(SOUND.replace("<h1", '<h1 style="color:#bbb"'))
        assert [found.fault for found in axe_faults(page)] == ["color-contrast, serious"]


def test_a_page_without_faults_has_none(browser):
    with window(browser) as page:
        page.set_content(SOUND)
        assert [*layout_faults(page), *axe_faults(page)] == []


def test_every_view_of_every_page_is_looked_at():
    links = addresses()
    assert links[:3] == ["", "runs", "one-digit"]
    assert {"rbm?view=Build-up", "dcgan?view=Samples", "vae?view=Latent%20map"} <= set(links)
    assert len(links) == len(set(links))


@pytest.mark.parametrize("excepted", EXCEPTED, ids=lambda each: each.selector)
def test_an_exception_has_a_reason_and_covers_no_other_fault(excepted):
    assert excepted.reason
    assert not excepted.covers(Fault("covered by the header", "button", ""))
