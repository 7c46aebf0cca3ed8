"""A plain client of the Neo sandbox for its own tests: it hides nothing and repairs nothing."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.sandbox.neo.server import NeoSandbox

SOME_TIME = "2026-11-02T10:00:00.123Z"


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def message(self) -> str:
        assert self.body["code"] == self.status
        return str(self.body["message"])


@dataclass(frozen=True)
class Frame:
    """One server-sent event; `id` is empty without an `id:` line."""

    id: str
    event: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.event["eventBody"]["type"])


@dataclass(frozen=True)
class NeoCaller:
    neo: NeoSandbox
    session: aiohttp.ClientSession
    token: str

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        url = f"{self.neo.url}{path}"
        data = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", "Authorization": f"token {self.token}"}
        async with self.session.request(
            method, url, data=data, headers={**sent, **headers}
        ) as answer:
            is_json = answer.content_type == "application/json"
            content = await (answer.json() if is_json else answer.text())
            return Reply(answer.status, content, answer.headers)

    async def create(self, content: str, **fields: object) -> str:
        message = {"type": "user_message", "content": content, "timestamp": SOME_TIME}
        reply = await self.call("POST", self.tasks(), {"message": message, **fields})
        assert reply.status == 201, reply.body
        return str(reply.body["taskId"])

    async def respond(self, task_id: str, **event: object) -> Reply:
        body = {"event": {"timestamp": SOME_TIME, **event}}
        return await self.call("POST", self.tasks(task_id), body)

    async def say(self, task_id: str, content: str) -> Reply:
        return await self.respond(task_id, type="user_message", content=content)

    async def confirm(
        self, task_id: str, request_id: str, *, ok: bool, instructions: str | None = None
    ) -> Reply:
        more = {} if instructions is None else {"instructions": instructions}
        confirmation = {"type": "user_confirmation", "approval_request_id": request_id, "ok": ok}
        return await self.respond(task_id, **confirmation, **more)

    async def frames(
        self, task_id: str, last_event_id: str | None = None
    ) -> AsyncGenerator[Frame, None]:
        """Yield events as they come; keep-alives are passed over."""
        event_id = ""
        async for line in self.lines(task_id, last_event_id):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                event_id = value
            elif name == "data":
                yield Frame(event_id, json.loads(value))
                event_id = ""

    async def lines(
        self, task_id: str, last_event_id: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        headers = {"Authorization": f"token {self.token}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        url = f"{self.neo.url}{self.tasks(task_id)}/events/stream"
        async with self.session.get(url, headers=headers) as answer:
            assert answer.status == 200, answer.status
            async for line in answer.content:
                yield line

    def tasks(self, task_id: str = "") -> str:
        path = f"/api/preview/agents/{self.neo.org}/tasks"
        return f"{path}/{task_id}" if task_id else path


@asynccontextmanager
async def calling(neo: NeoSandbox, *, token: str | None = None) -> AsyncGenerator[NeoCaller]:
    """Yield a client of a running sandbox."""
    async with aiohttp.ClientSession() as session:
        yield NeoCaller(neo, session, token or neo.token)
