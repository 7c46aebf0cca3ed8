"""The people's side of the conversation: Ann and Bob do the same things in every run.

They watch what they can see and do something again where it had no effect, as people do. What
they did, and whether Slack told them that it was taken, is noted for the check.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import plain_text
from crash.agent import FIRST, GO_ON, REPLY, SECOND, Agent
from crash.looks import action_of, changed_at, key_of, of_bot
from crash.world import ANN, APPS, BOB, INFRA, World
from support import wait_until

PATIENCE = 6.0
"""Seconds after which somebody does again what had no effect."""

READING = 0.3
"""Seconds for which a card has to stand still before somebody has read it, and answers."""

POLL = 0.02

Place = tuple[str, str]
"""A channel and a thread's root."""


@dataclass(slots=True)
class Deeds:
    """What people did: words by whether they certainly count, and where the threads are."""

    words: dict[str, bool] = field(default_factory=dict[str, bool])
    """Each once said word; whether it must reach Neo (else it may, at most once)."""
    starts: dict[str, bool] = field(default_factory=dict[str, bool])
    """The same for the words that start a task."""
    roots: dict[str, Place] = field(default_factory=dict[str, Place])
    """Where each task's thread is, by the task's id."""


class People:
    """Plays the conversation once."""

    def __init__(self, world: World) -> None:
        self.deeds = Deeds()
        self.agents: list[Agent] = []
        self.replied = asyncio.Event()
        """Set when what was said in the first turn is in the store."""
        self._world = world
        self._slack = world.slack
        self._working: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        """Do everything, until nothing is left to be done.

        Raises `AssertionError` that names what never happened.
        """
        try:
            await self._until_so(self._listened_to, "a bridge listens")
            first = await self._start()
            await self._command()
            await self._reply(first)
            await self._answer(first)
            await self._approve(first)
            await self._stop(first)
            await self._until(self._agents_rest, "every agent rests")
        finally:
            for work in self._working:
                work.cancel()

    async def _listened_to(self) -> bool:
        """Say whether a bridge has noted that it listens.

        Nothing is promised for what was said before that, in the first second of an installation,
        but by Slack: it delivers again after a minute, which is longer than a run.
        """
        noted = await self._world.store.call("EXISTS", f"ns:{{{self._slack.team_id}}}:intake")
        return bool(noted and self._slack.connections)

    async def _start(self) -> Agent:
        said = self._slack.mention(FIRST)
        self.deeds.starts[FIRST] = True
        root = await self._slack.say(ANN, INFRA, said)
        return await self._hired(FIRST, lambda: (INFRA, root))

    async def _command(self) -> None:
        """Start a second task; again, in other words, when Slack says that it was not taken."""
        for number in range(1, 10):
            words = f"{SECOND}-{number}"
            self._slack.faults.duplicate_next()  # Slack may deliver anything twice
            typed = await self._slack.command(BOB, APPS, "/neo", words)
            if await self._took(typed, lambda words=words: self._root_of(words)):
                self.deeds.starts[words] = True
                await self._hired(words, lambda words=words: self._root_of(words))
                return
            self.deeds.starts[words] = False
        raise AssertionError("no command is taken")

    async def _reply(self, agent: Agent) -> None:
        """Say two things while the agent works; one has a file."""
        channel, root = self.deeds.roots[agent.task.id]
        first = await self._say(ANN, agent, REPLY)
        second = await self._slack.say(
            BOB, channel, "reply-2", root, files=[("notes.txt", b"noted-1")]
        )
        self.deeds.words |= {"reply-2": True, "noted-1": True}
        await self._until_taken(channel, [first, second])
        self.replied.set()

    async def _answer(self, agent: Agent) -> None:
        """Answer the question, again when it had no effect."""
        for number in range(1, 10):
            card = await self._card(agent, "Which region?")
            await self._say(ANN, agent, f"answer-{number}")
            if await self._closed(agent, card):
                return
        raise AssertionError("no answer is taken")

    async def _approve(self, agent: Agent) -> None:
        for _ in range(10):
            card = await self._card(agent, "Update prod?")
            await self._press(card, "Approve")
            if await self._closed(agent, card):
                return
        raise AssertionError("no approval is taken")

    async def _stop(self, agent: Agent) -> None:
        """Give the agent more to do, and stop it."""
        await self._until(lambda: agent.rests, "the agent rests")
        await self._say(ANN, agent, GO_ON)
        await self._until(lambda: GO_ON in agent.messages[-1], "the agent goes on")
        for _ in range(10):
            await self._until(
                lambda: agent.rests or self._messages_with(agent, "Stop"), "a button to stop it"
            )
            if agent.rests:
                return
            await self._press(self._messages_with(agent, "Stop")[-1], "Stop")
            await self._within(PATIENCE, lambda: agent.rests)
        raise AssertionError("no stop is taken")

    async def _say(self, user: str, agent: Agent, words: str) -> str:
        channel, root = self.deeds.roots[agent.task.id]
        self.deeds.words[words] = True
        return await self._slack.say(user, channel, words, thread_ts=root)

    async def _press(self, card: Message, label: str) -> None:
        """Press a button if it is still there."""
        if action := action_of(card, label):
            pressed = await self._slack.click(ANN, card.channel, card.ts, action)
            await self._until(lambda: pressed.acked_at or pressed.over, "an ack, or none")

    async def _took(self, delivery: Delivery, effect: Callable[[], object]) -> bool:
        """Wait for the ack; without one, whether there was an effect all the same."""
        await self._until(lambda: delivery.acked_at or delivery.over, "an ack, or none")
        if delivery.acked_at:
            return True
        return await self._within(PATIENCE, effect)

    async def _hired(self, words: str, place: Callable[[], Place | None]) -> Agent:
        """Wait for the task that these words start, trying again where that is offered."""
        await self._until(place, f"a thread for {words}")
        where = place()
        assert where is not None
        tried = set[str]()
        while (task := self._task_of(words)) is None:
            await self._until(
                lambda: self._task_of(words) or self._to_try(where, tried), f"a task for {words}"
            )
            for message in self._to_try(where, tried):
                await self._try_again(message, words, tried)
        self.deeds.roots[task.id] = where
        agent = Agent(self._world.neo, task, self.replied)
        self.agents.append(agent)
        self._working.append(asyncio.create_task(agent.work()))
        return agent

    async def _try_again(self, message: Message, words: str, tried: set[str]) -> None:
        tried.add(message.ts)
        user = ANN if message.channel == INFRA else BOB
        action = action_of(message, "Try again")
        pressed = await self._slack.click(user, message.channel, message.ts, action)
        if not await self._took(pressed, lambda: self._task_of(words)):
            tried.remove(message.ts)

    def _to_try(self, where: Place, tried: set[str]) -> list[Message]:
        offers = of_bot(self._slack.thread(*where))
        return [m for m in offers if m.ts not in tried and action_of(m, "Try again")]

    def _task_of(self, words: str) -> TaskState | None:
        taken = {agent.task.id for agent in self.agents}
        fitting = (t for t in self._world.neo.tasks.values() if t.id not in taken)
        return next((t for t in fitting if words in t.name), None)

    def _root_of(self, words: str) -> Place | None:
        """Return the root message of a command, if it was posted."""
        roots = [m for m in of_bot(self._slack.messages(APPS)) if m.thread_ts is None]
        return next(((APPS, m.ts) for m in roots if words in m.text), None)

    def _messages_with(self, agent: Agent, label: str) -> list[Message]:
        return [m for m in self._shown(agent) if action_of(m, label)]

    def _shown(self, agent: Agent) -> list[Message]:
        return of_bot(self._slack.thread(*self.deeds.roots[agent.task.id]))

    async def _card(self, agent: Agent, words: str) -> Message:
        """Wait for the card that asks this, and read it."""

        def cards() -> list[Message]:
            return [m for m in self._shown(agent) if words in plain_text(m)]

        def is_read() -> bool:
            found = cards()
            return bool(found) and time.time() - changed_at(found[-1]) > READING

        await self._until(is_read, f"a card asks {words!r}")
        return cards()[-1]

    async def _closed(self, agent: Agent, card: Message) -> bool:
        request = key_of(card).split("/")[2]
        return await self._within(PATIENCE, lambda: request not in agent.task.open_approvals)

    def _agents_rest(self) -> bool:
        return all(agent.rests for agent in self.agents)

    async def _until_taken(self, channel: str, said: list[str]) -> None:
        """Wait until each message is acked or, where the ack was lost, in the store."""
        prefix = f"ns:{{{self._slack.team_id}}}:mark:message:{channel}:"

        async def taken() -> bool:
            missing = [f"{prefix}{ts}" for ts in said if ts not in self._acked()]
            return not missing or await self._world.store.call("EXISTS", *missing) == len(missing)

        await self._until_so(taken, "the replies are in the store")

    def _acked(self) -> set[str]:
        acked = (d.payload for d in self._slack.deliveries if d.acked_at)
        return {str(payload["event"].get("ts")) for payload in acked if "event" in payload}

    async def _until(self, condition: Callable[[], object], what: str) -> None:
        await wait_until(condition, what, timeout=self._world.setting.gives_up)

    async def _until_so(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        end = time.monotonic() + self._world.setting.gives_up
        while not await condition():
            assert time.monotonic() < end, f"did not happen: {what}"
            await asyncio.sleep(POLL)

    async def _within(self, seconds: float, condition: Callable[[], object]) -> bool:
        with suppress(AssertionError):
            await wait_until(condition, "", timeout=seconds)
        return bool(condition())
