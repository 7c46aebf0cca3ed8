"""What people do in the sandbox, and what can be seen of it: the tests' and the demo's side."""

from collections.abc import Iterable

from bot.sandbox.slack import events, shapes
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.in_modals import InModals, element_of
from bot.sandbox.slack.model import Channel, Ephemeral, File, Message, SessionStatus, User
from bot.sandbox.slack.responses import ResponseUrls
from bot.sandbox.slack.wire import JSON
from bot.sandbox.slack.workspace import Draft

COMMANDS = frozenset({"/neo"})
"""The slash commands of the app's manifest."""


class People(InModals):
    """Acts as the people of a workspace.

    What people do is journalled at once and delivered to the app in the background. Channels and
    messages are named by their ids; a wrong one raises `Refused`.
    """

    _responses: ResponseUrls

    def add_user(self, user: str, name: str, real_name: str = "", *, team_id: str = "") -> str:
        """Add a person and return the id; `team_id` is the workspace of one from elsewhere."""
        self.workspace.users[user] = User(user, name, real_name or name.title(), team_id=team_id)
        return user

    def add_channel(
        self, channel: str, name: str, members: Iterable[str] = (), *, bot_is_member: bool = True
    ) -> str:
        """Add a public channel and return the id."""
        bot = [self.workspace.bot.user_id] if bot_is_member else []
        self.workspace.channels[channel] = Channel(channel, name, members=[*members, *bot])
        return channel

    def set_group(self, group: str, members: Iterable[str], handle: str = "") -> str:
        """Let a user group, made where there is none, have these members; return the id.

        `handle`: by which it is mentioned; unless given, made of the id.
        """
        known = self.workspace.group_handles.get(group, group.lower())
        self.workspace.group_handles[group] = handle or known
        self.workspace.groups[group] = [self.workspace.user(user).id for user in members]
        return group

    def dm(self, user: str) -> str:
        """Return the id of the direct message between a person and the bot."""
        return self.workspace.open_dm(user).id

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: Iterable[tuple[str, bytes]] = (),
    ) -> str:
        """Post a person's message and return its `ts`.

        `text` is as Slack would send it: escaped, mentions as `<@U...>`. `files` are names with
        their bytes.
        """
        place = self.workspace.channel(channel)
        draft = Draft(text, files=[self._file(user, *each) for each in files])
        return self.workspace.post(place, self._member(place, user), draft, thread_ts).ts

    async def command(
        self, user: str, channel: str, command: str, text: str = "", **more: str
    ) -> Delivery:
        """Type a slash command and return the delivery, whose ack has what the person reads.

        `text` is as Slack would send it; `more` are further fields of the form, such as those of
        an Enterprise Grid. There are no commands in threads, and none but the app's own: any other
        raises `LookupError`.
        """
        if command not in COMMANDS:
            raise LookupError(f"{command} is not a valid command")
        place = self.workspace.channel(channel)
        person = self.workspace.user(self._member(place, user))
        form = events.slash_command(place, person, self.workspace.bot, (command, text))
        form["response_url"] = self._responses.issue(place.id, user)
        self.modals.arm(form["trigger_id"], user)
        return self._deliveries.offer("slash_commands", form | more)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change a person's own message."""
        place, message = self._own(user, channel, ts)
        self.workspace.edit(place, message, Draft(text), user)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete a person's own message."""
        self.workspace.delete(*self._own(user, channel, ts))

    async def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add a person's reaction, or take it away where it is, of which the app hears nothing."""
        place = self.workspace.channel(channel)
        message = self.workspace.message(place, ts)
        if user in message.reactions.get(name, ()):
            self.workspace.unreact(message, user, name)
        else:
            self.workspace.react(place, message, user, name)

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        *,
        value: str | None = None,
    ) -> Delivery:
        """Press a button and return the delivery, whose ack can be waited for.

        With `value`, the click comes from an old view of the message: the button need not be there
        any more. Raises `LookupError` when there is no such element, or no such message.
        """
        target = self._shown(channel, message_ts)
        element = element_of(target.blocks, action_id, value)
        return self._act(user, channel, target, element)

    async def choose(
        self, user: str, channel: str, message_ts: str, action_id: str, label: str
    ) -> Delivery:
        """Choose an option of a menu by its label, and return the delivery.

        Raises `LookupError` when there is no such menu, option or message.
        """
        target = self._shown(channel, message_ts)
        element = element_of(target.blocks, action_id, None)
        options: list[JSON] = element.pop("options", [])
        for option in options:
            if option["text"]["text"] == label:
                return self._act(user, channel, target, element | {"selected_option": option})
        raise LookupError(f"no option {label!r} in {action_id}")

    def _shown(self, channel: str, ts: str) -> Message | Ephemeral:
        return self.workspace.channel(channel).messages.get(ts) or self._ephemeral(channel, ts)

    def _act(self, user: str, channel: str, target: Message | Ephemeral, element: JSON) -> Delivery:
        place = self.workspace.channel(channel)
        action_ts = place.stamp(self.workspace.clock.now())
        payload = events.interaction("block_actions", self.workspace.user(user), self.workspace.bot)
        self.modals.arm(payload["trigger_id"], user)
        payload["actions"] = [element | {"action_ts": action_ts}]
        payload["channel"] = {"id": place.id, "name": place.name or "directmessage"}
        payload["response_url"] = self._responses.issue(place.id, user)
        return self._deliveries.offer("interactive", payload | self._target(place, target))

    async def stop(self, user: str, channel: str, thread_ts: str) -> None:
        """Press Slack's own stop button of an agent session."""
        place = self.workspace.channel(channel)
        event = {"type": "agent_session_stopped", "channel": channel, "user": user}
        event |= {"thread_ts": thread_ts, "streaming_message_ts": []}
        event["event_ts"] = place.stamp(self.workspace.clock.now())
        self.workspace.hear(place, event)

    async def archive(self, channel: str, by: str = "") -> None:
        """Archive a channel in the name of user `by`."""
        self.workspace.archive(self.workspace.channel(channel), by)

    async def remove_bot(self, channel: str) -> None:
        """Remove the bot from a channel; it hears of that and of nothing more there."""
        place = self.workspace.channel(channel)
        self.workspace.remove_member(place, self.workspace.bot.user_id)

    async def add_bot(self, channel: str) -> None:
        """Invite the bot to a channel."""
        place = self.workspace.channel(channel)
        self.workspace.add_member(place, self.workspace.bot.user_id)

    async def move_channel(self, channel: str, new: str) -> None:
        """Give a channel a new id, as a migration does; the old one is gone."""
        self.workspace.move_channel(self.workspace.channel(channel), new)

    def messages(self, channel: str) -> list[Message]:
        """Return every message of a channel, oldest first: roots, replies and deleted ones."""
        return [*self.workspace.channel(channel).messages.values()]

    def thread(self, channel: str, root_ts: str) -> list[Message]:
        """Return a root and its replies, oldest first, deleted ones too."""
        root = self.workspace.channel(channel).messages[root_ts]
        return [root, *root.replies]

    def message(self, channel: str, ts: str) -> Message:
        """Return one message.

        Raises `KeyError`.
        """
        return self.workspace.channel(channel).messages[ts]

    def reactions(self, channel: str, ts: str) -> set[str]:
        """Return the names of a message's reactions."""
        return set(self.message(channel, ts).reactions)

    @property
    def ephemerals(self) -> list[Ephemeral]:
        """Every message shown to one person, oldest first."""
        return self.workspace.ephemerals

    @property
    def sessions(self) -> dict[tuple[str, str], list[SessionStatus]]:
        """The statuses that were set, by channel and root `ts`, oldest first."""
        return self.workspace.sessions

    @property
    def deliveries(self) -> list[Delivery]:
        """Every payload for the app, oldest first."""
        return self._deliveries.journal

    def _file(self, user: str, name: str, content: bytes) -> File:
        file = self.workspace.add_file(name, len(content), user=user)
        file.content = content
        return file

    def _member(self, place: Channel, user: str) -> str:
        if self.workspace.user(user).id not in place.members:
            place.members.append(user)
        return user

    def _own(self, user: str, channel: str, ts: str) -> tuple[Channel, Message]:
        place = self.workspace.channel(channel)
        message = self.workspace.message(place, ts)
        if message.user != user:
            raise LookupError(f"{user} did not write {ts}")
        return place, message

    def _ephemeral(self, channel: str, ts: str) -> Ephemeral:
        for each in self.ephemerals:
            if (each.channel, each.ts) == (channel, ts):
                return each
        raise LookupError(f"no message {ts} in {channel}")

    def _target(self, place: Channel, target: Message | Ephemeral) -> JSON:
        bot = self.workspace.bot
        if isinstance(target, Message):
            shape = self.workspace.shape(place, target)
            thread_ts = shape.get("thread_ts")
            where = events.container(
                ephemeral=False, channel=place.id, ts=target.ts, thread_ts=thread_ts
            )
            return {"message": shape, "container": where}
        where = events.container(
            ephemeral=True, channel=place.id, ts=target.ts, thread_ts=target.thread_ts
        )
        return {"message": shapes.ephemeral_shape(target, bot), "container": where}
