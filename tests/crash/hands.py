"""How people look and do things: what they share, whatever they are about to do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import plain_text
from crash.agent import Agent
from crash.deeds import Deeds
from crash.looks import action_of, changed_at, is_card_of_approval, key_of, of_bot
from crash.world import World
from support import wait_until

PATIENCE = 6.0
"""Seconds after which somebody does again what had no effect."""

READING = 0.3
"""Seconds for which a card has to stand still before somebody has read it, and answers."""

POLL = 0.02


class Hands:
    """Looks into one world, and acts in it."""

    def __init__(self, world: World, deeds: Deeds) -> None:
        self.world = world
        self.slack = world.slack
        self.deeds = deeds

    async def say(self, user: str, agent: Agent, words: str) -> str:
        """Reply in a task's thread, in words that were not said before; return the `ts`."""
        channel, root = self.deeds.roots[agent.task.id]
        self.deeds.words[words] = True
        return await self.slack.say(user, channel, words, thread_ts=root)

    async def press(self, user: str, card: Message, label: str) -> Delivery | None:
        """Press a button if it is still there, and wait for an ack, or until none will come."""
        action = action_of(card, label)
        if not action:
            return None
        pressed = await self.slack.click(user, card.channel, card.ts, action)
        await self.until(lambda: pressed.acked_at or pressed.over, "an ack, or none")
        return pressed

    async def took(self, delivery: Delivery, effect: Callable[[], object]) -> bool:
        """Wait for the ack; without one, whether there was an effect all the same."""
        await self.until(lambda: delivery.acked_at or delivery.over, "an ack, or none")
        if delivery.acked_at:
            return True
        return await self.within(PATIENCE, effect)

    def shown(self, agent: Agent) -> list[Message]:
        """Return the bot's messages in a task's thread."""
        return of_bot(self.slack.thread(*self.deeds.roots[agent.task.id]))

    def reads(self, agent: Agent, words: str) -> bool:
        """Whether these words are in a task's thread."""
        return any(words in plain_text(message) for message in self.shown(agent))

    def messages_with(self, agent: Agent, label: str) -> list[Message]:
        """Return the messages of a task's thread that have such a button."""
        return [m for m in self.shown(agent) if action_of(m, label)]

    async def card(self, agent: Agent, words: str) -> Message:
        """Wait for the card that asks this, and read it."""

        def cards() -> list[Message]:
            asking = filter(is_card_of_approval, self.shown(agent))
            return [m for m in asking if words in plain_text(m)]

        def is_read() -> bool:
            found = cards()
            return bool(found) and time.time() - changed_at(found[-1]) > READING

        await self.until(is_read, f"a card asks {words!r}")
        return cards()[-1]

    async def closed(self, agent: Agent, card: Message) -> bool:
        """Wait a while for what a card asks to be decided at Neo; say whether it is."""
        request = request_of(card)
        return await self.within(PATIENCE, lambda: request not in agent.task.open_approvals)

    def tries(self, failure: str) -> Iterator[int]:
        """Count tries as long as the run has patience; then fail in these words."""
        end = time.monotonic() + self.world.setting.gives_up
        number = 1
        while number == 1 or time.monotonic() < end:
            yield number
            number += 1
        raise AssertionError(failure)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait as long as the run has patience."""
        await wait_until(condition, what, timeout=self.world.setting.gives_up)

    async def until_so(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait likewise for what has to be asked for."""
        end = time.monotonic() + self.world.setting.gives_up
        while not await condition():
            assert time.monotonic() < end, f"did not happen: {what}"
            await asyncio.sleep(POLL)

    async def within(self, seconds: float, condition: Callable[[], object]) -> bool:
        """Wait for so long at most; say whether it came."""
        with suppress(AssertionError):
            await wait_until(condition, "", timeout=seconds)
        return bool(condition())


def request_of(card: Message) -> str:
    """Return the id of what a card asks."""
    return key_of(card).split("/")[2]
