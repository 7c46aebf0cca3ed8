"""Incoming message text: Slack's tokens turned into what a person reads. Pure; never raises.

Slack escapes `&`, `<` and `>` that people type, so every `<...>` here is a token of Slack's.
"""

import re
from collections.abc import Iterable, Mapping

from bot.ids import UserId

_USER = r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>"
_MENTION = re.compile(_USER)
_CHANNEL = re.compile(r"<#([CDG][A-Z0-9]+)(?:\|[^<>]*)?>")
_TOKEN = re.compile(r"<([^<>]+)>|&(amp|lt|gt);")
_TO_SEVERAL = ("<!subteam^", "<!here", "<!channel", "<!everyone")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


def mentioned_users(text: str) -> tuple[UserId, ...]:
    """Return the users mentioned, each once, in order."""
    return tuple(UserId(user) for user in _once(_MENTION.findall(text)))


def mentioned_channels(text: str) -> tuple[str, ...]:
    """Return the ids of the channels mentioned, each once, in order."""
    return tuple(_once(_CHANNEL.findall(text)))


def starts_with_mention_of(text: str) -> UserId | None:
    """Return the user whose mention begins the text, white space aside."""
    first = _MENTION.match(text.lstrip())
    return UserId(first.group(1)) if first else None


def is_to_other(text: str, *, bot: UserId) -> bool:
    """Whether a message begins by mentioning somebody else than the bot, or several people."""
    first = starts_with_mention_of(text)
    to_person = first is not None and first != bot
    return to_person or text.lstrip().startswith(_TO_SEVERAL)


def readable(
    text: str, *, bot: UserId, users: Mapping[str, str], channels: Mapping[str, str]
) -> str:
    """Return `text` as plain text for a reader who does not know Slack.

    The bot's own mention goes; other people, channels and groups become `@name` and `#name`
    (`users` and `channels` map ids to names; an unknown id is shown as it is), links become
    `label (url)`, dates their fallback. Escapes are undone in the same single pass, so that
    nothing is undone twice. White space inside is kept, for code.
    """

    def said(match: re.Match[str]) -> str:
        token, entity = match.groups()
        if entity:
            return _ENTITIES[entity]
        return _spoken(token, users=users, channels=channels)

    return _TOKEN.sub(said, _without(bot, text)).strip()


def _without(bot: UserId, text: str) -> str:
    """Remove the bot's mentions, each with the punctuation or the space that it leaves behind."""
    own = rf"<@{re.escape(bot)}(?:\|[^<>]*)?>"
    # From the first space of each run only: from every one of them, a long run takes seconds.
    spaced = rf"(?<![ \t])[ \t]*{own}"
    text = re.sub(rf"^[ \t]*{own}(?:[ \t]*[,:](?=\s|$))?[ \t]*", "", text, flags=re.MULTILINE)
    text = re.sub(rf"{spaced}(?=[ \t]*(?:[,.;:!?)]|$))", "", text, flags=re.MULTILINE)
    return re.sub(rf"{spaced}[ \t]*", " ", text)


def _spoken(token: str, *, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return what a token's inside, such as `@U1|ann` or `https://host|label`, says."""
    target, bar, label = (_unescaped(part) for part in token.partition("|"))
    match target[:1]:
        case "@":
            return "@" + (users.get(target[1:]) or label or target[1:]).removeprefix("@")
        case "#":
            return "#" + (channels.get(target[1:]) or label or target[1:]).removeprefix("#")
        case "!":
            return _special(target[1:], label)
        case _:
            return _link(target, label) if bar else target


def _special(command: str, label: str) -> str:
    """Return what `<!here>`, `<!subteam^S1|@ops>` or `<!date^...|fallback>` says."""
    if label:
        return label
    name, _, argument = command.partition("^")
    return "@" + (argument if name == "subteam" else name)


def _link(url: str, label: str) -> str:
    """Return `label (url)`, or one of the two where the other says nothing new."""
    if not label:
        return url
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    if label in {bare, bare.removeprefix("http://"), bare.removeprefix("https://")}:
        return url if label == url else label
    return f"{label} ({url})"


def _unescaped(text: str) -> str:
    return re.sub("&(amp|lt|gt);", lambda match: _ENTITIES[match.group(1)], text)


def _once(items: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(items)
