"""What stands between a browser and Streamlit's server: pages of other sites, and uploads without end.

By itself Streamlit lets a page of any port of this machine open its websocket, lets every site frame the app, answers
to whatever name a site gives this machine, and holds in memory as many uploads as it is sent.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import webbrowser
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit import config, runtime
from streamlit.runtime.stats import CacheStat
from streamlit.web.server.server_util import get_display_address, get_url

from explorer.errors import ConfigError, ExplorerError
from explorer.settings import settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
READS = ("GET", "HEAD", "OPTIONS")

_LOG = logging.getLogger(__name__)


class Guard:
    """Refuses what other sites' pages ask for, and uploads that are too much; tells browsers who may frame the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in words that say what to set."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if reason := _refused_name(headers) or _refused_page(scope, headers):
            _LOG.warning("%s", reason)
            refusal = WebSocketClose(1008) if scope["type"] == "websocket" else PlainTextResponse(reason, 403)
            await refusal(scope, receive, send)
        elif refused := _refused_upload(scope, headers):
            await refused(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _framed_by_itself(send))


MIDDLEWARE = [Middleware(Guard)]


@contextlib.asynccontextmanager
async def starting(_app: object) -> AsyncIterator[None]:
    """Let uploads be as large as imports, load Home, and open the browser, as Streamlit does only without a guard."""
    threading.Thread(target=_load_home, name="home", daemon=True).start()
    with contextlib.suppress(ConfigError):  # which the pages show
        config.set_option("server.maxUploadSize", settings().import_mb)
    if not st.get_option("server.headless"):
        webbrowser.open(get_url(get_display_address(st.get_option("server.address") or "localhost")))
    yield


def _load_home() -> None:
    """Import what Home needs, which takes half a second, while the browser is still starting."""
    import pandas  # noqa: F401  (by which Streamlit looks at what a component is given)

    import explorer.ui.home  # noqa: F401


def _refused_name(headers: Headers) -> str:
    """Say why a server for this machine alone does not answer to the name in an address, if it does not.

    A site can give its own name to this machine's address, and its pages would then be taken for the server's.
    """
    host = headers.get("host")
    if not host or st.get_option("server.address") not in LOOPBACK or st.get_option("server.allowedHosts"):
        return ""
    name = _split(f"//{host}")[0]
    if name in LOOPBACK:
        return ""
    return (
        f"This server is for this machine alone and does not answer to {name!r}. "
        "Behind a proxy, start it with --server.allowedHosts and the name."
    )


def _refused_page(scope: Scope, headers: Headers) -> str:
    """Say why a page may not open the websocket, or change anything, if it may not: it is of another origin."""
    origin, host = headers.get("origin"), headers.get("host", "")
    if not origin or (scope["type"] == "http" and scope["method"] in READS) or not st.get_option("server.enableCORS"):
        return ""
    if origin in _trusted() or _split(origin)[1] == host.lower():
        return ""
    return (
        f"A page of {origin!r} may not use the server at {host!r}. "
        "If it is the app's own address, let the proxy pass the Host header on, or set --server.corsAllowedOrigins."
    )


def _refused_upload(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    """Return the answer to an upload that is not taken."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    from explorer.runs.limits import check_uploads  # more imports than the server needs to start

    length = headers.get("content-length", "")
    if not length.isdecimal():
        return PlainTextResponse("An upload has to say how long it is.", 411)
    stats = runtime.get_instance().uploaded_file_mgr.get_stats().values()
    held = sum(stat.byte_length for family in stats for stat in family if isinstance(stat, CacheStat))
    try:
        check_uploads(held + int(length))
    except ExplorerError as error:  # also settings that are not valid
        return PlainTextResponse(str(error), 413)
    return None


def _split(url: str) -> tuple[str | None, str]:
    """Return the host's name of an address, and the name with the port; nothing of one that is none."""
    try:
        parts = urlsplit(url.lower())
        return parts.hostname, parts.netloc
    except ValueError:
        return None, ""


def _trusted() -> list[str]:
    return [str(origin).strip() for origin in st.get_option("server.corsAllowedOrigins")]


def _framed_by_itself(send: Send) -> Send:
    """Return a way to answer that tells browsers to show the app in frames of its own pages and trusted ones only."""
    policy = " ".join(["frame-ancestors 'self'", *_trusted()])

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Content-Security-Policy"] = policy
        await send(message)

    return answer
