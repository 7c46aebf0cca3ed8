"""`response_url`: an address good for a few messages where somebody typed or clicked.

It needs no token and no membership of the bot. Source: Slack's "Handling user interaction"; that
refusals are plain text, and that a malformed one is no use, is from observation.
"""

import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.model import Ephemeral
from bot.sandbox.slack.wire import JSON, Refused, as_object
from bot.sandbox.slack.workspace import Draft, Workspace

USES = 5
SECONDS = 30 * 60.0


@dataclass(slots=True)
class _Ticket:
    channel: str
    user: str
    since: float
    uses: int = 0


class ResponseUrls:
    """The addresses of one workspace. Only new messages: what replaces or deletes is refused."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: dict[str, _Ticket] = {}

    def issue(self, channel: str, user: str) -> str:
        """Return a new address for what `user` did in `channel`."""
        name = secrets.token_hex(12)
        self._tickets[name] = _Ticket(channel, user, self._workspace.clock.now())
        return f"{self._workspace.base_url}response/{name}"

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one use of an address, refusals in plain text."""
        try:
            ticket = self._valid(request.match_info["ticket"])
        except Refused as refused:
            return web.Response(status=HTTPStatus.NOT_FOUND, text=refused.code)
        try:
            self._show(ticket, _message(await request.text()))
        except Refused as refused:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=refused.code)
        ticket.uses += 1
        return web.Response(text="ok")

    def _valid(self, name: str) -> _Ticket:
        ticket = self._tickets.get(name)
        now = self._workspace.clock.now()
        if ticket is None or now - ticket.since > SECONDS:
            raise Refused("expired_url")
        if ticket.uses >= USES:
            raise Refused("used_url")
        self._workspace.channel(ticket.channel)
        return ticket

    def _show(self, ticket: _Ticket, message: JSON) -> None:
        draft = Draft(str(message.get("text", "")), check_blocks(message.get("blocks")))
        if not draft.text and not draft.blocks:
            raise Refused("no_text")
        channel, root = self._workspace.channel(ticket.channel), message.get("thread_ts")
        thread_ts = None if root is None else str(root)
        if message.get("response_type", "ephemeral") == "in_channel":
            self._workspace.post(channel, self._workspace.bot.user_id, draft, thread_ts)
            return
        ts = channel.stamp(self._workspace.clock.now())
        shown = Ephemeral(channel.id, ticket.user, ts, draft.text, draft.blocks, thread_ts)
        self._workspace.ephemerals.append(shown)


def _message(raw: str) -> JSON:
    try:
        message = as_object(json.loads(raw))
    except ValueError:
        message = None
    if message is None or message.get("replace_original") or message.get("delete_original"):
        raise Refused("invalid_payload")
    return message
