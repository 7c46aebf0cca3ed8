"""What becomes of channels, from Slack's events. Pure, and never raises: as `bot.slack.parse`."""

from collections.abc import Callable, Mapping

from bot.slack.identity import BotIdentity
from bot.slack.inbound import ChannelClosed, ChannelMoved, Received, Unsupported
from bot.slack.shape import text

Json = Mapping[str, object]
Parsed = Received | Unsupported

_CLOSING = frozenset({"channel_archive", "channel_deleted", "channel_left"}) | frozenset(
    {"group_archive", "group_deleted", "group_left"}
)


def _moved_event(_body: Json, event: Json, _bot: BotIdentity) -> Parsed:
    old, new = text(event, "old_channel_id"), text(event, "new_channel_id")
    if not (old and new):
        return Unsupported(reason="malformed")
    return Received(input=ChannelMoved(old=old, new=new), marks=(f"moved:{old}:{new}",))


def _left_event(body: Json, event: Json, bot: BotIdentity) -> Parsed:
    if text(event, "user") != bot.bot_user_id:
        return Unsupported(reason="somebody else left")
    return _closed_event(body, event, bot)


def _closed_event(_body: Json, event: Json, _bot: BotIdentity) -> Parsed:
    channel, reason = text(event, "channel"), text(event, "type")
    if not channel:
        return Unsupported(reason="malformed")
    closed = ChannelClosed(channel=channel, reason=reason)
    when = text(event, "event_ts")
    return Received(input=closed, marks=(f"{reason}:{channel}:{when}",) if when else ())


CHANNEL_EVENTS: Mapping[str, Callable[[Json, Json, BotIdentity], Parsed]] = {
    "channel_id_changed": _moved_event,
    "member_left_channel": _left_event,
    **dict.fromkeys(_CLOSING, _closed_event),
}
"""How each of these events is read, from the whole body and from the event in it."""
