"""How people decide what the agents ask: by votes, forms, in the Home tab, and against refusals.

Nothing of it is sent again by Slack. Who sees no effect does it once more, as people do.
"""

import time
from collections.abc import AsyncIterator

from bot.sandbox.faults import ServerError
from bot.sandbox.neo.door import Received
from bot.sandbox.slack.modals import Modal
from bot.sandbox.slack.model import Message
from bot.slack.views import WORDS
from crash.agent import DELETE, UPDATE, Agent
from crash.deeds import Word
from crash.hands import PATIENCE, Hands, request_of
from crash.world import APPS

ROLE_MISSING = "no role for this stack"
READ_ONLY = "read-only"
NOTHING_WAITS = "Nothing waits for you."


class Deciders:
    """Lets people decide in one world."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._slack = hands.slack
        self._deeds = hands.deeds

    async def approve_first(self, agent: Agent, user: str) -> None:
        """Approve what takes two, until the card says that one more is needed."""
        async for card in self._cards(agent, UPDATE, "no vote is counted"):
            await self._approve(card, user)
            if await self._reads(agent, "1 more needed"):
                return

    async def approve_last(self, agent: Agent, user: str) -> None:
        """Approve it as the second one, not before the reminder."""
        await self._hands.until(
            lambda: self._hands.reads(agent, "Neo still waits for"), "somebody is reminded"
        )
        async for card in self._cards(agent, UPDATE, "no approval is taken"):
            await self._approve(card, user)
            if await self._hands.closed(agent, card):
                return

    async def approve_in_vain(self, agent: Agent, user: str) -> None:
        """Approve what Neo does not accept, until that is said; then Neo would accept it."""
        taken_back, task = self._deeds.taken_back, agent.task

        def is_approval(request: Received) -> bool:
            event = request.body["event"]
            is_of_task = request.task_id == task.id and event.get("ok") is True
            return is_of_task and event["approval_request_id"] not in taken_back

        refusal = ServerError(403, ROLE_MISSING)
        self._hands.world.neo.faults.add("respond", refusal, times=1000, where=is_approval)
        async for card in self._cards(agent, DELETE, "no approval is refused"):
            await self._approve(card, user)
            if await self._reads(agent, "did not reach Neo"):
                taken_back[request_of(card)] = time.time()
                return
            if request_of(card) not in task.open_approvals:
                return  # Neo took it where the run let an answer be lost, before it could refuse

    async def deny(self, agent: Agent, user: str) -> None:
        """Deny in words, in a form; in other words where it had no effect."""
        number = 0
        async for card in self._cards(agent, DELETE, "no denial is taken"):
            if request_of(card) not in agent.task.open_approvals:
                return
            await self._hands.press(user, card, "Deny")
            if form := await self._opens(user, "Deny"):
                number += 1
                await self._fill_in(form, card, user, f"not-{number}")
            if await self._hands.closed(agent, card):
                return

    async def _fill_in(self, form: Modal, card: Message, user: str, word: str) -> None:
        """Send a form, once more where Slack says that the app did not answer."""
        words = f"{word}: keep *it*,\n<https://example.com|as> & is"
        given = Word(request_of(card), user, ok=False, at=time.time(), words=words)
        self._deeds.given.append(given)
        entered = {WORDS: {WORDS: {"type": "plain_text_input", "value": words}}}
        self._deeds.words[word] = False
        for _ in self._hands.tries("no form is taken"):
            try:
                await self._slack.submit(user, form.id, entered)
            except LookupError:
                if form.is_open:
                    continue
            # Only the first can't be too late for any other.
            self._deeds.words[word] = word == "not-1"
            return

    async def review(self, agent: Agent, user: str) -> None:
        """Read what is asked whole, and close that again."""
        async for card in self._cards(agent, DELETE, "nothing can be reviewed"):
            await self._hands.press(user, card, "Review")
            if modal := await self._opens(user, "Review", DELETE):
                await self._slack.dismiss(user, modal.id)
                return

    async def look(self, agent: Agent, user: str) -> None:
        """Look at one's Home, which lists what waits in both threads."""
        await self._hands.card(agent, DELETE)
        await self._look_for(user, UPDATE, DELETE)

    async def look_again(self, user: str) -> None:
        """Look once more, which has to show what is so.

        Nobody promises more: that somebody looks is stored nowhere (see `bot.homes`), so what a
        bridge that died then did not fill in stays as it was.
        """
        await self._look_for(user, NOTHING_WAITS)

    async def change_mode(self, agent: Agent, user: str) -> None:
        """Let a task change nothing any more; by name, for a start may have made another one."""
        task = next(words for words in self._deeds.starts if words in agent.task.name)
        for _ in self._hands.tries("no mode is changed"):
            typed = await self._slack.command(user, APPS, "/neo", f"mode {READ_ONLY} {task}")
            await self._hands.until(lambda t=typed: t.acked_at or t.over, "an ack, or none")
            if await self._reads(agent, "set how Neo works here"):
                self._deeds.modes[agent.task.id] = READ_ONLY
                return

    async def cross_out(self, agent: Agent, user: str) -> None:
        """Stop a turn by crossing its card out, and out again."""
        await self._hands.until(lambda: len(agent.texts) > 1, "the agent goes on")
        for _ in self._hands.tries("no cross stops anything"):
            await self._hands.until(
                lambda: agent.rests or self._hands.messages_with(agent, "Stop"), "a card to cross"
            )
            if agent.rests:
                return
            card = self._hands.messages_with(agent, "Stop")[-1]
            await self._slack.react(user, card.channel, card.ts, "x")
            if await self._hands.within(PATIENCE, lambda: agent.rests):
                return
            await self._slack.react(user, card.channel, card.ts, "x")  # takes it away

    async def _cards(self, agent: Agent, words: str, failure: str) -> AsyncIterator[Message]:
        """Yield the card that asks this as it is now, for each try."""
        for _ in self._hands.tries(failure):
            yield await self._hands.card(agent, words)

    async def _approve(self, card: Message, user: str) -> None:
        self._deeds.given.append(Word(request_of(card), user, ok=True, at=time.time()))
        await self._hands.press(user, card, "Approve")

    async def _reads(self, agent: Agent, words: str) -> bool:
        return await self._hands.within(PATIENCE, lambda: self._hands.reads(agent, words))

    async def _look_for(self, user: str, *words: str) -> None:
        homes = self._slack.homes
        for _ in self._hands.tries(f"no Home of {user} says {words}"):
            before = homes.published.get(user, 0)
            await self._slack.open_home(user)

            def is_right(before: int = before) -> bool:
                shown = str(homes.views.get(user, {}))
                return homes.published.get(user, 0) > before and all(w in shown for w in words)

            if await self._hands.within(PATIENCE, is_right):
                return

    async def _opens(self, user: str, title: str, words: str = "") -> Modal | None:
        """Wait a while for a modal with this title, and these words in it."""

        def seen() -> Modal | None:
            modals = (m for m in self._slack.modals.modals.values() if m.is_open and m.user == user)
            fitting = (m for m in modals if m.view["title"]["text"] == title)
            return next((m for m in fitting if words in str(m.view)), None)

        await self._hands.within(PATIENCE, seen)
        return seen()
