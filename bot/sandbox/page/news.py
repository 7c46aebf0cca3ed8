"""What of the workspace one page has not been shown yet."""

from collections.abc import Iterator

from bot.sandbox.slack.modals import Modal
from bot.sandbox.slack.model import Channel, Ephemeral, Message, User
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.wire import JSON

Mark = tuple[object, ...]
"""What changes whenever a thing looks different; cheap, since thousands are compared."""


class News:
    """Remembers what was told; the first time, that is everything."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._workspace = slack.workspace
        self._modals = slack.modals.modals
        self._messages: dict[tuple[str, str], Mark] = {}
        self._ephemerals = 0
        self._places: list[JSON] = []
        self._people: list[JSON] = []
        self._groups: dict[str, str] = {}
        self._open: list[JSON] = []
        self._homes = slack.homes
        self._at_home: dict[str, int] = {}

    def collect(self) -> JSON:
        """Return what is new since the last time, by kind; a kind without news is not there."""
        people = [person_shape(each) for each in self._workspace.users.values()]
        places = [place_shape(each) for each in self._workspace.channels.values()]
        modals = [modal_shape(each) for each in self._modals.values() if each.is_open]
        groups = {**self._workspace.group_handles}
        told: JSON = {  # names before the messages that use them
            "people": people if people != self._people else [],
            "groups": groups if groups != self._groups else {},
            "channels": places if places != self._places else [],
            "messages": [*self._new_messages()],
            "ephemerals": self._new_ephemerals(),
        }
        self._people, self._places, self._groups = people, places, groups
        told = {kind: entries for kind, entries in told.items() if entries}
        if modals != self._open:
            told["modals"] = self._open = modals  # an empty list is news too: all are closed
        if self._at_home != self._homes.published:
            self._at_home = {**self._homes.published}
            told["homes"] = [
                {"for": user, "view": view} for user, view in self._homes.views.items()
            ]
        return told

    def _new_messages(self) -> Iterator[JSON]:
        for channel in self._workspace.channels.values():
            for message in channel.messages.values():
                place, mark = (channel.id, message.ts), self._mark(channel, message)
                if self._messages.get(place) != mark:
                    self._messages[place] = mark
                    yield self._shown(channel, message)

    def _mark(self, channel: Channel, message: Message) -> Mark:
        replies = message.replies
        return (
            message.edits,
            message.deleted,
            len(replies) and (len(replies), sum(reply.deleted for reply in replies)),
            message.reactions and [(name, len(who)) for name, who in message.reactions.items()],
            len(self._workspace.sessions.get((channel.id, message.ts), ())),
        )

    def _shown(self, channel: Channel, message: Message) -> JSON:
        shape = self._workspace.shape(channel, message) | {"channel": channel.id}
        if message.deleted and not message.live_replies():
            return {"channel": channel.id, "ts": message.ts, "gone": True}
        return shape

    def _new_ephemerals(self) -> list[JSON]:
        start, self._ephemerals = self._ephemerals, len(self._workspace.ephemerals)
        new = self._workspace.ephemerals[start:]
        return [ephemeral_shape(each, self._workspace.bot.user_id) for each in new]


def person_shape(user: User) -> JSON:
    """Return a person as the page names them."""
    return {"id": user.id, "name": user.name, "realName": user.real_name, "isBot": user.is_bot}


def place_shape(channel: Channel) -> JSON:
    """Return a channel or direct message as the page lists it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": [*channel.members],
        "archived": channel.is_archived,
    }


def modal_shape(modal: Modal) -> JSON:
    """Return a modal that somebody sees; `key` changes with its content."""
    key = f"{modal.id}-{modal.versions}"
    return {"id": modal.id, "key": key, "for": modal.user, "view": modal.view}


def ephemeral_shape(shown: Ephemeral, bot: str) -> JSON:
    """Return a message that one person sees."""
    return {
        "channel": shown.channel,
        "ts": shown.ts,
        "thread_ts": shown.thread_ts,
        "user": bot,
        "for": shown.user,
        "text": shown.text,
        "blocks": shown.blocks,
    }
