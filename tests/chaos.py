"""A bridge's life between two lively sandboxes, with deaths at random moments."""

import asyncio
import itertools
import random
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.faults import Delay, DropAfter
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.text import plain_text
from bridge_process import settings_for
from forked_bridge import ForkedBridge
from support import wait_until

PEOPLE = ("U0ANN", "U0BOB")
CHANNELS = ("C0INFRA", "C0APPS", "C0DATA")

FOREVER = 1e9

STORE_DIES_TOO = 0.4
"""The share of deaths that are power cuts."""

TEXT = re.compile(r"\bword-[0-9]+\.[0-9]+\b")
REPLY = re.compile(r"\breply-[0-9]+\b")


@dataclass(frozen=True)
class Plan:
    """What chance decides, from one seed; times in seconds."""

    seed: int
    kills: int
    longest_life: float = 0.9
    replies_every: float = 0.35
    texts_per_turn: int = 3


class Talk:
    """One thread: a person who replies at random, an agent that answers in several texts."""

    def __init__(
        self, plan: Plan, chance: random.Random, slack: SlackSandbox, neo: NeoSandbox, channel: str
    ) -> None:
        self._plan = plan
        self._chance = chance
        self._slack = slack
        self._neo = neo
        self._channel = channel
        self._root = ""
        self._task: TaskState | None = None
        self.replies: list[str] = []
        self.texts: list[str] = []

    async def begin(self) -> None:
        """Let somebody mention the bot; wait for the task."""
        known = set(self._neo.tasks)
        self._root = await self._slack.say(
            PEOPLE[0], self._channel, self._slack.mention(f"watch {self._channel}")
        )

        def task_of_ours() -> TaskState | None:
            fresh = (t for i, t in self._neo.tasks.items() if i not in known)
            return next((t for t in fresh if self._channel in t.name), None)

        await wait_until(task_of_ours, f"a task for {self._channel}", timeout=30)
        self._task = task_of_ours()

    async def reply(self) -> None:
        """Say something at random moments, for ever."""
        while True:
            await asyncio.sleep(self._chance.uniform(0, 2 * self._plan.replies_every))
            words = f"reply-{len(self.replies) + 1}"
            self.replies.append(words)
            who = self._chance.choice(PEOPLE)
            await self._slack.say(who, self._channel, words, thread_ts=self._root)

    async def answer(self) -> None:
        """Answer each turn with several texts, for ever."""
        assert self._task is not None
        task = self._task
        for turn in itertools.count(1):
            await wait_until(
                lambda turn=turn: len(task.user_events) >= turn, "a message", timeout=FOREVER
            )
            count = self._chance.randint(1, self._plan.texts_per_turn)
            texts = [f"word-{turn}.{n}" for n in range(1, 1 + count)]
            for text in texts:
                await asyncio.sleep(self._chance.uniform(0, 0.1))
                self.texts.append(text)
                said = events.assistant_message(text, is_final=text == texts[-1])
                await self._neo.emit(task.id, said)

    def read(self) -> list[str]:
        """Return the agent's texts as the thread shows them."""
        messages = [m for m in self._slack.thread(self._channel, self._root) if m.from_bot]
        return [found for m in messages for found in _once(TEXT.findall(plain_text(m)))]

    def heard(self) -> list[list[str]]:
        """Return the replies that Neo got, a list for each user event."""
        assert self._task is not None
        contents = [e.body["content"] for e in self._task.user_events]
        return [REPLY.findall(content) for content in contents]

    def is_over(self) -> bool:
        """Whether everything arrived, and the agent rests."""
        assert self._task is not None
        heard = {reply for batch in self.heard() for reply in batch}
        return (
            heard >= set(self.replies)
            and not self._task.busy
            and set(self.read()) >= set(self.texts)
        )

    def check(self) -> None:
        """Compare exactly."""
        assert self.read() == self.texts
        heard = self.heard()
        assert sorted(r for batch in heard for r in batch) == sorted(self.replies)
        for batch in heard:
            assert batch == sorted(batch, key=self.replies.index)

    def __str__(self) -> str:
        return (
            f"{self._channel} shows {self.read()} of {self.texts}; "
            f"Neo heard {self.heard()} of {self.replies}"
        )


class Life:
    """One bridge with its sandboxes, from birth over many deaths to an orderly end."""

    def __init__(self, plan: Plan, home: Path) -> None:
        self._plan = plan
        self._home = home
        self._chance = random.Random(plan.seed)
        self.deaths: list[float] = []

    async def live(self) -> None:
        """Live it, and compare at the end what was said with what arrived."""
        retries = self._chance.choice([(0, 60, 300), (0, 0.5, 1)])
        slack = SlackSandbox(retry_delays=retries, seed=self._plan.seed)
        neo = NeoSandbox(pace=0)
        neo.manual = True
        for user in PEOPLE:
            slack.add_user(user, user[2:].title())
        for channel in CHANNELS:
            slack.add_channel(channel, channel[2:].lower(), members=PEOPLE)
        async with slack, neo:
            settings = settings_for(slack, neo, self._home, NEO_SLACK_LEASE_SECONDS="1")
            async with ForkedBridge(self._home, settings) as bridge:
                talks = [
                    Talk(self._plan, random.Random(self._chance.random()), slack, neo, channel)
                    for channel in CHANNELS
                ]
                try:
                    await self._live(slack, neo, bridge, talks)
                except AssertionError as error:
                    error.add_note(f"seed {self._plan.seed}, killed {self.deaths} s after starts")
                    raise

    async def _live(
        self, slack: SlackSandbox, neo: NeoSandbox, bridge: ForkedBridge, talks: list[Talk]
    ) -> None:
        await bridge.start()
        await wait_until(lambda: slack.connections, "a connection", timeout=30, also=lambda: bridge)
        await asyncio.gather(*(talk.begin() for talk in talks))
        agents = [asyncio.create_task(talk.answer()) for talk in talks]
        people = [asyncio.create_task(talk.reply()) for talk in talks]
        trouble = asyncio.create_task(self._trouble(slack, neo))
        for _ in range(self._plan.kills):
            await self._die(slack, bridge)
        await asyncio.sleep(self._chance.uniform(0, 1))
        await _end([*people, trouble])
        slack.faults.clear()
        neo.faults.clear()
        await wait_until(
            lambda: all(talk.is_over() for talk in talks),
            "everything arrived",
            timeout=90,
            also=lambda: [str(talk) for talk in talks],
        )
        bridge.signal(signal.SIGTERM)
        assert await bridge.ended() == 0
        await _end(agents)
        for talk in talks:
            talk.check()

    async def _die(self, slack: SlackSandbox, bridge: ForkedBridge) -> None:
        await wait_until(lambda: slack.connections, "a connection", timeout=30, also=lambda: bridge)
        moment = self._chance.uniform(0, self._plan.longest_life)
        self.deaths.append(round(moment, 3))
        await asyncio.sleep(moment)
        # A power cut takes the store with it: whatever was acked is on its disk.
        await bridge.kill(store_too=self._chance.random() < STORE_DIES_TOO)
        await wait_until(lambda: not slack.connections, "the socket is gone")
        await bridge.start()

    async def _trouble(self, slack: SlackSandbox, neo: NeoSandbox) -> None:
        """Let answers be slow or lost, so that deaths often meet calls on the wire."""
        while True:
            await asyncio.sleep(self._chance.uniform(0, 0.5))
            delay = Delay(self._chance.uniform(0.02, 0.3))
            if not len(slack.faults):
                slack.faults.add(
                    "chat.postMessage", self._chance.choice([delay, delay, DropAfter()])
                )
            if not len(neo.faults):
                neo.faults.add("respond", self._chance.choice([delay, delay, DropAfter()]))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def _once(words: list[str]) -> list[str]:
    """Return the words of one message, which says each in its text and in its blocks."""
    return list(dict.fromkeys(words))
