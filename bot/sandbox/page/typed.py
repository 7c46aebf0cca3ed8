"""What a person types, as Slack sends it on: escaped, with names and addresses as tokens. Pure."""

import re
from collections.abc import Iterable, Mapping

from bot.sandbox.slack.model import Channel, User

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])"
    r"|(?<![\w@])@(?P<person>\w[\w.-]*)"
    r"|(?<![\w#&])#(?P<channel>[a-z0-9][a-z0-9_-]*)"
)

Names = Mapping[str, str]
"""What a name stands for, by the name in lower case."""


def as_sent(text: str, people: Names, channels: Names) -> str:
    """Return `text` as the message's `text`; a name that nobody has stays as it is.

    Code is escaped and otherwise left alone, as Slack does.
    """
    parts = _CODE.split(_escape(text))
    return "".join(
        part if index % 2 else _TOKEN.sub(lambda m: _token(m, people, channels), part)
        for index, part in enumerate(parts)
    )


def names_of(users: Iterable[User]) -> dict[str, str]:
    """Return the ids of people by what they can be called."""
    return {
        called.lower(): user.id
        for user in users
        for called in (user.name, user.real_name, user.real_name.split(" ")[0])
        if called
    }


def channels_of(channels: Iterable[Channel]) -> dict[str, str]:
    """Return the ids of channels by their names."""
    return {channel.name: channel.id for channel in channels if channel.name}


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _token(found: re.Match[str], people: Names, channels: Names) -> str:
    url, person, channel = found["url"], found["person"], found["channel"]
    if url:
        return f"<{url}>"
    if person:
        known = people.get(person.lower().rstrip(".-"))
        rest = person[len(person.rstrip(".-")) :]
        return f"<@{known}>{rest}" if known else found[0]
    return f"<#{channels[channel]}|{channel}>" if channel in channels else found[0]
