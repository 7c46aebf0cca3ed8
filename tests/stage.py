"""The whole bridge against both sandbox servers, with words for what people do and see."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from bot.app import Bridge, Front, open_bridge
from bot.clock import Clock
from bot.conversation.patience import Patience
from bot.health import serving
from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.modals import Modal
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons, interactive_elements, plain_text
from bot.sandbox.slack.wire import JSON
from bot.settings import Settings
from bot.slack.door import Limits
from bot.slack.http import PATH
from bot.slack.pacing import Pace
from bot.slack.views import WORDS
from support import wait_until

ANN = "U0ANN"
"""Starts tasks, and so decides about them."""

BOB = "U0BOB"
"""Allowed to use the bridge."""

EVE = "U0EVE"
"""Not allowed."""

INFRA = "C0INFRA"

LIVELY = Limits(
    per_minute={}, otherwise=6_000, channel=Pace(per_second=100, burst=100), card=0.1, per_card=0.1
)
"""What most tests go by: Slack's own limits are the matter of few, and cost seconds each."""


@dataclass
class Stage:
    """What one test plays on."""

    slack: SlackSandbox
    neo: NeoSandbox
    settings: Settings
    bridge: Bridge | None = None
    url: str = ""
    """Where the bridge is served, in HTTP mode."""

    @asynccontextmanager
    async def bridging(
        self,
        *,
        patience: Patience | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        http: bool = False,
        **changes: object,
    ) -> AsyncGenerator[Bridge]:
        """Run a bridge until the block ends, stopped in order; `changes` are of its settings.

        `http`: Slack posts to it; else it connects to Slack.
        """
        if http:
            secret = SecretStr(self.slack.signing_secret)
            changes |= {"slack_app_token": None, "slack_signing_secret": secret}
        settings = self.settings.model_copy(update=changes)
        opened = open_bridge(settings, patience=patience, limits=limits or LIVELY, clock=clock)
        async with opened as bridge, self._served(settings, bridge):
            stopping = asyncio.Event()
            running = asyncio.create_task(bridge.run(stopping))
            self.bridge = bridge
            try:
                await wait_until(lambda: bridge.link.connected or running.done(), "connected")
                yield bridge
            finally:
                self.bridge = None
                stopping.set()
                await running

    @asynccontextmanager
    async def _served(self, settings: Settings, bridge: Bridge) -> AsyncGenerator[None]:
        """Serve what the process would, where Slack posts to it."""
        front = Front(settings)
        front.bridge = bridge
        if bridge.http is None:
            yield
            return
        async with serving(front.application(), settings.http_port) as port:
            self.url = f"http://127.0.0.1:{port}"
            await self.slack.deliver_to(f"{self.url}{PATH}")
            yield
            # A server that ends while somebody connects leaves the connection behind.
            tried = self._are_deliveries_tried
            await wait_until(tried, "Slack has nothing on the wire")

    def _are_deliveries_tried(self) -> bool:
        return all(
            d.lost or d.over or d.acked.is_set() or len(d.attempts) >= 2  # and one a minute later
            for d in self.slack.deliveries
        )

    async def mention(self, words: str, *, user: str = ANN, channel: str = INFRA) -> str:
        """Let somebody mention the bot at the top of a channel; return the thread's root."""
        return await self.slack.say(user, channel, self.slack.mention(words))

    async def reply(self, root: str, words: str, *, user: str = ANN, channel: str = INFRA) -> str:
        """Let somebody reply in a thread."""
        return await self.slack.say(user, channel, words, thread_ts=root)

    def thread(self, root: str, channel: str = INFRA) -> list[Message]:
        """Return the bot's messages in a thread, in order."""
        messages = self.slack.thread(channel, root)
        return [m for m in messages if m.user == self.slack.bot_user_id and not m.deleted]

    def read(self, root: str, channel: str = INFRA) -> list[str]:
        """Return what a person reads of the bot in a thread, a text for each message."""
        return [plain_text(m) for m in self.thread(root, channel)]

    def count(self, root: str, words: str, channel: str = INFRA) -> int:
        """Return how many of the bot's messages in a thread hold these words."""
        return sum(words in text for text in self.read(root, channel))

    async def sees(
        self,
        root: str,
        words: str,
        *,
        channel: str = INFRA,
        timeout: float = 30.0,  # noqa: ASYNC109 -- the failure has to say what did not happen
    ) -> Message:
        """Wait until the thread shows these words; return the message."""
        await wait_until(
            lambda: self.count(root, words, channel),
            f"{words!r} in the thread",
            timeout=timeout,
            also=lambda: "\n---\n".join(self.read(root, channel)),
        )
        return next(m for m in self.thread(root, channel) if words in plain_text(m))

    async def click(
        self, root: str, label: str, *, user: str = ANN, channel: str = INFRA, last: bool = True
    ) -> None:
        """Let somebody click a button of the thread, by its label."""
        order = reversed(self.thread(root, channel)) if last else iter(self.thread(root, channel))
        for message in order:
            for action_id, shown, _ in buttons(message):
                if shown == label:
                    clicked = await self.slack.click(user, channel, message.ts, action_id)
                    if label == "Deny":
                        await self._send_form(user, clicked)
                    return
        raise LookupError(f"no button {label!r}")

    async def _send_form(self, user: str, clicked: Delivery) -> None:
        """Send the form that a click opens as it is, if it opens one."""
        await clicked.is_acked(3.5)
        if self.modal(user):
            await self.submit("", user=user)

    def modal(self, user: str = ANN) -> Modal | None:
        """Return the modal that somebody sees."""
        seen = (m for m in self.slack.modals.modals.values() if m.is_open and m.user == user)
        return next(seen, None)

    async def opens(self, title: str, *, user: str = ANN, words: str = "") -> Modal:
        """Wait until somebody sees a modal with this title, and `words` in it; return it."""

        def seen() -> bool:
            modal = self.modal(user)
            return bool(modal and modal.view["title"]["text"] == title and words in str(modal.view))

        await wait_until(seen, f"{title!r} with {words!r}", also=lambda: str(self.modal(user)))
        modal = self.modal(user)
        assert modal
        return modal

    async def submit(self, words: str, *, user: str = ANN) -> JSON:
        """Let somebody fill in the form that they see, and send it; return the problems."""
        modal = self.modal(user)
        assert modal, "no form"
        entered = {"type": "plain_text_input", "value": words or None}
        return await self.slack.submit(user, modal.id, {WORDS: {WORDS: entered}})

    async def press(self, label: str, *, user: str = ANN) -> None:
        """Let somebody press a button of the modal that they see, by its label."""
        modal = self.modal(user)
        assert modal, "no modal"
        row = interactive_elements(modal.view["blocks"])
        action = next(e["action_id"] for e in row if e["text"]["text"] == label)
        await self.slack.press(user, modal.id, action)

    def labels(self, root: str, channel: str = INFRA) -> list[str]:
        """Return the labels of all buttons in a thread."""
        return [label for m in self.thread(root, channel) for _, label, _ in buttons(m)]

    async def task(self) -> TaskState:
        """Wait for the only task and return it."""
        await wait_until(lambda: len(self.neo.tasks) == 1, "one task", also=self._tasks)
        return next(iter(self.neo.tasks.values()))

    def _tasks(self) -> str:
        return str(list(self.neo.tasks))


Condition = Callable[[], object]
