"""What people do in views: clicks in a modal or in the App Home, and submitted forms.

Pure, and never raises: what is odd is `Unsupported`. A view has no thread of its own: ours carry
the value of a button, which names one. Payload shapes: Slack's references of `block_actions` and
`view_submission`.
"""

import hashlib
from collections.abc import Mapping

from bot.errors import MalformedInput
from bot.ids import ButtonValue, ThreadRef, Ts, UserId
from bot.slack.identity import BotIdentity
from bot.slack.inbound import LATER, Clicked, Outsider, Received, Unsupported
from bot.slack.shape import member, text
from bot.slack.views import HOME, WORDS

Json = Mapping[str, object]


def value_of(action: Json) -> str:
    """Return the value of a clicked button, or of what was chosen from a menu."""
    return text(action, "value") or text(member(action, "selected_option"), "value")


def home_opened_by(body: Json, bot: BotIdentity) -> UserId | None:
    """Return who has opened the Home tab, by one Events API body; None for any other event."""
    event = member(body, "event")
    if text(event, "type") != "app_home_opened" or text(event, "tab") != "home":
        return None
    if text(body, "team_id") not in ("", bot.team_id) and bot.enterprise_id is None:
        return None
    return UserId(text(event, "user")) or None


def clicked_in_view(body: Json, action: Json) -> Clicked | Unsupported:
    """Read a click on one of our buttons in a view."""
    view, value = member(body, "view"), value_of(action)
    user, thread = text(member(body, "user"), "id"), _thread_in(value)
    if thread is None or not user:
        return Unsupported(reason="not a click on a button of ours")
    modal = text(view, "id") if text(view, "type") == "modal" else ""
    home = text(view, "type") == "home" or text(view, "private_metadata") == HOME
    return Clicked(
        thread=thread,
        user=UserId(user),
        action_id=text(action, "action_id"),
        value=value,
        message_ts=Ts(""),
        action_ts=Ts(text(action, "action_ts")),
        view_id=modal,
        in_home=home,
    )


def parse_submission(body: Json, bot: BotIdentity) -> Received | Unsupported:
    """Read one `view_submission` body: a form of ours that somebody filled in."""
    view, user = member(body, "view"), text(member(body, "user"), "id")
    value = text(view, "private_metadata")
    meant = _value_in(value)
    thread = _thread_in(value)
    if thread is None or not (user and text(view, "id")):
        return Unsupported(reason="not a form of ours")
    home = text(member(body, "user"), "team_id")
    if bot.is_foreign(home, shared=bot.enterprise_id is None):
        return Outsider(user=UserId(user), channel=thread.channel, root=thread.root)
    submitted = Clicked(
        v=LATER,
        thread=thread,
        user=UserId(user),
        action_id=text(view, "callback_id"),
        value=value,
        message_ts=Ts(""),
        action_ts=Ts(""),
        words=_entered(view),
        in_home=meant is not None and meant.home,
    )
    return Received(input=submitted, marks=(_mark_of(text(view, "id"), submitted.words),))


def _mark_of(view_id: str, words: str) -> str:
    """Return what is the same when a form is sent again because it may not have been stored.

    The trigger is another one then. With other words it is another answer: if the first one was
    stored after all, the person has to hear that it is the one that counts.
    """
    return f"form:{view_id}:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _entered(view: Json) -> str:
    field = member(member(member(member(view, "state"), "values"), WORDS), WORDS)
    return text(field, "value").strip()


def _value_in(value: str) -> ButtonValue | None:
    try:
        return ButtonValue.decode(value)
    except MalformedInput:
        return None


def _thread_in(value: str) -> ThreadRef | None:
    meant = _value_in(value)
    try:
        return ThreadRef.parse(meant.thread) if meant else None
    except MalformedInput:
        return None
