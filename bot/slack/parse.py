"""Slack payloads into `SlackInput`. Pure, and never raises: what is odd is `Unsupported`.

Payload shapes: Slack's references of the Events API (`message` and its subtypes), `block_actions`,
slash commands and file objects.
"""

import re
from collections.abc import Callable, Mapping

from bot.ids import ThreadRef, Ts, UserId
from bot.slack.identity import BotIdentity
from bot.slack.inbound import (
    Clicked,
    Deleted,
    Edited,
    FileRef,
    Heard,
    Outsider,
    Reacted,
    Received,
    SessionStopped,
    SlashCommand,
    Unsupported,
)
from bot.slack.parse_channels import CHANNEL_EVENTS
from bot.slack.parse_views import clicked_in_view, value_of
from bot.slack.shape import NOTHING, as_objects, member, text

Json = Mapping[str, object]
Parsed = Received | Unsupported

_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_SPOKEN = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""The subtypes of `message` in which a person says something."""
_SLACKBOT = "USLACKBOT"
_STOP_REACTION = "x"
_LONGEST_ID = 64
"""Characters of a channel's id, which is logged; Slack's own have a dozen."""
_LARGEST = 2**53
"""Larger numbers are no sizes, and JSON does not keep them."""


def parse_event(body: Json, bot: BotIdentity) -> Parsed:
    """Read one Events API body (`event_callback`)."""
    event = member(body, "event")
    parser = _EVENTS.get(text(event, "type"))
    if parser is None:
        return Unsupported(reason="an event we do not act on")
    return _with_event_mark(parser(body, event, bot), text(body, "event_id"))


def parse_action(body: Json, bot: BotIdentity) -> Parsed:
    """Read one `block_actions` body: the click on a button of ours, or a menu's choice."""
    actions = as_objects(body.get("actions"))
    action = actions[0] if actions else NOTHING
    in_view = text(member(body, "container"), "type") == "view"
    click = clicked_in_view(body, action) if in_view else _clicked(body, action)
    if isinstance(click, Unsupported):
        return click
    home = text(member(body, "user"), "team_id")
    if bot.is_foreign(home, shared=bot.enterprise_id is None):
        return Outsider(user=click.user, channel=click.thread.channel, root=click.thread.root)
    where = click.message_ts or text(member(body, "view"), "id")
    marks = [f"click:{click.user}:{where}:{click.action_id}:{click.action_ts}"]
    if trigger := text(body, "trigger_id"):
        marks.append(f"trigger:{trigger}")
    return Received(input=click, marks=tuple(marks))


def parse_command(body: Json, bot: BotIdentity) -> SlashCommand | Unsupported:
    """Read one slash command, a form whose values are strings."""
    channel = text(body, "channel_id")
    command = SlashCommand(
        user=UserId(text(body, "user_id")),
        channel=channel,
        channel_name=text(body, "channel_name"),
        team=text(body, "team_id"),
        command=text(body, "command"),
        text=text(body, "text"),
        trigger_id=text(body, "trigger_id"),
        is_dm=channel.startswith("D"),
    )
    named = command.user and command.channel and command.command and command.trigger_id
    if not named or len(channel) > _LONGEST_ID:
        return Unsupported(reason="malformed")
    if bot.is_foreign(command.team, shared=bot.enterprise_id is None):
        return Unsupported(reason="external user")
    return command


def parse_message(
    message: Json, channel: str, bot: BotIdentity, *, shared: bool = False, found_late: bool = False
) -> Parsed:
    """Read one message, from an event or from the history of `channel`.

    `shared` says that the channel is known to be shared with another organisation.
    """
    if refusal := _refusal(message, bot):
        return Unsupported(reason=refusal)
    user, ts, said = UserId(text(message, "user")), text(message, "ts"), text(message, "text")
    thread = _thread(channel, text(message, "thread_ts") or ts)
    if thread is None or not (user and _is_ts(ts)):
        return Unsupported(reason="malformed")
    dm, mentioned = channel.startswith("D"), mentions(said, bot.bot_user_id)
    if bot.is_foreign(_home(message, shared=shared), shared=shared):
        if not (dm or mentioned):
            return Unsupported(reason="external user")
        root = Ts("" if thread.root == ts else thread.root)
        return Outsider(user=user, channel=channel, root=root)
    heard = Heard(
        thread=thread,
        user=user,
        ts=Ts(ts),
        text=said,
        dm=dm,
        mentions_bot=mentioned,
        files=_files(message),
        found_late=found_late,
    )
    return Received(input=heard, marks=(_message_mark(channel, ts),))


def edit_of(heard: Heard, edited_ts: str, *, mentioned_before: bool) -> Received:
    """Return the edit after which a message says what is `heard`."""
    edited = Edited(
        thread=heard.thread,
        user=heard.user,
        ts=heard.ts,
        edited_ts=Ts(edited_ts),
        text=heard.text,
        dm=heard.dm,
        mentions_bot=heard.mentions_bot,
        mentioned_before=mentioned_before,
        files=heard.files,
    )
    return Received(input=edited, marks=(f"edit:{heard.thread.channel}:{heard.ts}:{edited_ts}",))


def mentions(said: str, user: UserId) -> bool:
    """Tell whether a message's text, as Slack sends it, mentions `user`."""
    return f"<@{user}>" in said or f"<@{user}|" in said


def _message_event(body: Json, event: Json, bot: BotIdentity) -> Parsed:
    channel = text(event, "channel")
    match text(event, "subtype"):
        case "message_changed":
            return _changed(body, event, bot)
        case "message_deleted":
            previous = member(event, "previous_message")
            return _deleted(channel, text(event, "deleted_ts"), previous, bot)
        case _ if event.get("hidden"):
            return Unsupported(reason="hidden")
        case _:
            return parse_message(event, channel, bot, shared=_is_shared(body))


def _changed(body: Json, event: Json, bot: BotIdentity) -> Parsed:
    channel, message = text(event, "channel"), member(event, "message")
    previous, edited_ts = member(event, "previous_message"), text(member(message, "edited"), "ts")
    if text(message, "subtype") == "tombstone":  # a root with replies: deleted, not changed
        return _deleted(channel, text(message, "ts"), {**message, **previous}, bot)
    if not _is_ts(edited_ts) or text(previous, "text") == text(message, "text"):
        # Slack also says "changed" when a reply count moves or a link is unfurled.
        return Unsupported(reason="nothing changed in the text")
    parsed = parse_message(message, channel, bot, shared=_is_shared(body))
    if not isinstance(parsed, Received) or not isinstance(parsed.input, Heard):
        return parsed
    heard, before = parsed.input, mentions(text(previous, "text"), bot.bot_user_id)
    edit = edit_of(heard, edited_ts, mentioned_before=before)
    # As of a deletion: taken away, the mention at the top of a channel starts nothing any more.
    withdrawn = before and not (heard.mentions_bot or heard.dm) and heard.ts == heard.thread.root
    seals = (_message_mark(channel, heard.ts),) if withdrawn else ()
    return edit.model_copy(update={"seals": seals})


def _deleted(channel: str, ts: str, message: Json, bot: BotIdentity) -> Parsed:
    thread = _thread(channel, text(message, "thread_ts") or ts)
    if thread is None or not _is_ts(ts):
        return Unsupported(reason="malformed")
    of_person = text(message, "user") not in ("", bot.bot_user_id, "USLACKBOT")
    gone = Deleted(thread=thread, ts=Ts(ts), of_person=of_person)
    to_bot = channel.startswith("D") or mentions(text(message, "text"), bot.bot_user_id)
    # Its own delivery may have failed, and be repeated when nobody wants it any more. A reply may
    # be to the bot in a thread that begins with another delivery.
    seals = (_message_mark(channel, ts),) if to_bot or thread.root != ts else ()
    return Received(input=gone, marks=(f"delete:{channel}:{ts}",), seals=seals)


def _message_mark(channel: str, ts: str) -> str:
    return f"message:{channel}:{ts}"


def _stopped_event(_body: Json, event: Json, _bot: BotIdentity) -> Parsed:
    channel, user, when = text(event, "channel"), text(event, "user"), text(event, "event_ts")
    thread = _thread(channel, text(event, "thread_ts"))
    if thread is None or not user:
        return Unsupported(reason="malformed")
    pressed = Ts(when if _is_ts(when) else "")
    stopped = SessionStopped(thread=thread, user=UserId(user), ts=pressed)
    return Received(input=stopped, marks=(f"stopped:{thread.key()}:{when}",) if when else ())


def _reacted_event(_body: Json, event: Json, bot: BotIdentity) -> Parsed:
    item, user, when = member(event, "item"), text(event, "user"), text(event, "event_ts")
    if text(event, "reaction") != _STOP_REACTION or text(item, "type") != "message":
        return Unsupported(reason="a reaction that means nothing to us")
    if user == bot.bot_user_id:
        return Unsupported(reason="our own")
    ts = text(item, "ts")
    place = _thread(text(item, "channel"), ts)
    if place is None or not (user and _is_ts(when)):
        return Unsupported(reason="malformed")
    reacted = Reacted(thread=place, user=UserId(user), ts=Ts(ts), at=Ts(when))
    return Received(input=reacted, marks=(f"reacted:{place.key()}:{user}:{when}",))


_EVENTS: Mapping[str, Callable[[Json, Json, BotIdentity], Parsed]] = {
    "message": _message_event,
    "app_mention": _message_event,
    "agent_session_stopped": _stopped_event,
    "reaction_added": _reacted_event,
    **CHANNEL_EVENTS,
}


def _clicked(body: Json, action: Json) -> Clicked | Unsupported:
    container = member(body, "container")
    message_ts = text(container, "message_ts")
    channel = text(container, "channel_id") or text(member(body, "channel"), "id")
    root = text(container, "thread_ts") or text(member(body, "message"), "thread_ts")
    thread = _thread(channel, root or message_ts)
    user, action_ts = text(member(body, "user"), "id"), text(action, "action_ts")
    if thread is None or not (user and _is_ts(message_ts) and _is_ts(action_ts)):
        return Unsupported(reason="not a click on a message")
    value = value_of(action)
    if not value:
        return Unsupported(reason="a link, or a button without a value")
    return Clicked(
        thread=thread,
        user=UserId(user),
        action_id=text(action, "action_id"),
        value=value,
        message_ts=Ts(message_ts),
        action_ts=Ts(action_ts),
    )


def _refusal(message: Json, bot: BotIdentity) -> str:
    """Return why no person said this, or not yet; or an empty string."""
    user, bot_id = text(message, "user"), text(message, "bot_id")
    if bot.is_author(user, bot_id):
        return "our own"
    if bot_id or message.get("bot_profile") or user == _SLACKBOT:
        return "another bot"
    if text(message, "subtype") not in _SPOKEN:
        return "a service message"
    if text(message, "streaming_state") == "in_progress":
        return "still streaming"
    return ""


def _home(message: Json, *, shared: bool) -> str:
    """Return the workspace of who said it, as far as Slack tells."""
    home = text(message, "user_team") or text(message, "source_team")
    return home or (text(message, "team") if shared else "")


def _is_shared(body: Json) -> bool:
    return body.get("is_ext_shared_channel") is True


def _is_ts(value: str) -> bool:
    return _TS.fullmatch(value) is not None


def _thread(channel: str, root: str) -> ThreadRef | None:
    return ThreadRef(channel=channel, root=Ts(root)) if channel and _is_ts(root) else None


def _files(message: Json) -> tuple[FileRef, ...]:
    return tuple(_file(file) for file in as_objects(message.get("files")))


def _file(file: Json) -> FileRef:
    size = file.get("size")
    return FileRef(
        id=text(file, "id"),
        name=text(file, "name") or text(file, "title") or text(file, "id"),
        mimetype=text(file, "mimetype"),
        filetype=text(file, "filetype"),
        size=size if isinstance(size, int) and 0 <= size < _LARGEST else -1,
        url=text(file, "url_private_download") or text(file, "url_private"),
    )


def _with_event_mark(parsed: Parsed, event_id: str) -> Parsed:
    if isinstance(parsed, Unsupported) or not event_id:
        return parsed
    return parsed.model_copy(update={"marks": (f"event:{event_id}", *parsed.marks)})
