"""Let the app make the README's moving picture: open a page, press GIF, keep what comes.

python scripts/record_gif.py               # writes docs/dcgan.gif; needs Chromium
python scripts/record_gif.py "rbm?dataset=mnist&epochs=100&view=Weights" weights.gif
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
PAGE, FILE = "dcgan?dataset=mnist&epochs=40&view=Samples", PROJECT / "docs" / "dcgan.gif"
LARGEST = 1_500_000  # bytes
START_SECONDS = 180


def main() -> None:
    """Serve the app, press the button, write the file."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("page", nargs="?", default=PAGE, help="page and query of what to show")
    options.add_argument("file", nargs="?", type=Path, default=FILE)
    given = options.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, "-m", "explorer", "open", "--port", str(port), "--server.headless", "true"]
        server = subprocess.Popen(command, cwd=PROJECT, env=os.environ | {"EXPLORER_STORE": store})
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            record(f"http://127.0.0.1:{port}/{given.page}", given.file)
        finally:
            server.terminate()
            server.wait()
    print(f"{given.file}: {given.file.stat().st_size / 1e6:.2f} MB")
    if given.file.stat().st_size > LARGEST:
        sys.exit(f"That is more than the {LARGEST / 1e6} MB that a README should load.")


def record(address: str, file: Path) -> None:
    """Open a page in Chromium and download its first GIF."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=START_SECONDS * 1000)
        with page.expect_download(timeout=START_SECONDS * 1000) as download:
            page.get_by_role("button", name="GIF").first.click()
        download.value.save_as(file)
        browser.close()


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  (loopback)
                return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    main()
