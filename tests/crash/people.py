"""The people's side of the conversation: Ann and Bob do the same things in every run.

They watch what they can see and do something again where it had no effect, as people do. What
they did, and whether Slack told them that it was taken, is noted for the check.
"""

import asyncio
from collections.abc import Callable, Iterable

from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.model import Message
from crash.agent import FIRST, GO_ON, REPLY, SECOND, WHERE, Agent, Cues
from crash.deciders import Deciders
from crash.deeds import Deeds, Place
from crash.hands import PATIENCE, Hands
from crash.looks import action_of, of_bot
from crash.world import ANN, APPS, BOB, INFRA, World


class People:
    """Plays the conversation once."""

    def __init__(self, world: World) -> None:
        self.deeds = Deeds()
        self.agents: list[Agent] = []
        self.cues = Cues()
        self._world = world
        self._slack = world.slack
        self._hands = Hands(world, self.deeds)
        self._working: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        """Do everything, until nothing is left to be done.

        Raises `AssertionError` that names what never happened.
        """
        try:
            await self._hands.until_so(self._listened_to, "a bridge listens")
            first = await self._start()
            second = await self._command()
            await self._reply(first)
            await self._answer(first)
            await self._decide(first, second)
            await self._stop(first)
            await self._hands.until(self._agents_rest, "every agent rests")
            await Deciders(self._hands).look_again(BOB)
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

    async def _command(self) -> Agent:
        """Start a second task; again, in other words, when Slack says that it was not taken."""
        for number in self._hands.tries("no command is taken"):
            words = f"{SECOND}-{number}"
            self._slack.faults.duplicate_next()  # Slack may deliver anything twice
            typed = await self._slack.command(BOB, APPS, "/neo", words)
            if await self._hands.took(typed, lambda words=words: self._root_of(words)):
                self.deeds.starts[words] = True
                return await self._hired(words, lambda words=words: self._root_of(words))
            self.deeds.starts[words] = False
        raise AssertionError  # `tries` does

    async def _reply(self, agent: Agent) -> None:
        """Say two things while the agent works; one has a file."""
        channel, root = self.deeds.roots[agent.task.id]
        first = await self._hands.say(ANN, agent, REPLY)
        second = await self._slack.say(
            BOB, channel, "reply-2", root, files=[("notes.txt", b"noted-1")]
        )
        self.deeds.words |= {"reply-2": True, "noted-1": True}
        await self._until_taken(channel, [first, second])  # or overtaken by the end of the turn
        self.cues.replied.set()

    async def _answer(self, agent: Agent) -> None:
        """Answer the question, again when it had no effect."""
        for number in self._hands.tries("no answer is taken"):
            card = await self._hands.card(agent, WHERE)
            await self._hands.say(ANN, agent, f"answer-{number}")
            if await self._hands.closed(agent, card):
                return

    async def _decide(self, first: Agent, second: Agent) -> None:
        """Let two people decide about the one task and, meanwhile, one of them about the other."""
        deciders = Deciders(self._hands)
        await deciders.approve_first(first, ANN)
        self.cues.voted.set()
        await deciders.look(second, BOB)
        await deciders.review(second, BOB)
        await deciders.approve_in_vain(second, BOB)
        await deciders.deny(second, BOB)
        await deciders.change_mode(second, BOB)
        await deciders.cross_out(second, BOB)
        await deciders.approve_last(first, BOB)

    async def _stop(self, agent: Agent) -> None:
        """Give the agent more to do, and stop it."""
        await self._hands.until(lambda: agent.rests, "the agent rests")
        await self._hands.say(ANN, agent, GO_ON)
        await self._hands.until(lambda: GO_ON in agent.messages[-1], "the agent goes on")
        for _ in self._hands.tries("no stop is taken"):
            await self._hands.until(
                lambda: agent.rests or self._hands.messages_with(agent, "Stop"),
                "a button to stop it",
            )
            if agent.rests:
                return
            await self._hands.press(ANN, self._hands.messages_with(agent, "Stop")[-1], "Stop")
            await self._hands.within(PATIENCE, lambda: agent.rests)

    async def _hired(self, words: str, place: Callable[[], Place | None]) -> Agent:
        """Wait for the task that these words start, trying again where that is offered."""
        await self._hands.until(place, f"a thread for {words}")
        where = place()
        assert where is not None
        tried = set[str]()
        while (task := self._task_of(words)) is None:
            await self._hands.until(
                lambda: self._task_of(words) or self._to_try(where, tried), f"a task for {words}"
            )
            for message in self._to_try(where, tried):
                await self._try_again(message, words, tried)
        self.deeds.roots[task.id] = where
        agent = Agent(self._world.neo, task, self.cues)
        self.agents.append(agent)
        self._working.append(asyncio.create_task(agent.work()))
        return agent

    async def _try_again(self, message: Message, words: str, tried: set[str]) -> None:
        tried.add(message.ts)
        user = ANN if message.channel == INFRA else BOB
        action = action_of(message, "Try again")
        pressed = await self._slack.click(user, message.channel, message.ts, action)
        if not await self._hands.took(pressed, lambda: self._task_of(words)):
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

    def _agents_rest(self) -> bool:
        return all(agent.rests for agent in self.agents)

    async def _until_taken(self, channel: str, said: list[str]) -> None:
        """Wait until each message is acked or, where the ack was lost, in the store.

        What Slack keeps back is not waited for: whatever happens meanwhile overtakes it.
        """
        prefix = f"ns:{{{self._slack.team_id}}}:mark:message:{channel}:"

        async def taken() -> bool:
            done = self._acked() | self._kept_back()
            missing = [f"{prefix}{ts}" for ts in said if ts not in done]
            return not missing or await self._world.store.call("EXISTS", *missing) == len(missing)

        await self._hands.until_so(taken, "the replies are in the store")

    def _acked(self) -> set[str]:
        return _messages_in(d for d in self._slack.deliveries if d.acked_at)

    def _kept_back(self) -> set[str]:
        return _messages_in(self._slack.faults.kept_back)


def _messages_in(deliveries: Iterable[Delivery]) -> set[str]:
    payloads = (delivery.payload for delivery in deliveries)
    return {str(payload["event"].get("ts")) for payload in payloads if "event" in payload}
