"""Proxies, private certificate authorities, and the protocol's version."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Accepted, ConfigurationProblem, NeoProtocolError, NeoUnavailable
from bot.ids import TaskId
from bot.neo.proxy import ProxyAddress, proxy_for
from neo.scripted_neo import SOMEONE, TOKEN, ScriptedNeo, client_of, says_json

USER = '{"githubLogin": "ada"}'
VARIABLES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"]


@pytest.fixture(autouse=True)
def no_network_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_plain_requests_go_through_the_environments_proxy(
    neo: ScriptedNeo, monkeypatch: pytest.MonkeyPatch
) -> None:
    neo.script.append(says_json(200, USER))
    monkeypatch.setenv("HTTP_PROXY", neo.url)

    async with client_of("http://neo.invalid") as client:
        assert (await client.current_user(SOMEONE)).github_login == "ada"

    assert neo.asked[0].headers["host"] == "neo.invalid"


def test_the_proxy_is_chosen_by_scheme_and_by_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for("https://api.pulumi.com") is None
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")

    assert proxy_for("https://api.pulumi.com") == ProxyAddress("http://proxy.example:3128")
    assert proxy_for("http://api.pulumi.com") is None
    assert proxy_for("https://neo.internal.example") is None
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    assert proxy_for("http://api.pulumi.com") == ProxyAddress("http://all.example")


def test_a_proxy_that_cannot_be_used_is_the_operators_to_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:pw@proxy.example")

    with pytest.raises(ConfigurationProblem, match="socks5") as caught:
        proxy_for("https://api.pulumi.com")
    assert "pw" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for localhost in one file, known to nobody."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    try:
        subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)  # noqa: S603  our own words
    except FileNotFoundError:
        pytest.skip("needs the openssl command")
    made.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return made


@pytest.fixture
async def neo_by_tls(neo: ScriptedNeo, certificate: Path) -> AsyncGenerator[str]:
    """The address of a Neo that speaks TLS with the certificate."""
    neo.script.append(says_json(200, USER))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", neo.handle)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = TestServer(app, scheme="https", host="localhost")
    await server.start_server(ssl=context)
    async with server:
        yield str(server.make_url(""))


async def test_a_private_authority_is_trusted_when_it_is_named_and_not_otherwise(
    neo_by_tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client_of(neo_by_tls) as client:
        with pytest.raises(NeoUnavailable) as caught:
            await client.respond(SOMEONE, TaskId("t"), "{}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with client_of(neo_by_tls) as client:
        assert (await client.current_user(SOMEONE)).github_login == "ada"

    assert caught.value.accepted is Accepted.NO


@asynccontextmanager
async def tunnelling_proxy(target: str, *, willing: bool) -> AsyncGenerator[tuple[str, list[str]]]:
    """Serve CONNECT to `target`, or refuse to; yields the address and the request lines seen."""
    seen: list[str] = []
    port = urlsplit(target).port

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.extend(head.decode().splitlines())
        if willing:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back, forth = await asyncio.open_connection("localhost", port)
            await asyncio.gather(copy(reader, forth), copy(back, writer))
        else:
            writer.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


async def test_the_proxys_password_goes_to_the_proxy_and_the_token_does_not(
    neo: ScriptedNeo, neo_by_tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with tunnelling_proxy(neo_by_tls, willing=True) as (address, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40w@{address}")
        async with client_of(neo_by_tls) as client:
            assert (await client.current_user(SOMEONE)).github_login == "ada"

    assert "proxy-authorization: basic bwu6ceb3" in [line.lower() for line in seen]
    assert TOKEN not in "\n".join(seen)
    assert "proxy-authorization" not in neo.asked[0].headers


async def test_a_proxy_that_refuses_means_that_nothing_was_accepted(
    neo_by_tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tunnelling_proxy(neo_by_tls, willing=False) as (address, _):
        monkeypatch.setenv("HTTPS_PROXY", address)
        async with client_of(neo_by_tls) as client:
            with pytest.raises(NeoUnavailable) as caught:
                await client.respond(SOMEONE, TaskId("t"), "{}")

    assert caught.value.accepted is Accepted.NO


async def test_streams_and_requests_speak_http_1_1(neo: ScriptedNeo) -> None:
    # HTTP/2 holds the events of quiet streams back, and stops without a word at the 101st stream.
    versions: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        versions.append(f"{request.version.major}.{request.version.minor}")
        return web.json_response({"githubLogin": "ada"})

    neo.script.append(answer)
    async with client_of(neo.url) as client:
        await client.current_user(SOMEONE)
        with pytest.raises(NeoProtocolError):
            async with client.open_stream(SOMEONE, TaskId("t"), None, silence=5):
                pass

    assert versions == ["1.1", "1.1"]
