"""What benchmarks of the app share: its server, a browser, and a session by Streamlit's own websocket protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROJECT = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
START_SECONDS = 60  # for the server, and for a session, to be there
PATIENCE = 600  # seconds that a browser waits for what it is to see
WARMING = 20  # seconds for the server to load its libraries and start its workers


@dataclass(frozen=True)
class App:
    """A server of the app: its address, its process and its store."""

    address: str
    pid: int
    store: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of processes that share its store."""
        return os.environ | {"EXPLORER_STORE": str(self.store)}

    def session(self) -> connect:
        """Return the connection of a new session, to be entered with `async with`."""
        flags = {"max_size": None, "compression": None, "open_timeout": START_SECONDS}
        stream = f"ws{self.address.removeprefix('http')}/_stcore/stream"
        return connect(stream, subprotocols=["streamlit"], **flags)  # type: ignore[arg-type]

    def wait(self) -> None:
        """Wait until the server answers."""
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2):  # noqa: S310  (loopback)
                    return
            except OSError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.2)


@contextlib.contextmanager
def app(*, waits: bool = True) -> Iterator[App]:
    """Start the app on loopback, with an empty store; it has answered, if this waits for it. End it afterwards."""
    port = _free_port()
    server = ["-m", "streamlit", "run", "Home.py", "--server.port", str(port), "--server.address", "127.0.0.1"]
    command = [sys.executable, *server, "--server.headless", "true"]
    with (
        tempfile.TemporaryDirectory() as store,
        process(command, os.environ | {"EXPLORER_STORE": store}) as running,
    ):
        served = App(f"http://127.0.0.1:{port}", running.pid, Path(store))
        if waits:
            served.wait()
        yield served


@contextlib.contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command beside us and end it afterwards, with all its children."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=quiet, stderr=quiet) as running:
        try:
            yield running
        finally:
            family = [*psutil.Process(running.pid).children(recursive=True), running] if running.poll() is None else []
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.terminate()


def _free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, and end it afterwards."""
    from playwright.sync_api import sync_playwright  # only where there is a browser

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def browser_page() -> Iterator[Page]:
    """Open an empty page in Chromium."""
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        yield page


class Tab:
    """A tab of a browser, as far as the server can tell, on one page."""

    def __init__(self, connection: ClientConnection, name: str, query: str = "", patience: float = 60) -> None:
        """name: the page's, empty for Home; patience: seconds that a message may take."""
        self.query = query
        self.due: dict[str, tuple[float, float]] = {}  # by part of the page that polls: when, and its interval
        self.errors: list[str] = []
        self._connection, self._name, self._patience = connection, name, patience
        self._page = ""  # the page's hash, once it is known

    async def draw(self, widget: tuple[str, str] | None = None, *, part: str = "") -> None:
        """Have the page, or a part that polls, drawn to its end; `widget` is moved before: its id, and its stop."""
        await self.send(widget, part=part)
        while await self.finish():
            pass

    async def send(self, widget: tuple[str, str] | None = None, *, part: str = "") -> None:
        """Ask for what `draw` does."""
        message = BackMsg()
        request = message.rerun_script
        request.query_string = self.query
        if self._page:
            request.page_script_hash = self._page
        else:
            request.page_name = self._name
        if part:
            request.fragment_id, request.is_auto_rerun = part, True
            self._poll_after(part, self.due[part][1])
        else:
            self.due.clear()  # the page says what polls from now on
        if widget:
            state = request.widget_states.widgets.add()
            state.id = widget[0]
            state.string_array_value.data.append(widget[1])
        await self._connection.send(message.SerializeToString())

    async def finish(self) -> bool:
        """Read until a script run ends; return whether the server goes on with a run of the whole page."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self._connection.recv(), self._patience))
            match message.WhichOneof("type"):
                case "new_session":
                    pages = message.new_session.app_pages
                    self._page = next((page.page_script_hash for page in pages if page.url_pathname == self._name), "")
                case "auto_rerun":
                    self._poll_after(message.auto_rerun.fragment_id, message.auto_rerun.interval)
                case "page_info_changed":
                    self.query = message.page_info_changed.query_string
                case "delta":
                    self.look_at(message.delta.new_element)
                case "script_finished":
                    if whole := message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        self.due.clear()
                    return whole

    def look_at(self, element: Element) -> None:
        """Note what is drawn: errors."""
        kind = element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and element.alert.icon == ":material/error:"):
            self.errors.append(element.exception.message or element.alert.body)

    def _poll_after(self, part: str, interval: float) -> None:
        self.due[part] = time.perf_counter() + interval, interval
