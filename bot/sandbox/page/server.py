"""Serves the page: its files, what people do, and one WebSocket that says what is new."""

import asyncio
import json
import mimetypes
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Self

from aiohttp import WSMsgType, web

from bot.errors import ConfigurationProblem
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.page.acting import Acting, Verb
from bot.sandbox.page.controls import Controls
from bot.sandbox.page.guard import guarded
from bot.sandbox.page.news import News
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.page.traffic import Traffic
from bot.sandbox.page.world import ANN, BOB, TITLES, TOPICS
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.wire import JSON, Args, Refused, as_object

TICK_SECONDS = 0.1
"""How often a page is told what is new."""

UPLOAD_BYTES = 16 * 2**20
SHUTDOWN_SECONDS = 0.3

_SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Files that the browser may show as they are; all else goes out as plain text."""


class Page:
    """The page of one sandbox, served on 127.0.0.1 while the context is open."""

    def __init__(
        self, slack: SlackSandbox, neo: NeoSandbox, supervisor: Supervisor, port: int = 0
    ) -> None:
        self._slack = slack
        self._neo = neo
        self._controls = Controls(slack, neo, supervisor)
        self._verbs: dict[str, Verb] = {**Acting(slack).verbs(), **self._controls.verbs()}
        self._port = port
        self._runner: web.AppRunner | None = None
        self._hurry: set[asyncio.Event] = set()
        """One of each open page: set when something was done, so that it shows at once."""
        self.url = ""
        """Where the page is; set when it is served."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=UPLOAD_BYTES, middlewares=[guarded])
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{path:.+}", self._static)
        app.router.add_get("/files/{file}", self._file)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/do/{verb}", self._do)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError:
            await self._runner.cleanup()
            line = f"--port: port {self._port} is in use; name another one, or 0 for any free one"
            raise ConfigurationProblem([line]) from None
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return _asset("index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _asset(request.match_info["path"])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file of the workspace; nothing that it holds can run here."""
        file = self._slack.workspace.files.get(request.match_info["file"])
        if file is None or file.content is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        kind = mimetypes.guess_type(file.name)[0] or ""
        if kind in _SHOWN_TYPES:
            return web.Response(body=file.content, content_type=kind)
        return web.Response(body=file.content, content_type="text/plain", charset="utf-8")

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """Answer one act; a refusal is an answer too, in words for a person."""
        try:
            answer = await self._act(request)
        except Refused as refused:
            answer = {"error": _in_words(refused.code)}
        except LookupError as problem:
            answer = {"error": str(problem.args[0] if problem.args else problem)}
        for hurry in self._hurry:
            hurry.set()
        return web.json_response({"ok": "error" not in answer, **answer})

    async def _act(self, request: web.Request) -> JSON:
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            raise LookupError("There is no such thing to do.")
        try:
            values = as_object(json.loads(await request.text()))
        except ValueError:
            values = None
        return await verb(Args(values or {}))

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=20, compress=False)
        await socket.prepare(request)
        hurry = asyncio.Event()
        self._hurry.add(hurry)
        telling = asyncio.create_task(self._tell(socket.send_str, hurry))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._hurry.discard(hurry)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        return socket

    async def _tell(self, send: Callable[[str], Awaitable[None]], hurry: asyncio.Event) -> None:
        news, traffic, status = News(self._slack), Traffic(self._slack, self._neo), {}
        await send(json.dumps({"hello": self._hello()}))
        while True:
            hurry.clear()
            told = news.collect()
            if rows := traffic.collect():
                told["traffic"] = rows
            if (now := self._controls.status()) != status:
                told["status"] = status = now
            if told:
                await send(json.dumps(told))
            try:
                await asyncio.wait_for(hurry.wait(), TICK_SECONDS)
            except TimeoutError:
                continue

    def _hello(self) -> JSON:
        offered = [each for each in self._neo.scripts if each.prompt]
        offered.sort(key=lambda script: script.rank)
        return {
            "bot": self._slack.bot_user_id,
            "actors": [ANN, BOB],
            "titles": TITLES,
            "topics": TOPICS,
            "prompts": [{"title": each.title, "prompt": each.prompt} for each in offered],
        }


def _asset(path: str) -> web.StreamResponse:
    """Return a file of the package; a path that leaves the folder finds nothing."""
    parts = PurePosixPath(path).parts
    found = files("bot.sandbox.page").joinpath("static", *parts)
    if ".." in parts or path.startswith("/") or not found.is_file():
        return web.Response(status=HTTPStatus.NOT_FOUND)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return web.Response(
        body=found.read_bytes(), content_type=kind, headers={"Cache-Control": "no-cache"}
    )


def _in_words(code: str) -> str:
    return f"Slack refuses that: {code.replace('_', ' ')}."
