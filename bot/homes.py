"""The App Home: what waits for a person, their tasks at work, and a line of help.

Whichever replica hears that somebody looks at theirs fills it in, and again for a while when
something has changed. Nothing of it is stored: what is lost with a process comes back when the tab
is opened the next time.
"""

import asyncio
from dataclasses import dataclass, field

import structlog

from bot.conversation.sentences import NOT_ALLOWED
from bot.errors import BotError
from bot.ids import UserId
from bot.ownership.edges import Edges
from bot.slack.blocks import context, divider, header, section
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Block
from bot.slack.session import Call
from bot.slack.views import home
from bot.store.records import Records
from bot.tasks import listed, tasks_of
from bot.waiting import approvals_of

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OPEN_SECONDS = 600.0
"""Slack says when a Home is opened, never when it is closed: after so long it counts as closed."""

MOST = 20
"""Homes that are kept up to date, those opened last."""

NO_TASKS = mrkdwn("None of your tasks is at work.")
HELP = mrkdwn(
    "Mention me in a channel, write me under *Messages*, or type `/neo` with what to do. "
    "`/neo help` says more."
)


@dataclass(slots=True)
class _Open:
    """One Home: since when it is open, monotonic, and what it shows."""

    since: float
    shown: list[Block] = field(default_factory=list[Block])


class Homes:
    """Fills in the Homes of the workspace."""

    def __init__(self, edges: Edges, call: Call) -> None:
        self._edges = edges
        # Not behind the lease: a Home is nobody's state, and two processes show the same.
        self._call = edges.door.paced(call)
        self._open: dict[UserId, _Open] = {}
        self._opened = asyncio.Event()

    def opened(self, user: UserId) -> None:
        """Take note that somebody looks at theirs: it is shown anew, whatever it showed."""
        self._open.pop(user, None)
        self._open[user] = _Open(self._edges.clock.monotonic())
        while len(self._open) > MOST:
            del self._open[next(iter(self._open))]
        self._opened.set()

    async def run(self) -> None:
        """Fill in for ever; what can't be shown now is tried again while it is open."""
        while True:
            self._opened.clear()
            for user in self._still_open():
                try:
                    await self._show(user)
                except BotError as error:
                    log.info("home_not_shown", user=user, why=str(error))
                except Exception:  # a Home is a kindness: no fault of one ends the bridge
                    log.exception("home_failed", user=user)
                    self._open.pop(user, None)
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._edges.patience.home if self._open else None):
                await self._opened.wait()
        except TimeoutError:
            return

    def _still_open(self) -> list[UserId]:
        now = self._edges.clock.monotonic()
        closed = [user for user, at in self._open.items() if now - at.since > OPEN_SECONDS]
        for user in closed:
            del self._open[user]
        return [*self._open]

    async def _show(self, user: UserId) -> None:
        blocks = await self._blocks(user)
        seen = self._open.get(user)
        if seen is None or _lasting(blocks) == _lasting(seen.shown):
            return
        await self._call("views.publish", {"user_id": user, "view": home(blocks)})
        seen.shown = blocks

    async def _blocks(self, user: UserId) -> list[Block]:
        if not self._edges.admission.admits_user(user):
            return [section(NOT_ALLOWED)]
        _, waiting = await approvals_of(self._edges, user)
        tasks = [t for t in await tasks_of(Records(self._edges.lease), user) if t.is_at_work]
        at_work = listed(self._edges.bot, tasks) if tasks else NO_TASKS
        mine = [header("Your tasks at work"), section(at_work)]
        return [header("Waits for you"), *waiting, divider(), *mine, divider(), context(HELP)]


def _lasting(blocks: list[Block]) -> list[Block]:
    """Return what is worth showing anew: not for how long something waits, in small print."""
    return [block for block in blocks if block["type"] != "context"]
