"""One Slack thread's inbound side: takes entries in, and brings its writes to Neo forward."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

import structlog

from bot.conversation import hear, sentences
from bot.conversation.clicks import Click, Clicks
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Whisper, must_arrive
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.sending import Sending
from bot.conversation.starting import Starting
from bot.conversation.stopping import Stopping
from bot.conversation.talk import Talk
from bot.conversation.writes import Writer
from bot.ids import ButtonValue, ThreadRef, UserId
from bot.slack import text
from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Deleted,
    Edited,
    Heard,
    SlackInput,
)
from bot.store.approvals import Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Step = Callable[[Talk], Awaitable[float | None]]


class Conversation:
    """Owns the talk of one thread. `take` is called for one entry at a time, in inbox order."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._errands = Errands(means, _place(desk))
        writer = Writer(means.store, means.lease, means.call_seconds)
        parts = (means, desk, self._errands, writer)
        self._starting = Starting(*parts)
        self._sending = Sending(*parts)
        self._deciding = Deciding(*parts)
        self._stopping = Stopping(*parts)
        self._clicks = Clicks(
            means, desk, self._errands, deciding=self._deciding, stopping=self._stopping
        )
        self._lanes: tuple[tuple[asyncio.Event, Step], ...] = tuple(
            (asyncio.Event(), step) for step in (self._message, self._decision, self._stop)
        )

    def poke(self) -> None:
        """Let every lane look again: the view or the talk has changed."""
        for event, _ in self._lanes:
            event.set()

    async def run(self) -> None:
        """Run the lanes until the conversation rests.

        Stops and decisions have lanes of their own, so that neither a queue of messages nor a
        creation of two minutes is before them. Raises `LeaseLost` and `StoreUnavailable`.
        """
        lanes = [asyncio.create_task(self._lane(event, step)) for event, step in self._lanes]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            await self._errands.close()

    async def rests(self) -> bool:
        """Whether there is nothing to do until somebody says something."""
        talk = self._desk.talk
        return talk is None or talk.rests(await self._desk.view())

    async def take(self, entry: str, given: SlackInput) -> None:
        """Take one inbox entry in; it is finished when its effect is in the talk."""
        match given:
            case Heard():
                await self._heard(entry, given)
            case Clicked():
                await self._clicked(entry, given)
            case Edited():
                words = await self._readable(given.text)
                await self._adjust(entry, lambda talk: hear.edit(talk, given, words))
            case Deleted():
                await self._adjust(entry, lambda talk: hear.forget(talk, given))
                if given.ts == given.thread.root:
                    await self._means.lost(self._desk.thread, "root_deleted")
            case ChannelMoved():
                await self._moved(entry, given)
            case ChannelClosed():
                await self._means.lost(self._desk.thread, given.reason)
                await self._desk.finish(entry)
            case _:
                assert_never(given)
        self.poke()

    async def _heard(self, entry: str, heard: Heard) -> None:
        refusal = self._refusal(heard.user, heard.thread.channel)
        if refusal is not None:
            await self._errands.refuse(refusal)
            await self._desk.finish(entry)
            return
        talk = self._desk.talk
        if talk is None and not (heard.mentions_bot or heard.dm):
            await self._desk.finish(entry)
            return
        said, view = await self._said(heard), await self._desk.view()
        hearing = hear.hear(talk or self._new(heard), view, said)
        if hearing.answer is not None and talk is not None:
            await self._answer(entry, talk, heard, hearing.answer)
            return
        await self._errands.run(e for e in hearing.effects if must_arrive(e))
        if talk is None:
            await self._desk.begin(hearing.talk, entry=entry)
        else:
            # Heard again on the latest talk: another lane may have moved it meanwhile.
            await self._desk.change(lambda talk: hear.hear(talk, view, said).talk, entry=entry)
        await self._errands.run(e for e in hearing.effects if not must_arrive(e))

    async def _answer(self, entry: str, talk: Talk, heard: Heard, answer: hear.Answer) -> None:
        """Settle a typed decision as a click is settled."""
        decision = self._deciding.decision(
            entry, heard.user, ok=answer.ok, instructions=answer.instructions
        )
        approval = answer.approval
        verdict = await self._deciding.take(
            talk, approval.request_id, digest=approval.digest, decision=decision
        )
        if verdict is not Verdict.WON:
            await self._errands.run([Whisper(heard.user, sentences.NO_LONGER_OPEN)])
            await self._desk.finish(entry)

    async def _clicked(self, entry: str, clicked: Clicked) -> None:
        refusal = self._refusal(clicked.user, clicked.thread.channel)
        talk = self._desk.talk
        if refusal is not None:
            await self._errands.refuse(refusal)
            await self._desk.finish(entry)
        elif talk is None:
            await self._errands.run([Whisper(clicked.user, sentences.UNKNOWN_BUTTON)])
            await self._desk.finish(entry)
        else:
            value = ButtonValue.decode(clicked.value)
            await self._clicks.take(talk, Click(clicked, value, entry))

    async def _adjust(self, entry: str, step: Callable[[Talk], Talk]) -> None:
        if self._desk.talk is None:
            await self._desk.finish(entry)
        else:
            await self._desk.change(step, entry=entry)

    async def _moved(self, entry: str, moved: ChannelMoved) -> None:
        place = self._errands.place.model_copy(update={"channel": moved.new})
        changes = {"place": place}
        await self._adjust(entry, lambda talk: talk.model_copy(update=changes))
        self._errands.place = place
        self._means.wakes.relay(self._desk.thread)

    async def _message(self, talk: Talk) -> float | None:
        if talk.task_id is None:
            return await self._starting.step(talk)
        return await self._sending.step(talk, talk.task_id)

    async def _decision(self, talk: Talk) -> float | None:
        return await self._deciding.step(talk, talk.task_id) if talk.task_id else None

    async def _stop(self, talk: Talk) -> float | None:
        return await self._stopping.step(talk, talk.task_id) if talk.task_id else None

    async def _lane(self, poked: asyncio.Event, step: Step) -> None:
        while True:
            poked.clear()
            wait = await step(self._desk.talk) if self._desk.talk else None
            try:
                async with asyncio.timeout(wait):
                    await poked.wait()
            except TimeoutError:
                continue

    def _refusal(self, user: UserId, channel: str) -> Whisper | None:
        if not self._means.admission.admits_user(user):
            return Whisper(user, sentences.NOT_ALLOWED)
        if not self._means.admission.admits_channel(channel):
            return Whisper(user, sentences.CHANNEL_NOT_ALLOWED)
        return None

    def _new(self, heard: Heard) -> Talk:
        return Talk(thread=self._desk.thread, owner=heard.user)

    async def _said(self, heard: Heard) -> hear.Said:
        first = text.starts_with_mention_of(heard.text)
        return hear.Said(
            heard=heard,
            text=await self._readable(heard.text),
            to_other=first is not None and first != self._means.bot.bot_user_id,
            now=self._means.clock.now(),
        )

    async def _readable(self, said: str) -> str:
        """Return the text with names for ids, the bot's own mention removed."""
        reader = self._means.reader
        users = {str(u): await reader.user_name(u) for u in text.mentioned_users(said)}
        channels = {c: await reader.channel_name(c) for c in text.mentioned_channels(said)}
        return text.readable(said, bot=self._means.bot.bot_user_id, users=users, channels=channels)


def _place(desk: TalkDesk) -> ThreadRef:
    return (desk.talk.place if desk.talk else None) or desk.thread
