"""Pages of other sites cannot use the app or frame it, uploads are bounded, and the browser opens by itself."""

import asyncio
import contextlib
import http.client
import http.server
import threading
import time

import pytest
import streamlit as st
from playwright.sync_api import expect
from streamlit import config
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from explorer.ui import guard
from tests.browser import ROOT, chromium, served, visited

EVERYWHERE = {"server.address": "0.0.0.0"}  # noqa: S104
OTHER = """<!doctype html><title>other</title><p id=socket>?</p><iframe src="{address}/"></iframe><script>
const socket = new WebSocket("{address}/_stcore/stream".replace("http", "ws"), "streamlit");
const say = (text) => () => document.getElementById("socket").textContent = text;
socket.onopen = say("open"); socket.onerror = say("refused");
</script>"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app's address, and the file of what its server says; it takes uploads of 1 MB."""
    folder = tmp_path_factory.mktemp("app")
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{folder}/opened"\n')
    browser.chmod(0o755)
    variables = {"EXPLORER_STORE": str(folder / "store"), "EXPLORER_IMPORT_MB": "1", "EXPLORER_WORKERS": "1"}
    variables["BROWSER"] = f"{browser} %s"
    with served(ROOT / "Home.py", folder / "log", {"server.headless": "false"}, **variables) as address:
        yield address, folder / "log"


def opens(address, origin):
    """Whether a websocket opens for a page of this origin."""
    url = address.replace("http", "ws") + "/_stcore/stream"
    with contextlib.suppress(InvalidStatus), connect(url, origin=origin, subprotocols=["streamlit"], open_timeout=60):
        return True
    return False


def test_only_the_apps_own_pages_open_the_websocket(app):
    address, log = app
    assert opens(address, address)
    assert opens(address, None)  # no browser: pages cannot leave it out
    port = address.rpartition(":")[2]
    for other in ("http://127.0.0.1:1", f"http://localhost:{port}", "http://192.168.1.7:8501", "https://a.org", "null"):
        assert not opens(address, other)
        assert f"A page of {other!r} may not use the server" in log.read_text()
    assert "external IP" not in log.read_text()  # which Streamlit would ask a server on the internet for


def answer(address, path="/", method="GET", body=b"", **headers):
    """What the server answers, before a body is sent if there is none: code, text and headers."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.putrequest(method, path, skip_host="host" in headers)
    for name, value in ({"content_length": str(len(body))} | headers).items():
        if value:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    with contextlib.closing(connection), connection.getresponse() as response:
        return response.status, response.read().decode(), response.headers


def test_a_server_for_this_machine_answers_to_its_names_alone(app):
    address, _ = app
    port = address.rpartition(":")[2]
    for name in (f"127.0.0.1:{port}", "localhost", f"[::1]:{port}"):
        assert answer(address, host=name)[0] == 200
    code, text, _ = answer(address, host=f"rebound.example:{port}")
    assert (code, text) == (
        403,
        "This server is for this machine alone and does not answer to 'rebound.example'. "
        "Behind a proxy, start it with --server.allowedHosts and the name.",
    )


def test_uploads_that_nobody_imports_are_bounded(app):
    address, _ = app
    upload = (address, "/_stcore/upload_file/session/file", "PUT")
    said = "2.0 MB of uploads that are not imported yet: at most 2 MB (EXPLORER_IMPORT_MB). Try again later."
    assert answer(*upload, content_length="2000001")[:2] == (413, said)
    assert answer(*upload, content_length="", transfer_encoding="chunked")[0] == 411
    assert answer(*upload, b"x", origin="https://a.org")[0] == 403
    assert "XSRF" in answer(*upload, b"x" * 900_000)[1]  # the next reason to refuse it: it comes from no session


@contextlib.contextmanager
def elsewhere(page):
    """Serve one page at another port of this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_a_page_of_another_port_can_neither_frame_nor_use_the_app(app):
    address, _ = app
    assert answer(address)[2]["Content-Security-Policy"] == "frame-ancestors 'self'"
    with chromium() as browser, elsewhere(OTHER.format(address=address)) as other:
        page = browser.new_page()
        page.goto(other)
        expect(page.locator("#socket")).to_have_text("refused")
        assert page.frames[1].url == "chrome-error://chromewebdata/"
        page.close()
        with visited(browser, f"{address}/runs") as own:
            held_before_and_after_an_import(own, address)


def held_before_and_after_an_import(page, address):
    """Upload something: the server holds it until it is imported, and no longer."""
    page.get_by_text("Import runs").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK no"}
    )
    page.get_by_role("button", name="Import", exact=True).wait_for()
    assert "UploadedFileManager" in answer(address, "/_stcore/metrics")[1]
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The archive is not imported")).to_be_visible()
    time.sleep(5.5)  # for so long Streamlit answers as before
    assert "UploadedFileManager" not in answer(address, "/_stcore/metrics")[1]


def test_the_browser_opens_by_itself(app):
    address, log = app
    assert log.with_name("opened").read_text().strip() == address


@pytest.fixture
def option():
    """Set an option of Streamlit until the test ends."""
    before = {}

    def change(name, value):
        before.setdefault(name, st.get_option(name))
        config.set_option(name, value)

    yield change
    for name, value in before.items():
        config.set_option(name, value)


def code_for(**headers):
    """The code with which a websocket's request is answered: 1008 where it is refused, None where it goes on."""
    sent = []

    async def streamlit(scope, receive, send):
        pass

    async def send(message):
        sent.append(message)

    names = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": names}
    asyncio.run(guard.Guard(streamlit)(scope, None, send))
    return sent[0]["code"] if sent else None


@pytest.mark.parametrize(
    ("options", "host", "origin", "code"),
    [
        (EVERYWHERE, "10.0.0.7:8501", "http://10.0.0.7:8501", None),
        (EVERYWHERE, "Lab.example", "https://lab.example", None),
        (EVERYWHERE, "lab.example", "https://lab.example:8443", 1008),
        (EVERYWHERE, "lab.example", "https://[", 1008),
        ({"server.address": "127.0.0.1"}, "lab.example", "https://lab.example", 1008),
        ({"server.allowedHosts": ["lab.example"]}, "lab.example", "https://lab.example", None),
        ({}, "127.0.0.1:8501", "https://lab.example", 1008),
        ({"server.corsAllowedOrigins": ["https://lab.example"]}, "127.0.0.1:8501", "https://lab.example", None),
        ({"server.enableCORS": False}, "127.0.0.1:8501", "https://lab.example", None),
    ],
)
def test_a_page_is_let_in_at_the_address_it_came_from(options, host, origin, code, option):
    for name, value in ({"server.address": "127.0.0.1"} | options).items():
        option(name, value)
    assert code_for(host=host, origin=origin) == code
