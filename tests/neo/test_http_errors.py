"""Every exception of the libraries has a meaning, and "never sent" is said only when it is sure."""

import aiohttp
import httpx
import httpx_sse
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot.errors import Accepted, NeoError, NeoProtocolError, NeoRejected, NeoUnavailable
from bot.neo.http import FOREIGN, neo_error

KEY = ConnectionKey("neo.example", 443, True, True, None, None, None)


def exceptions_of(library: object) -> list[type[Exception]]:
    return [
        kind
        for kind in vars(library).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, Warning)
    ]


def made(kind: type[Exception]) -> Exception:
    """Make an exception without its constructor's arguments, which no mapping looks at."""
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", exceptions_of(httpx) + exceptions_of(httpx_sse))
def test_no_exception_of_httpx_goes_unmapped(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN)
    assert isinstance(neo_error(made(kind)), NeoError)


AIOHTTPS_OWN = [
    kind
    for kind in exceptions_of(aiohttp)
    if kind.__module__ == "aiohttp.client_exceptions" and not kind.__name__.startswith("WS")
]
"""Without those of WebSockets, which nobody opens here."""


@pytest.mark.parametrize("kind", AIOHTTPS_OWN)
def test_no_exception_of_aiohttp_goes_unmapped(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN)
    assert isinstance(neo_error(made(kind)), NeoError)


def accepted(origin: Exception, shown_as: type[Exception] = httpx.ConnectTimeout) -> Accepted:
    """Ask what is known when aiohttp's `origin` comes dressed as httpx's `shown_as`."""
    shown = made(shown_as)
    shown.__cause__ = origin
    error = neo_error(shown)
    assert isinstance(error, NeoUnavailable)
    return error.accepted


@pytest.mark.parametrize(
    "origin",
    [
        aiohttp.ClientConnectorError(KEY, ConnectionRefusedError()),
        aiohttp.ClientConnectorDNSError(KEY, OSError()),
        aiohttp.ClientConnectorCertificateError(KEY, ValueError()),
        aiohttp.ClientProxyConnectionError(KEY, OSError()),
        aiohttp.ConnectionTimeoutError(),
    ],
)
def test_without_a_connection_nothing_was_accepted(origin: Exception) -> None:
    assert accepted(origin) is Accepted.NO


@pytest.mark.parametrize(
    "origin",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(),
        aiohttp.ClientConnectionResetError(),
        aiohttp.SocketTimeoutError(),
        aiohttp.ClientPayloadError(),
    ],
)
def test_a_connection_lost_on_the_way_says_nothing_however_it_is_dressed(
    origin: Exception,
) -> None:
    assert accepted(origin) is Accepted.UNKNOWN


def test_a_request_that_cannot_be_sent_is_not_worth_another_try() -> None:
    assert isinstance(neo_error(httpx.UnsupportedProtocol("ftp")), NeoRejected)
    assert isinstance(neo_error(httpx.InvalidURL("no host")), NeoRejected)


def test_an_answer_that_breaks_the_rules_is_a_protocol_error() -> None:
    assert isinstance(neo_error(httpx.DecodingError("gzip")), NeoProtocolError)


def test_no_text_of_the_libraries_is_passed_on() -> None:
    assert "pw" not in str(neo_error(httpx.ProxyError("http://me:pw@proxy")))
