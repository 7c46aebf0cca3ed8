"""Payloads that Slack sends to the app: Events API events and interactions. Pure."""

import itertools

from bot.sandbox.slack.model import Bot, Channel, User
from bot.sandbox.slack.wire import JSON

_numbers = itertools.count(1)


def placed(channel: Channel, shape: JSON) -> JSON:
    """Return a message's shape as the event of its posting."""
    kind = "im" if channel.kind == "im" else "channel"
    return shape | {"channel": channel.id, "channel_type": kind, "event_ts": shape["ts"]}


def app_mention(channel: Channel, shape: JSON) -> JSON:
    """Return the second event of a message that mentions the bot; it has no `channel_type`."""
    return shape | {"type": "app_mention", "channel": channel.id, "event_ts": shape["ts"]}


def message_changed(channel: Channel, *, ts: str, new: JSON, old: JSON) -> JSON:
    """Return the event of an edit, or of a change to a root's reply counts."""
    change = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": ts}
    return placed(channel, change | {"message": new, "previous_message": old})


def message_deleted(channel: Channel, *, ts: str, old: JSON) -> JSON:
    """Return the event of a deletion."""
    change = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": ts}
    return placed(channel, change | {"deleted_ts": old["ts"], "previous_message": old})


def reaction_added(user: str, name: str, place: tuple[str, str], author: str, ts: str) -> JSON:
    """Return the event of a reaction; `place` is the message's channel and `ts`.

    It does not tell the thread.
    """
    item = {"type": "message", "channel": place[0], "ts": place[1]}
    event = {"type": "reaction_added", "user": user, "reaction": name, "item": item}
    return event | {"item_user": author, "event_ts": ts}


def is_of_people(payload: JSON) -> bool:
    """Whether a payload tells what a person did: no echo of the bot's own, no reply count."""
    event = payload.get("event")
    if event is None:
        return True  # a click, a command, a form
    message, before = event.get("message", event), event.get("previous_message", {})
    counts = event.get("subtype") == "message_changed" and message.get("text") == before.get("text")
    bots = {authorization["user_id"] for authorization in payload["authorizations"]}
    return not counts and "bot_id" not in message and message.get("user") not in bots


def event_callback(event: JSON, bot: Bot, now: float, *, shared: bool = False) -> JSON:
    """Return the wrapper that carries one event, with an `event_id` of its own.

    `shared`: it happened in a channel that another organisation is in.
    """
    authorization = {
        "enterprise_id": None,
        "team_id": bot.team_id,
        "user_id": bot.user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "sandbox-verification-token",
        "team_id": bot.team_id,
        "context_team_id": bot.team_id,
        "context_enterprise_id": None,
        "api_app_id": bot.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{next(_numbers):08d}",
        "event_time": int(now),
        "authorizations": [authorization],
        "is_ext_shared_channel": shared,
        "event_context": "4-sandbox",
    }


def interaction(kind: str, user: User, bot: Bot) -> JSON:
    """Return what every interaction payload carries, whatever was used."""
    person = {"id": user.id, "username": user.name, "name": user.name}
    person["team_id"] = user.team_id or bot.team_id
    return {
        "type": kind,
        "user": person,
        "api_app_id": bot.app_id,
        "token": "sandbox-verification-token",
        "trigger_id": f"{next(_numbers)}.{bot.team_id}.sandbox",
        "team": {"id": bot.team_id, "domain": bot.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "state": {"values": {}},
    }


def slash_command(channel: Channel, user: User, bot: Bot, words: tuple[str, str]) -> JSON:
    """Return the form of a slash command, all strings; `words` are the command and its text.

    It has no `thread_ts`: in a thread Slack offers no app's commands.
    """
    name = "directmessage" if channel.kind == "im" else channel.name
    return {
        "token": "sandbox-verification-token",
        "team_id": bot.team_id,
        "team_domain": bot.domain,
        "channel_id": channel.id,
        "channel_name": name,
        "user_id": user.id,
        "user_name": user.name,
        "command": words[0],
        "text": words[1],
        "api_app_id": bot.app_id,
        "is_enterprise_install": "false",
        "trigger_id": f"{next(_numbers)}.{bot.team_id}.sandbox",
    }


def container(*, channel: str, ts: str, thread_ts: str | None, ephemeral: bool) -> JSON:
    """Return where a clicked element is."""
    place: JSON = {"type": "message", "message_ts": ts, "channel_id": channel}
    place["is_ephemeral"] = ephemeral
    if thread_ts is not None:
        place["thread_ts"] = thread_ts
    return place
