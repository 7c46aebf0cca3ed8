"""What waits becomes a write: its bytes, its timestamp and its ids are fixed in one script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot import entities
from bot.commands import StartOptions
from bot.conversation import context
from bot.conversation.batching import Items, batch_text, in_order
from bot.conversation.desk import TalkDesk
from bot.conversation.listening import listened_at
from bot.conversation.means import Means
from bot.conversation.talk import Item, Talk, ts_order
from bot.entities import Entity
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import ThreadRef, Ts, UserId
from bot.neo.wire import EntityDiff, UserMessage
from bot.slack import text
from bot.slack.parse import mentions
from bot.slack.shape import text as text_at

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """The message that starts a task: its text without its options, and these."""

    item: Item
    text: str
    options: StartOptions


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has everything but its timestamp; its fields are those of `Message`."""

    text: str
    items: Items
    until: Ts
    entities: tuple[Entity, ...]
    speakers: tuple[UserId, ...]
    """Who else was seen to speak in the thread."""

    def begins(self, queue: Items) -> bool:
        """Whether these messages, as they are here, still are what waits first."""
        return in_order(queue)[: len(self.items)] == self.items

    def stamped(self, instant: float) -> UserMessage:
        """Return the message as Neo gets it."""
        diff = EntityDiff(add=self.entities) if self.entities else None
        timestamp = datetime.fromtimestamp(instant, UTC)
        return UserMessage(timestamp=timestamp, content=self.text, entity_diff=diff)


async def freeze(
    means: Means,
    desk: TalkDesk,
    talk: Talk,
    make: Callable[[Talk, Draft, float], Mapping[str, object]],
    opening: Opening | None = None,
) -> Talk:
    """Fix what waits now in one script: its text, its timestamp, its ids.

    `make(talk, draft, instant)` returns the changes of the talk beside the queue's. Returns the
    talk unchanged when something was edited or deleted while Slack was read: whoever did it wakes
    this lane again. Raises transient `SlackError`: what belongs to the message is not left out.
    """
    draft = await _draft(means, talk, opening)
    now = means.clock.now()

    def frozen(talk: Talk) -> Talk:
        if not draft.begins(talk.queue):
            return talk
        # Stamped here, on the latest talk: a stop may have been stamped meanwhile.
        instant = talk.next_instant(now)
        rest = tuple(item for item in talk.queue if item not in draft.items)
        frozen = talk.with_said(instant, **make(talk, draft, instant), queue=rest)
        return frozen.with_speakers(draft.speakers)

    return await desk.change(frozen)


async def _draft(means: Means, talk: Talk, opening: Opening | None) -> Draft:
    items = in_order(talk.queue)
    thread = await _before_mention(means, talk, items)
    speakers = context.people(thread, means.bot)
    company = len({*talk.speakers, *speakers}) > 1
    names = {str(item.user): await means.reader.user_name(item.user) for item in items if company}
    said = [_without_options(item, opening) for item in items]
    parts = (batch_text(said, names, company=company), await _context(means, talk, items, thread))
    return Draft(
        text="\n\n".join(part for part in parts if part),
        items=items,
        until=mention.spoken if (mention := _last_mention(items)) else Ts(""),
        entities=_entities(means, talk, said, opening),
        speakers=speakers,
    )


def _without_options(item: Item, opening: Opening | None) -> Item:
    if opening is None or item != opening.item:
        return item
    return item.model_copy(update={"text": opening.text})


def _entities(
    means: Means, talk: Talk, said: list[Item], opening: Opening | None
) -> tuple[Entity, ...]:
    """Return what is spoken of for the first time; what others said does not count."""
    found = entities.find(
        "\n\n".join(item.text for item in said),
        console_host=means.neo.console_host,
        org=means.neo.org,
        stacks=opening.options.stacks if opening else (),
    )
    return tuple(entity for entity in found if entity not in talk.entities)


def _last_mention(items: Items) -> Item | None:
    return next((item for item in reversed(items) if item.opens), None)


async def _context(means: Means, talk: Talk, items: Items, thread: list[context.Json]) -> str:
    """Return what was said in the thread before a mention and Neo does not know, quoted.

    Once: what a message that Neo took has brought along, the next one does not bring again.
    """
    waiting = (*items, *talk.queue, *talk.late, *talk.returned, *(held.item for held in talk.held))
    told = {*talk.known, *(item.ts for item in waiting)}
    found = context.not_told(thread, means.bot, told=told)
    others = [message for message in found if not _comes_itself(means, talk, message)]
    lines = [await _line(means, message) for message in others[-context.MOST :]]
    said = [line for line in lines if line.text.strip()]  # a bare mention of the bot says nothing
    left_out = len(others) - len(lines)
    heading = context.MEANWHILE if talk.task_id else context.BEFORE
    return context.quoted(said, heading, left_out)


async def _before_mention(means: Means, talk: Talk, items: Items) -> list[context.Json]:
    """Return what was said before a mention, and after Neo was last told, as Slack has it."""
    place, mention = talk.place or talk.thread, _last_mention(items)
    if mention is None or mention.spoken == place.root or place.channel.startswith("D"):
        return []  # nobody mentioned the bot, or nothing was said before, or all of it to the bot
    thread = await _thread(means, talk, place)
    return context.between(thread, after=talk.known_until, before=mention.spoken)


async def _thread(means: Means, talk: Talk, place: ThreadRef) -> list[context.Json]:
    try:
        since = talk.known_until or None
        messages = await means.reader.replies(place.channel, place.root, since)
    except (SlackUnavailable, SlackRateLimited):
        raise
    except SlackError as error:
        log.warning("context_not_read", thread=talk.thread.key(), code=error.code)
        return []
    return [message.raw for message in messages]


def _comes_itself(means: Means, talk: Talk, message: context.Json) -> bool:
    """Whether a message is one to Neo, on its way here: as a quote it would be no instruction."""
    said, user = text_at(message, "text"), text_at(message, "user")
    if not user or text_at(message, "bot_id") or not means.admission.admits_user(user):
        return False
    bot, ts = means.bot.bot_user_id, Ts(text_at(message, "ts"))
    if ts_order(ts) <= ts_order(talk.listens_since) or text.is_to_other(said, bot=bot):
        return False
    return mentions(said, bot) or listened_at(talk, ts)


async def _line(means: Means, message: context.Json) -> context.Line:
    user = UserId(text_at(message, "user"))
    author = await means.reader.user_name(user) if user else context.program_of(message)
    return context.Line(author, await readable(means, context.words_of(message)))


async def readable(means: Means, said: str) -> str:
    """Return what somebody said with names for ids, the bot's own mention removed."""
    reader = means.reader
    users = {str(u): await reader.user_name(u) for u in text.mentioned_users(said)}
    channels = {c: await reader.channel_name(c) for c in text.mentioned_channels(said)}
    return text.readable(said, bot=means.bot.bot_user_id, users=users, channels=channels)
