"""The one import of httpx: post bytes, get an answer or a reason. No redirect, no environment, no raw body in a log."""

import contextlib
import logging
import os
import ssl
import sys
import threading
import time
from collections.abc import Callable

import httpx

from diskret._version import __version__
from diskret.ship.plan import Answer, Unreachable
from diskret.ship.request import Request
from diskret.ship.sockets import Sockets

__all__ = ["Wire"]

MAX_ANSWER_BYTES = 64 << 10
CONNECT_SECONDS = 5.0
# Between two bytes; the whole answer is bounded by LONGEST_SECONDS, so that a server that trickles is cut.
SILENCE_SECONDS = 10.0
LONGEST_SECONDS = 30.0


class _Quiet(logging.Filter):
    """Keep the application's handlers from showing diskret's own requests; those of its own httpx still show."""

    def __init__(self, thread: int) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread


# The loggers that httpx 0.27+ and httpcore 1.x write a request's progress to.
_CHATTY = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")


class Wire:
    """One client, made at the first post. `post` belongs to one thread, `abort` may be called from any."""

    def __init__(self, ca_file: str | None = None, proxy: str | None = None) -> None:
        self._ca_file = ca_file
        self._proxy = proxy
        # A transport, not a Client: a host's sentry_sdk patches Client.send to add its trace headers.
        self._client: httpx.HTTPTransport | None = None
        self._sockets = Sockets()
        self._lock = threading.Lock()
        self._quiet: _Quiet | None = None

    def post(
        self, request: Request, may_send: Callable[[], bool], budget: float = LONGEST_SECONDS
    ) -> Answer | Unreachable:
        """Send a request and read the answer within `budget` seconds. `may_send` is asked at the last moment."""
        deadline = time.monotonic() + min(budget, LONGEST_SECONDS)
        try:
            self._be_quiet()
            client = self._open()
            # First the trace, then the question: a withdrawal between the two is seen by one or the other.
            trace = self._sockets.begin(deadline)
            if not may_send():
                return Unreachable("consent withdrawn")
            timeout = httpx.Timeout(
                min(SILENCE_SECONDS, max(budget, 0.001)), connect=min(CONNECT_SECONDS, max(budget, 0.001))
            )
            with contextlib.closing(client.handle_request(_exactly(request, timeout, trace))) as response:
                return Answer(response.status_code, _headers(response), _beginning(response))
        except httpx.HTTPError as error:
            return Unreachable(type(error).__name__)
        except (OSError, RuntimeError, ValueError) as error:
            # A client that was closed under the request, a certificate file that is none, an address that is none.
            return Unreachable(type(error).__name__)

    def abort(self) -> None:
        """Cut whatever is under way: when it returns, nothing more is written. The next post opens a new client."""
        self._sockets.cut()
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def close(self) -> None:
        """Close the client and give the loggers back."""
        self.abort()
        for name in _CHATTY if self._quiet is not None else ():
            logging.getLogger(name).removeFilter(self._quiet)  # type: ignore[arg-type]  # checked above
        self._quiet = None

    def _be_quiet(self) -> None:
        if self._quiet is None:
            self._quiet = _Quiet(threading.get_ident())
            for name in _CHATTY:
                logging.getLogger(name).addFilter(self._quiet)

    def _open(self) -> httpx.HTTPTransport:
        with self._lock:
            if self._client is None:
                self._client = httpx.HTTPTransport(
                    verify=self._context(),
                    trust_env=False,
                    proxy=self._proxy,
                    limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
                )
            return self._client

    def _context(self) -> ssl.SSLContext:
        # Not create_default_context(): it obeys SSLKEYLOGFILE, with which the environment can have our keys.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._ca_file is not None:
            context.load_verify_locations(cafile=self._ca_file)
        else:
            _trust_system(context)
        return context


def _trust_system(context: ssl.SSLContext) -> None:
    """Load the system's trust store from where OpenSSL was built to find it: its variable SSL_CERT_FILE is not read."""
    paths = ssl.get_default_verify_paths()
    file = paths.openssl_cafile if os.path.isfile(paths.openssl_cafile) else None
    folder = paths.openssl_capath if os.path.isdir(paths.openssl_capath) else None
    if sys.platform == "win32" or (file is None and folder is None):
        # Windows has a store of its own; some builds of Python name paths that no system has.
        context.load_default_certs()
    else:
        context.load_verify_locations(file, folder)


def _exactly(request: Request, timeout: httpx.Timeout, trace: Callable[..., None]) -> httpx.Request:
    """Build the request with these headers and those that HTTP/1.1 needs, and no others."""
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
        "User-Agent": f"diskret/{__version__}",
        **request.headers,
    }
    extensions = {"timeout": timeout.as_dict(), "trace": trace}
    return httpx.Request("POST", request.url, headers=headers, content=request.body, extensions=extensions)


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _beginning(response: httpx.Response) -> str:
    """Read at most 64 KiB of the answer: what it says fits into less, and memory is ours, not the server's."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= MAX_ANSWER_BYTES:
            break
    return body[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
