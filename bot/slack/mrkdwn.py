"""Slack's text dialect, outgoing. All text that is not ours is untrusted. Pure.

`Mrkdwn` is text that is safe in a `mrkdwn` field. It is made by the functions here alone, and the
builders in `blocks` take nothing else: a forgotten escape is a type error, not a ping to everyone.
"""

import re
from collections.abc import Iterable
from typing import LiteralString

from bot.ids import UserId
from bot.slack.chars import ELLIPSIS, JOINER, clean, cut, length, one_line, truncate
from bot.slack.limits import BUTTON_URL

__all__ = [
    "Mrkdwn",
    "code",
    "code_block",
    "escape",
    "group_mention",
    "joined",
    "link",
    "linkable",
    "mention",
    "mrkdwn",
    "neutralise",
    "one_line",
    "shorten",
    "truncate",
]

_LINK = re.compile(r"https?://[^\s<>|]+")
_USER = re.compile(r"[UW][A-Z0-9]+")
_GROUP = re.compile(r"S[A-Z0-9]+")
_FENCE = "```"

_TOKENS = re.compile(
    rf"<(?!{JOINER})(?="
    r"\\*[!@#]\\*(?!doctype\s)\w"  # <!channel>, <@U1>, <#C1>, <!subteam^S1>
    r"|[^\s<>|:]*:[^<>|]*\|[^<>]*>"  # <https://host|label>
    r"|[^\s<>|.]*\.[^\s<>|]*\|[^<>]*>"  # <host.example|label>
    r")",
    re.IGNORECASE,
)


class Mrkdwn(str):
    """Text for a `mrkdwn` field: what was untrusted in it is escaped."""

    __slots__ = ()


def escape(text: str) -> Mrkdwn:
    """Return plain `text` as it reads in a `mrkdwn` field: no mention, no link, no entity."""
    tidy = clean(text).replace("&", "&amp;")
    return Mrkdwn(tidy.replace("<", "&lt;").replace(">", "&gt;"))


def mrkdwn(template: LiteralString, /, **values: str) -> Mrkdwn:
    """Fill a template of ours, written in the code: plain values are escaped, safe ones kept.

    `mrkdwn("*{title}* by {who}", title=title, who=mention(user))`. Nothing can be forgotten: a
    template that is not a literal is a type error, and a value is escaped unless it is `Mrkdwn`.
    """
    return Mrkdwn(template.format(**{name: _safe(value) for name, value in values.items()}))


def joined(separator: LiteralString, parts: Iterable[Mrkdwn]) -> Mrkdwn:
    """Join safe parts with a separator of ours."""
    return Mrkdwn(separator.join(parts))


def mention(user: UserId) -> Mrkdwn:
    """Return a mention of `user`, which notifies them; what is no user id is only shown."""
    return Mrkdwn(f"<@{user}>") if _USER.fullmatch(user) else escape(user)


def group_mention(group: str) -> Mrkdwn:
    """Return a mention of a user group, which notifies its members; else it is only shown."""
    return Mrkdwn(f"<!subteam^{group}>") if _GROUP.fullmatch(group) else escape(group)


def linkable(url: str) -> bool:
    """Tell whether Slack takes `url` in a link or on a button."""
    return _LINK.fullmatch(url) is not None and length(url) <= BUTTON_URL


def link(url: str, label: str) -> Mrkdwn:
    """Return a link with a one-line label; only the label where `url` is not `linkable`."""
    words = escape(one_line(label, BUTTON_URL))
    return Mrkdwn(f"<{escape(url)}|{words}>") if linkable(url) and words else words


def code(text: str) -> Mrkdwn:
    """Return one line of `text` in code style.

    Slack has no escape for a backtick in code, so one is shown as U+02CB, its look-alike.
    """
    line = " ".join(clean(text).split()).replace("`", "\u02cb")
    return Mrkdwn(f"`{escape(line)}`" if line else "")


def code_block(text: str) -> Mrkdwn:
    """Return `text` as a code block; a fence inside it is broken by an invisible character."""
    body = escape(text.strip("\n")).replace(_FENCE, f"`{JOINER}`{JOINER}`")
    return Mrkdwn(f"{_FENCE}\n{body}\n{_FENCE}" if body else "")


def shorten(text: Mrkdwn, limit: int) -> Mrkdwn:
    """Cut `text` to `limit` characters with an ellipsis, never inside a token or an entity.

    A code block that was open at the cut is closed again.
    """
    if length(text) <= limit:
        return text
    closing = "\n" + _FENCE
    head = _whole_tokens(text, len(cut(text, limit - length(ELLIPSIS + closing))))
    end = closing if head.count(_FENCE) % 2 else ""
    return Mrkdwn(cut(head.rstrip() + ELLIPSIS + end, limit))


def neutralise(markdown: str) -> str:
    """Return untrusted Markdown for a `markdown` block, with Slack's own tokens made inert.

    Slack honours `<!channel>`, `<@U1>`, `<#C1>`, `<!subteam^S1>` and `<url|label>` there. Behind
    their `<` comes a WORD JOINER. Not `&lt;`: code would show it literally, and where code begins
    and ends for Slack we cannot be sure. Everything else stays as it is: `List<int>`, `a < b`,
    `<!-- -->`, `<!DOCTYPE html>`, `<https://autolinks>`. Applying it twice changes nothing more.
    """
    return _TOKENS.sub("<" + JOINER, clean(markdown))


def _whole_tokens(text: str, end: int) -> str:
    """Return `text[:end]` without a token, entity or run of backticks that goes on behind it."""
    head = text[:end]
    for opening, closing in (("<", ">"), ("&", ";")):
        start = head.rfind(opening)
        if start > head.rfind(closing):
            head = head[:start]
    return head.rstrip("`") if text[len(head) :].startswith("`") else head


def _safe(value: str) -> Mrkdwn:
    return value if isinstance(value, Mrkdwn) else escape(value)
