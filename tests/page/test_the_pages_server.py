"""The page's server without a browser: what it answers, what it refuses, how the demo ends."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.bridge import BridgeProcess
from bot.sandbox.page.server import Page
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.page.world import ANN, BOB, INFRA, furnish
from support import wait_until


class Client:
    """A browser's requests, and the sandbox behind the page."""

    def __init__(self, http: aiohttp.ClientSession, page: Page, slack: SlackSandbox) -> None:
        self.http = http
        self.page = page
        self.slack = slack

    async def do(self, verb: str, **what: object) -> dict[str, Any]:
        body = json.dumps({"user": ANN, "channel": INFRA, **what})
        async with self.http.post(f"{self.page.url}do/{verb}", data=body) as answer:
            assert answer.status == 200
            return await answer.json()

    async def news(self, count: int) -> dict[str, Any]:
        """Return the first `count` frames of a new socket as one."""
        told: dict[str, Any] = {}
        async with self.http.ws_connect(f"{self.page.url}socket") as socket:
            for _ in range(count):
                told |= await socket.receive_json(timeout=5)
        return told


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    slack, neo = SlackSandbox(ack_deadline=0.1, retry_delays=()), NeoSandbox(pace=0)
    furnish(slack)
    async with slack, neo:
        supervisor = Supervisor(BridgeProcess(slack, neo, tmp_path))
        async with Page(slack, neo, supervisor) as page, aiohttp.ClientSession() as http:
            yield Client(http, page, slack)


async def test_every_file_that_the_page_names_is_served(client: Client) -> None:
    folder = Path(__file__).parents[2] / "bot/sandbox/page/static"
    for path in folder.rglob("*.*"):
        name = path.relative_to(folder)
        async with client.http.get(f"{client.page.url}static/{name}") as answer:
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["../server.py", "%2e%2e/server.py", "nothing.js", "view"])
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    async with client.http.get(f"{client.page.url}static/{path}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
)
async def test_other_sites_are_refused(client: Client, headers: dict[str, str]) -> None:
    url = f"{client.page.url}do/bridge"
    async with client.http.post(url, data='{"do": "kill"}', headers=headers) as answer:
        assert answer.status == 403


async def test_what_is_new_is_told_once_and_what_changes_again(client: Client) -> None:
    told = await client.news(2)
    assert {each["id"] for each in told["people"]} >= {ANN, BOB}
    async with client.http.ws_connect(f"{client.page.url}socket") as socket:
        for _ in range(2):
            await socket.receive_json(timeout=5)
        ts = (await client.do("say", text="@Bob hello"))["ts"]
        first = await _next(socket, "messages")
        await client.do("react", ts=ts, name="eyes")
        second = await _next(socket, "messages")
        await client.do("delete", ts=ts)
        third = await _next(socket, "messages")

    assert [each["text"] for each in first] == [f"<@{BOB}> hello"]
    assert second[0]["reactions"] == [{"name": "eyes", "users": [ANN], "count": 1}]
    assert third == [{"channel": INFRA, "ts": ts, "gone": True}]


async def _next(socket: aiohttp.ClientWebSocketResponse, kind: str) -> list[dict[str, Any]]:
    while True:
        told = await socket.receive_json(timeout=5)
        if kind in told:
            return told[kind]


@pytest.mark.parametrize(
    ("verb", "what", "words"),
    [
        ("say", {"text": "  "}, "nothing to send"),
        ("say", {"text": "/dance"}, "/dance is not a valid command."),
        ("say", {"text": "/neo x", "thread_ts": "1.000000"}, "not supported in threads"),
        ("say", {"text": "x", "channel": "C0NONE"}, "channel not found"),
        ("say", {"text": "x", "files": [{"name": "a", "content": "%"}]}, "did not arrive whole"),
        ("say", {"text": "/invite @Bob"}, "Only @Neo"),
        ("edit", {"ts": "1.000000", "text": "x"}, "message not found"),
        ("click", {"ts": "1.000000", "action": "neo_stop"}, "no message"),
        ("bridge", {"do": "dance"}, "cannot dance"),
        ("fault", {"name": "earthquake"}, "No fault"),
        ("pace", {"value": "fast"}, "a number"),
        ("decide", {"task": "t", "request": "r"}, "no such task"),
        ("fly", {}, "no such thing"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(
    client: Client, verb: str, what: dict[str, Any], words: str
) -> None:
    answer = await client.do(verb, **what)

    assert answer["ok"] is False
    assert words in answer["error"]


async def test_a_body_that_is_no_json_is_refused_too(client: Client) -> None:
    async with client.http.post(f"{client.page.url}do/say", data=b"\xff{") as answer:
        assert (await answer.json())["ok"] is False


async def test_a_command_that_nobody_hears_is_said_to_have_failed(client: Client) -> None:
    answer = await client.do("say", text="/neo help")

    assert "did not answer in time" in answer["error"]


async def test_files_are_served_as_text_or_pictures_never_as_pages(client: Client) -> None:
    page = "PHNjcmlwdD4="  # <script>
    for name in ("a.html", "b.svg", "c.png"):
        await client.do("say", text="x", files=[{"name": name, "content": page}])
    kinds = {}
    for file in client.slack.workspace.files.values():
        async with client.http.get(f"{client.page.url}files/{file.id}") as answer:
            kinds[file.name] = (answer.content_type, answer.headers["X-Content-Type-Options"])

    assert kinds == {
        "a.html": ("text/plain", "nosniff"),
        "b.svg": ("text/plain", "nosniff"),
        "c.png": ("image/png", "nosniff"),
    }


async def test_a_busy_port_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = await _demo(tmp_path, "--port", port)
        output, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 2
    assert output == b""
    assert errors.decode().splitlines() == [
        f"neo-slack: --port: port {port} is in use; name another one, or 0 for any free one"
    ]


async def test_the_demo_says_where_it_is_and_ends_cleanly_with_ctrl_c(tmp_path: Path) -> None:
    process = await _demo(tmp_path, "--port", "0", "--keep", str(tmp_path / "kept"))
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    assert line.startswith(b"neo-slack demo: http://127.0.0.1:")
    log = tmp_path / "kept" / "bridge.log"
    await wait_until(lambda: "health on" in log.read_text(), "the bridge runs", timeout=30)
    process.send_signal(signal.SIGINT)
    output, errors = await asyncio.wait_for(process.communicate(), 30)

    assert (process.returncode, errors) == (0, b"")
    assert b"Ctrl-C ends it" in output
    assert _left_behind(tmp_path) == []


async def _demo(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--no-browser", *arguments),
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def _left_behind(home: Path) -> list[str]:
    """Return the processes that still run there (Linux's /proc; elsewhere none are found)."""
    return [
        each.parent.name
        for each in Path("/proc").glob("[0-9]*/cwd")
        if os.access(each, os.R_OK) and each.exists() and each.resolve().is_relative_to(home)
    ]
