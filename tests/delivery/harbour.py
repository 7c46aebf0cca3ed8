"""The way out to Slack on its own: posts and files at a sandbox, with the marks in a real store."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.clock import SystemClock
from bot.delivery.files import Files
from bot.delivery.posts import Place, PostOutcome, Posts, Timing
from bot.ids import Installation, Ts
from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.model import Message
from bot.slack.blocks import content, section
from bot.slack.door import Door
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Content, Priority
from bot.slack.reader import SlackReader, identify
from bot.slack.sender import SlackSender
from bot.store import Store
from bot.store.lease import Lease
from bot.store.outbox import Outbox
from slack_caller import open_session

TIMING = Timing(call=0.2, margin=0.05)


@dataclass
class Harbour:
    """What a test of the way out works with; a back-off takes no time, and is recorded."""

    slack: SlackSandbox
    lease: Lease
    door: Door
    outbox: Outbox
    posts: Posts
    files: Files
    root: Ts
    slept: list[float] = field(default_factory=list[float])

    @property
    def place(self) -> Place:
        return Place("C1", self.root)

    async def post(self, key: str = "t/e/0", words: str = "hello") -> PostOutcome:
        said = mrkdwn("{words}", words=words)
        shown: Content = content(said, section(said))
        return await self.posts.post(self.place, key, shown, Priority.TEXT)

    def shown(self) -> list[Message]:
        """Return the bot's messages in the thread, deleted ones too."""
        messages = self.slack.thread("C1", self.root)
        return [m for m in messages if m.from_bot]


@asynccontextmanager
async def open_harbour(store: Store, installation: Installation) -> AsyncGenerator[Harbour]:
    async with SlackSandbox() as slack, open_session(slack, call_timeout=TIMING.call) as session:
        slack.add_user("U1", "ann", "Ann Archer")
        slack.add_channel("C1", "infra", ["U1"])
        root = Ts(await slack.say("U1", "C1", "go"))
        lease = Lease(store, installation, seconds=5)
        assert await lease.acquire(exclusive=True)
        clock, outbox = SystemClock(), Outbox(lease)
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            # The time in which a lost call may still show is waited for, a back-off is not.
            slept.append(seconds)
            await asyncio.sleep(seconds if seconds < 1 else 0)

        door = Door(SlackSender(session), before_call=lease.hold, clock=clock, sleep=asyncio.sleep)
        reader = SlackReader(session.call, await identify(session.call), clock)
        posts = Posts(door=door, reader=reader, outbox=outbox, timing=TIMING, sleep=sleep)
        files = Files(door=door, reader=reader, outbox=outbox, timing=TIMING, sleep=sleep)
        yield Harbour(slack, lease, door, outbox, posts, files, root, slept)
        await lease.release()
