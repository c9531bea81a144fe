"""A served script and a real browser, for what only shows in the page.

Without Chromium these tests are skipped on a developer's machine and fail in CI.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOTHING = "about:blank"
PATIENCE = 120_000  # milliseconds that a busy machine may take
STREAMLIT_OPTIONS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium, or skip the test (fail in CI) if there is none."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        reason = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(
    script: Path, log: Path | None = None, options: Mapping[str, str] | None = None, **variables: str
) -> Iterator[str]:
    """Serve a streamlit script on a free port of this machine, with environment variables, and give its address."""
    port = free_port()
    chosen = {**STREAMLIT_OPTIONS, **(options or {}), "server.port": port}
    flags = [f"--{name}={value}" for name, value in chosen.items()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    with serving(command, port, log or script.with_suffix(".log"), ROOT, environment) as address:
        yield address


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, folder: Path, environment: Mapping[str, str]
) -> Iterator[str]:
    """Run the command of a server in a folder until it answers on the port of this machine, and give its address."""
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        _wait_for_health(server, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def tab(browser: Browser, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Lend a tab that shows nothing, the same one again after its test: what it has loaded, it need not load anew.

    Afterwards no script error may have happened in it.
    """
    page = _resting(browser)
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    page.set_viewport_size({"width": width, "height": height})
    try:
        yield page
    except BaseException:
        page.close()
        raise
    page.remove_listener("pageerror", note)
    page.emulate_media(color_scheme="null")
    page.mouse.move(0, 0)
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.goto(NOTHING)
    assert not errors


def _resting(browser: Browser) -> Page:
    for page in (page for context in browser.contexts for page in context.pages):
        if page.url == NOTHING:
            return page
    context = browser.contexts[0] if browser.contexts else browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


@contextmanager
def visited(browser: Browser, url: str, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Open a page once its script has run; afterwards no script error may have happened in it."""
    with tab(browser, width, height) as page:
        page.goto(url)
        settled(page)
        yield page


def settled(page: Page) -> None:
    """Wait until the script has run to its end after whatever the test did last."""
    page.wait_for_timeout(100)  # a click takes a moment to reach the server
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=PATIENCE)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for_health(server: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"streamlit did not start:\n{log.read_text()}")
