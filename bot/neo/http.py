"""HTTP to Neo: the only module that knows httpx and httpx-sse, so that moving on is one file.

Requests and streams use clients of their own, for an ordinary request on a client that holds
thousands of streams costs 13 times as much; both sit on aiohttp's transport, whose cost per stream
stays flat. Whatever the libraries raise becomes one of `bot.errors` here.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from httpx_sse._decoders import SSEDecoder  # pyright: ignore[reportPrivateUsage]  # see FrameReader

from bot.clock import Clock
from bot.errors import Accepted, NeoError, NeoProtocolError, NeoRejected, NeoUnavailable
from bot.neo.lines import LineSplitter
from bot.neo.proxy import ProxyAddress, proxy_for
from bot.neo.refusals import refusal
from bot.tls import trusted

MAX_EVENT_BYTES = 16 * 2**20
"""The longest event read, twice what Pulumi's command line takes; longer ones are skipped."""

CONNECT_SECONDS = 10.0
"""To a connection, name look-up and TLS included."""

REQUEST_CONNECTIONS = 100
STREAMS_OPENING_AT_ONCE = 50
"""After a restart thousands of streams open: uncapped, they hold up the event loop for seconds."""

_NEVER_SENT = (
    aiohttp.ClientConnectorError,  # refused, no such name, TLS refused, no way to the proxy
    aiohttp.ClientHttpProxyError,  # the proxy would not connect us
    aiohttp.ConnectionTimeoutError,
)
_NEVER_SENT_HTTPX = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_WRONG_REQUEST = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_WRONG_ANSWER = (
    httpx.DecodingError,
    httpx.TooManyRedirects,
    httpx.HTTPStatusError,
    httpx.StreamError,
    UnicodeError,  # a status line in some other encoding, as proxies write it
)
FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    aiohttp.ClientError,
    UnicodeError,
    OSError,  # time-outs and TLS errors are such, too
)
"""Everything that may come out of the libraries."""


def neo_error(error: Exception) -> NeoError:
    """Return what a library's exception means.

    Judged by aiohttp's own exception where there is one: its transport calls a connection that
    was lost after the request had gone out a `ConnectTimeout`, which would say "never sent".
    The message names the class alone, for the text may quote a proxy's password.
    """
    cause = error.__cause__
    origin = cause if isinstance(cause, aiohttp.ClientError) else error
    message = f"no answer from Neo: {type(origin).__name__}"
    if isinstance(origin, _WRONG_REQUEST):
        return NeoRejected(message)
    if isinstance(origin, _WRONG_ANSWER):
        return NeoProtocolError(message)
    never_sent = isinstance(origin, (*_NEVER_SENT, *_NEVER_SENT_HTTPX))
    return NeoUnavailable(message, accepted=Accepted.NO if never_sent else Accepted.UNKNOWN)


@contextmanager
def _foreign_errors_mapped() -> Generator[None]:
    try:
        yield
    except FOREIGN as error:
        # `from None`: aiohttp's exceptions carry the request's headers, and so the token.
        raise neo_error(error) from None


@dataclass(frozen=True, slots=True)
class Frame:
    """One SSE frame: its own `id:`, empty if it has none, and its data, None if too long."""

    id: str
    data: str | None


class FrameReader:
    """Reads SSE frames from a response's chunks.

    Of httpx-sse only the field decoder serves, which it does not export: its reader has no size
    limit and takes comments for events. Each frame gets a decoder of its own, so that an `id:` is
    known to be the frame's own.
    """

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit + len("data: ")
        self._lines = LineSplitter(self._limit)
        self._begin()

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that `chunk` completes; those without id and data are left out."""
        frames: list[Frame] = []
        for line in self._lines.feed(chunk):
            if line != b"":
                self._take(line)
            elif self._size or self._too_long:  # else nothing came since the last end
                frames.extend(self._end())
        return frames

    def _begin(self) -> None:
        self._decoder = SSEDecoder()
        self._size = 0
        self._too_long = False

    def _take(self, line: bytes | None) -> None:
        if line is None or self._size + len(line) > self._limit:
            self._too_long = True
        elif not line.startswith(b":"):
            self._size += len(line)
            self._decoder.decode(line.decode("utf-8", "replace"))

    def _end(self) -> Iterator[Frame]:
        event = self._decoder.decode("")
        own_id = event.id if event else ""
        data = event.data if event else ""
        if self._too_long:
            yield Frame(own_id, None)
        elif own_id or data:
            yield Frame(own_id, data)
        self._begin()


class NeoHttp:
    """Makes requests and opens streams for any token; made by `open_http`."""

    def __init__(
        self, requests: httpx.AsyncClient, streams: httpx.AsyncClient, clock: Clock
    ) -> None:
        self._requests = requests
        self._streams = streams
        self._clock = clock
        self._opening = asyncio.Semaphore(STREAMS_OPENING_AT_ONCE)

    async def request(  # noqa: PLR0913  what HTTP needs
        self,
        method: str,
        path: str,
        *,
        token: str,
        seconds: float,
        params: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> bytes:
        """Return the body of a 2xx answer; `seconds` covers everything.

        Raises any `NeoError` but `NeoProtocolError` for a body, which is the caller's to read.
        """
        timeouts = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds), pool=None)
        with _foreign_errors_mapped():
            async with asyncio.timeout(seconds):
                response = await self._requests.request(
                    method,
                    path,
                    params=params,
                    content=body.encode() if isinstance(body, str) else body,
                    headers=_headers(token, {"Content-Type": "application/json"} if body else {}),
                    timeout=timeouts,
                )
        self._raise_for_status(response, token)
        return response.content

    @asynccontextmanager
    async def stream(
        self, path: str, *, token: str, last_event_id: str, silence: float
    ) -> AsyncGenerator[AsyncIterator[list[Frame]]]:
        """Open an event stream; yields, for each piece that arrives, the frames it completes.

        A piece without frames is a keep-alive or part of an event. `silence` is the longest wait
        for a piece, in seconds. Raises any `NeoError`, also while it is read.
        """
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        request = self._streams.build_request(
            "GET",
            path,
            headers=_headers(token, headers),
            timeout=httpx.Timeout(silence, connect=CONNECT_SECONDS, pool=None),
        )
        with _foreign_errors_mapped():
            async with self._opening:
                response = await self._streams.send(request, stream=True)
        try:
            await self._raise_for_no_stream(response, token)
            async with aclosing(_frames(response, silence)) as frames:
                yield frames
        finally:
            with _foreign_errors_mapped():
                await response.aclose()

    async def _raise_for_no_stream(self, response: httpx.Response, token: str) -> None:
        """Look at the status before the body: a refusal read as events would be silence."""
        content_type = response.headers.get("Content-Type", "")
        if response.is_success and content_type.lower().startswith("text/event-stream"):
            return
        with _foreign_errors_mapped():
            async with asyncio.timeout(CONNECT_SECONDS):
                await response.aread()
        self._raise_for_status(response, token)
        raise NeoProtocolError("the answer is no event stream", status=response.status_code)

    def _raise_for_status(self, response: httpx.Response, token: str) -> None:
        if not response.is_success:
            raise refusal(
                response.status_code,
                response.content,
                retry_after=response.headers.get("Retry-After"),
                now=self._clock.now(),
                secret=token,
            )


async def _frames(response: httpx.Response, silence: float) -> AsyncGenerator[list[Frame]]:
    reader, chunks = FrameReader(), response.aiter_bytes()
    while True:
        with _foreign_errors_mapped():
            # aiohttp's own limit is not enough: behind a broken chunk it would wait for ever.
            async with asyncio.timeout(silence):
                chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield reader.feed(chunk)


def _headers(token: str, more: Mapping[str, str]) -> dict[bytes, bytes]:
    """Return headers as bytes, for httpx would refuse text that is not ASCII."""
    headers = {
        "Authorization": f"token {token}",
        "Accept": "application/vnd.pulumi+8",
        "Accept-Encoding": "identity",  # a compressing proxy would hold small events back
        "User-Agent": "neo-slack",
        **more,
    }
    return {name.encode(): value.encode() for name, value in headers.items()}


@asynccontextmanager
async def open_http(base_url: str, clock: Clock) -> AsyncGenerator[NeoHttp]:
    """Open the two clients for the service at `base_url`.

    Follows the proxy variables (`bot.neo.proxy`), `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    Raises `ConfigurationProblem` for a proxy that cannot be used.
    """
    context = trusted()
    proxy = proxy_for(base_url)
    async with (
        _client(base_url, context, proxy, connections=REQUEST_CONNECTIONS) as requests,
        _client(base_url, context, proxy, connections=0) as streams,  # 0: without limit
    ):
        yield NeoHttp(requests, streams, clock)


def _client(
    base_url: str, context: ssl.SSLContext, proxy: ProxyAddress | None, *, connections: int
) -> httpx.AsyncClient:
    # The session is ours because the transport reads "no limit" as its default of 100, and because
    # its own would keep cookies: one person's session must not travel with another's token.
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    httpx_proxy = httpx.Proxy(proxy.url, headers=proxy.headers) if proxy else None
    return httpx.AsyncClient(
        base_url=base_url,
        transport=AiohttpTransport(verify=context, http2=False, proxy=httpx_proxy, client=session),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        trust_env=False,
    )
