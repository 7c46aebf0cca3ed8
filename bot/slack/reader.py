"""Reads from Slack: who we are, threads, histories, names, groups; finds a message by its key."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.errors import SlackFeatureMissing, SlackGone, SlackRejected
from bot.ids import Installation, Ts, UserId, ts_seconds
from bot.slack.groups import UserGroups
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Received, Unsupported
from bot.slack.names import Names, Recent
from bot.slack.parse import parse_message
from bot.slack.sender import METADATA_EVENT_TYPE
from bot.slack.session import Call
from bot.slack.shape import as_objects, member, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PAGE = 200
"""Items asked for at once; Slack recommends no more."""

MOST_PAGES = 50
"""Pages read of one list before the rest is left, with a warning in the log."""

MEMBER_FRESH = 60.0
"""Seconds for which the bot is taken to be in a channel that it was in; being no member is not
remembered, because the next thing that happens is an invitation."""

CHANNEL_KINDS = ("public_channel", "private_channel", "mpim", "im")
"""Slack's words for the kinds of conversations; each has scopes of its own."""

KEY_MARGIN = 60.0
"""Seconds before a call was recorded from which its message is looked for (clocks differ)."""


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as read back. `key` is ours from its metadata; `raw` is Slack's JSON.

    `latest_reply` is the last message of the thread that hangs from it; empty without one.
    """

    ts: Ts
    app_id: str
    key: str
    edited_ts: Ts
    is_tombstone: bool
    raw: Mapping[str, object]
    latest_reply: Ts = Ts("")


@dataclass(frozen=True, slots=True)
class Found:
    """The message with the key is there."""

    ts: Ts
    edited_ts: Ts


@dataclass(frozen=True, slots=True)
class Absent:
    """No message has the key: the call did not go through."""


@dataclass(frozen=True, slots=True)
class DeletionSeen:
    """No message has the key, and one was deleted that may have had it."""


KeyLookup = Found | Absent | DeletionSeen


async def identify(call: Call) -> BotIdentity:
    """Ask Slack who the token's bot is (`auth.test`, `bots.info`).

    Raises `SlackUnauthorized` for a bad token, or another `SlackError`.
    """
    who = await call("auth.test")
    bot_id = text(who, "bot_id")
    if not bot_id:  # a person's token: it would act as that person
        raise SlackRejected("not_a_bot_token")
    bot = member(await call("bots.info", {"bot": bot_id}), "bot")
    enterprise = text(who, "enterprise_id") or None
    org_wide = who.get("is_enterprise_install") is True and enterprise
    return BotIdentity(
        team_id=text(who, "team_id"),
        enterprise_id=enterprise,
        installation=Installation(org_wide or text(who, "team_id")),
        bot_user_id=UserId(text(who, "user_id")),
        bot_id=bot_id,
        app_id=text(bot, "app_id"),
        name=text(who, "user"),
        url=text(who, "url"),
    )


class SlackReader:
    """Reads in one workspace. Every method raises `SlackError` unless it says otherwise."""

    def __init__(self, call: Call, bot: BotIdentity, clock: Clock) -> None:
        self._call = call
        self._bot = bot
        self._names = Names(clock)
        self._joined = Recent[bool](clock, MEMBER_FRESH)
        self._groups = UserGroups(call, bot, clock)

    async def replies(self, channel: str, root: Ts, oldest: Ts | None = None) -> list[SlackMessage]:
        """Return a thread's messages in order, the root first whatever `oldest` is."""
        arguments = {"channel": channel, "ts": root, **_since(oldest)}
        return await self._messages("conversations.replies", arguments, MOST_PAGES)

    async def history(
        self, channel: str, oldest: Ts, latest: Ts | None = None, pages: int = MOST_PAGES
    ) -> list[SlackMessage]:
        """Return a channel's messages (no replies) from `oldest` on, in order.

        When there are more than `pages` pages, the oldest are left out; of a list without an end
        (`latest`) Slack does not promise which.
        """
        arguments = {"channel": channel, **_since(oldest), **({"latest": latest} if latest else {})}
        return await self._messages("conversations.history", arguments, pages)

    async def find_key(
        self, channel: str, thread_ts: Ts | None, key: str, since: float
    ) -> KeyLookup:
        """Look for our message with `key`, whose call was recorded at `since` (epoch seconds).

        Looks in the thread, or for a root message (`thread_ts` None) in the channel. A thread
        that is gone counts as a deletion.
        """
        oldest = Ts(f"{max(0.0, since - KEY_MARGIN):.6f}")
        try:
            if thread_ts:
                messages = await self.replies(channel, thread_ts, oldest)
            else:
                messages = await self.history(channel, oldest)
        except SlackGone as gone:
            if gone.code != "thread_not_found":
                raise
            return DeletionSeen()
        return find_key(messages, key, self._bot.app_id)

    async def thread_exists(self, channel: str, root: Ts) -> bool:
        """Tell whether a thread's root is still there.

        Raises `SlackGone` when it is the channel that is gone or closed to us.
        """
        try:
            answer = await self._call(
                "conversations.replies", {"channel": channel, "ts": root, "limit": 1}
            )
        except SlackGone as gone:
            if gone.code not in {"thread_not_found", "message_not_found"}:
                raise
            return False
        messages = _read_all(answer)
        return bool(messages) and not messages[0].is_tombstone

    async def is_shared(self, file_id: str) -> bool:
        """Tell whether an uploaded file has been shared anywhere."""
        try:
            answer = await self._call("files.info", {"file": file_id})
        except (SlackRejected, SlackGone):
            return False  # never completed: Slack does not know it
        shares = member(member(answer, "file"), "shares")
        return any(member(shares, kind) for kind in ("public", "private"))

    async def bot_channels(self, kind: str) -> list[str]:
        """Return the ids of the conversations of one of `CHANNEL_KINDS` that the bot is in.

        One kind at a time: asked for several, Slack refuses all for a scope that one lacks.
        """
        arguments = {"types": kind, "exclude_archived": True}
        channels: list[str] = []
        async for page in self._pages("users.conversations", arguments, MOST_PAGES):
            channels += [text(channel, "id") for channel in as_objects(page.get("channels"))]
        return [channel for channel in channels if channel]

    async def user_name(self, user: UserId) -> str:
        """Return the name people see for `user`, or the id where Slack does not tell."""
        return await self._named("users.info", "user", user)

    async def channel_name(self, channel: str) -> str:
        """Return a channel's name without `#`, or the id where Slack does not tell."""
        return await self._named("conversations.info", "channel", channel)

    async def is_member(self, channel: str) -> bool:
        """Tell whether the bot is in a channel or direct message.

        What Slack does not let it see, such as a private channel, it is not in.
        """
        if self._joined.get(channel):
            return True
        try:
            answer = await self._call("conversations.info", {"channel": channel})
        except SlackGone:
            return False
        record = member(answer, "channel")
        # A direct message does not say `is_member`: that it is told of at all says it.
        joined = record.get("is_member") is True or record.get("is_im") is True
        if joined:
            self._joined.put(channel, fact=True)
        return joined

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        """Return who is in a user group, no older than a few seconds; nobody where it is gone.

        `anew`: as it is now.
        """
        return await self._groups.members(group, anew=anew)

    async def group_name(self, group: str) -> str:
        """Return the name by which a user group is mentioned, or the id; raises as `user_name`."""
        return await self._groups.handle(group)

    async def _named(self, method: str, kind: str, subject: str) -> str:
        name = self._names.get(subject)
        if name is None:
            try:
                record = member(await self._call(method, {kind: subject}), kind)
            except (SlackRejected, SlackGone, SlackFeatureMissing) as error:
                log.info("name_not_told", method=method, code=error.code)
                record: Mapping[str, object] = {}
            name = _shown_name(record) or subject
            self._names.put(subject, name)
        return name

    async def _messages(
        self, method: str, arguments: Mapping[str, object], pages: int
    ) -> list[SlackMessage]:
        wanted = {**arguments, "include_all_metadata": True}
        found: dict[Ts, SlackMessage] = {}  # each page of a thread begins with its root
        async for page in self._pages(method, wanted, pages):
            found.update((message.ts, message) for message in _read_all(page))
        return sorted(found.values(), key=lambda message: ts_seconds(message.ts))

    async def _pages(
        self, method: str, arguments: Mapping[str, object], pages: int
    ) -> AsyncIterator[Mapping[str, object]]:
        cursor = ""
        for _ in range(pages):
            at = {"cursor": cursor} if cursor else {}
            answer = await self._call(method, {**arguments, "limit": PAGE, **at})
            yield answer
            cursor = text(member(answer, "response_metadata"), "next_cursor")
            if not cursor:
                return
        log.warning("slack_list_cut_short", method=method, pages=pages)


def find_key(messages: list[SlackMessage], key: str, app_id: str) -> KeyLookup:
    """Find our message with `key`; one of another app with the same key is not ours."""
    for message in messages:
        if message.key == key and message.app_id == app_id:
            return Found(ts=message.ts, edited_ts=message.edited_ts)
    if any(message.is_tombstone for message in messages):
        return DeletionSeen()
    return Absent()


def as_heard(message: SlackMessage, channel: str, bot: BotIdentity) -> Received | Unsupported:
    """Return what a message read back says, as if it had been delivered late."""
    return parse_message(message.raw, channel, bot, found_late=True)


def _read_all(page: Mapping[str, object]) -> list[SlackMessage]:
    return [_read(raw) for raw in as_objects(page.get("messages")) if text(raw, "ts")]


def _read(raw: Mapping[str, object]) -> SlackMessage:
    metadata = member(raw, "metadata")
    ours = text(metadata, "event_type") == METADATA_EVENT_TYPE
    return SlackMessage(
        ts=Ts(text(raw, "ts")),
        app_id=text(raw, "app_id"),
        key=text(member(metadata, "event_payload"), "key") if ours else "",
        edited_ts=Ts(text(member(raw, "edited"), "ts")),
        is_tombstone=text(raw, "subtype") == "tombstone",
        raw=raw,
        latest_reply=Ts(text(raw, "latest_reply")),
    )


def _shown_name(record: Mapping[str, object]) -> str:
    profile = member(record, "profile")
    shown = text(profile, "display_name") or text(profile, "real_name")
    return shown or text(record, "real_name") or text(record, "name")


def _since(oldest: Ts | None) -> dict[str, object]:
    return {"oldest": oldest, "inclusive": True} if oldest else {}
