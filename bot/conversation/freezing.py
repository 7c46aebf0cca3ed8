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
from bot.conversation.means import Means
from bot.conversation.talk import Item, Talk
from bot.entities import Entity
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import Ts, UserId
from bot.neo.wire import EntityDiff, UserMessage
from bot.slack import text
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
        if any(item not in talk.queue for item in draft.items):
            return talk
        # Stamped here, on the latest talk: a stop may have been stamped meanwhile.
        instant = talk.next_instant(now)
        rest = tuple(item for item in talk.queue if item not in draft.items)
        return talk.with_said(instant, **make(talk, draft, instant), queue=rest)

    return await desk.change(frozen)


async def _draft(means: Means, talk: Talk, opening: Opening | None) -> Draft:
    items, company = in_order(talk.queue), len(talk.speakers) > 1
    names = {str(item.user): await means.reader.user_name(item.user) for item in items if company}
    said = [_without_options(item, opening) for item in items]
    parts = (batch_text(said, names, company=company), await _context(means, talk, items))
    return Draft(
        text="\n\n".join(part for part in parts if part),
        items=items,
        until=_last_mention(items),
        entities=_entities(means, talk, said, opening),
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


def _last_mention(items: Items) -> Ts:
    return next((item.ts for item in reversed(items) if item.opens), Ts(""))


async def _context(means: Means, talk: Talk, items: Items) -> str:
    """Return what was said in the thread before a mention and Neo does not know, quoted.

    Once: what a message that Neo took has brought along, the next one does not bring again.
    """
    place, mention = talk.place or talk.thread, _last_mention(items)
    if mention in {"", place.root} or place.channel.startswith("D"):
        return ""  # nobody mentioned the bot, or nothing was said before, or all of it to the bot
    waiting = (*items, *talk.queue, *talk.late, *(held.item for held in talk.held))
    try:
        messages = await means.reader.replies(place.channel, place.root, talk.known_until or None)
    except (SlackUnavailable, SlackRateLimited):
        raise
    except SlackError as error:
        log.warning("context_not_read", thread=talk.thread.key(), code=error.code)
        return ""
    found = context.not_told(
        (message.raw for message in messages),
        means.bot,
        after=talk.known_until,
        before=mention,
        told={*talk.known, *(item.ts for item in waiting)},
    )
    read = [await _line(means, message) for message in found]
    lines = [line for line in read if line.text.strip()]  # a bare mention of the bot says nothing
    return context.quoted(lines, context.MEANWHILE if talk.task_id else context.BEFORE)


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
