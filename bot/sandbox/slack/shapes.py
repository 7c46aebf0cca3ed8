"""How the things of a workspace look in JSON. Pure."""

import mimetypes

from bot.sandbox.slack.model import Bot, Channel, Ephemeral, File, Message, User
from bot.sandbox.slack.wire import JSON

UNKNOWN_TYPE = "application/octet-stream"
"""The type of a file whose name says nothing."""

CREATED = 1_600_000_000
"""When everything that was there from the start was made, seconds since the epoch."""


def user_shape(user: User, team_id: str) -> JSON:
    """Return a user as `users.info` does."""
    profile = {"real_name": user.real_name, "display_name": user.name, "team": team_id}
    return {
        "id": user.id,
        "team_id": team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "tz": "Etc/UTC",
        "profile": profile,
    }


def channel_shape(channel: Channel, bot: Bot) -> JSON:
    """Return a channel or direct message as `conversations.info` does."""
    if channel.kind == "im":
        person = next((each for each in channel.members if each != bot.user_id), "")
        return {"id": channel.id, "created": CREATED, "is_im": True, "user": person}
    return {
        "id": channel.id,
        "name": channel.name,
        "created": CREATED,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_member": bot.user_id in channel.members,
        "is_ext_shared": False,
        "num_members": len(channel.members),
        "context_team_id": bot.team_id,
    }


def file_shape(file: File, url: str) -> JSON:
    """Return a file without its shares, as completion and messages show it."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE,
        "filetype": file.snippet_type or file.name.rpartition(".")[2],
        "user": file.user,
        "size": file.length,
        "mode": "snippet" if file.snippet_type else "hosted",
        "is_external": False,
        "url_private": url,
        "url_private_download": f"{url}/download",
    }


def shares_shape(file: File) -> JSON:
    """Return `files[].shares`: by visibility and channel, where the file was shown."""
    public: dict[str, list[JSON]] = {}
    for share in file.shares:
        place: JSON = {"ts": share.ts}
        if share.thread_ts is not None:
            place["thread_ts"] = share.thread_ts
        public.setdefault(share.channel, []).append(place)
    return {"public": public} if public else {}


def bot_profile(bot: Bot) -> JSON:
    """Return what names the app on each of its messages."""
    return {
        "id": bot.bot_id,
        "app_id": bot.app_id,
        "user_id": bot.user_id,
        "name": bot.name,
        "team_id": bot.team_id,
        "deleted": False,
        "updated": CREATED,
    }


def thread_shape(root: Message) -> JSON:
    """Return what a root says about its thread; empty without replies."""
    replies = root.live_replies()
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": root.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": True,
    }


def tombstone_shape(root: Message) -> JSON:
    """Return what is left of a deleted root that has replies."""
    return {
        "type": "message",
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "hidden": True,
        "text": "This message was deleted.",
        "ts": root.ts,
        **thread_shape(root),
    }


def message_shape(message: Message, bot: Bot, *, root: Message | None = None) -> JSON:
    """Return a message as history, replies and events show it, without metadata and files.

    `root` is the thread's root of a reply.
    """
    if message.deleted:
        return tombstone_shape(message)
    shape: JSON = {"type": "message", "user": message.user, "text": message.text}
    shape |= {"ts": message.ts, "team": bot.team_id, **thread_shape(message)}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts is not None:
        shape["thread_ts"] = message.thread_ts
        shape["parent_user_id"] = root.user if root else ""
    return shape | _author_shape(message, bot) | _marks_shape(message)


def _author_shape(message: Message, bot: Bot) -> JSON:
    if message.from_bot:
        profile = bot_profile(bot)
        return {"bot_id": bot.bot_id, "app_id": bot.app_id, "bot_profile": profile}
    return {"client_msg_id": f"client-{message.channel}-{message.ts}"}


def _marks_shape(message: Message) -> JSON:
    marks: JSON = {}
    if message.edited is not None:
        marks["edited"] = {"user": message.edited.user, "ts": message.edited.ts}
    if message.reactions:
        marks["reactions"] = reactions_shape(message)
    return marks


def reactions_shape(message: Message) -> list[JSON]:
    """Return `message.reactions`."""
    return [
        {"name": name, "users": list(users), "count": len(users)}
        for name, users in message.reactions.items()
    ]


def ephemeral_shape(ephemeral: Ephemeral, bot: Bot) -> JSON:
    """Return the little Slack tells about an ephemeral message in a click: no content."""
    return {"type": "message", "ts": ephemeral.ts, "user": bot.user_id, "app_id": bot.app_id}
