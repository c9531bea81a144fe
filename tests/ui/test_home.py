"""The landing page."""

import subprocess
import sys


def test_home_shows_a_card_for_each_kind(page):
    test = page("Home.py")
    assert not test.exception
    assert any("Restricted Boltzmann machine" in element.value for element in test.markdown)


def test_home_stands_without_any_run(page, nothing_trained):
    test = page("Home.py")
    assert not test.exception
    assert any("No run of this kind" in element.value for element in test.caption)


def test_home_needs_no_torch():
    code = "import sys, explorer.ui.home; print('torch' in sys.modules, 'torchvision' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == ["False", "False"]
