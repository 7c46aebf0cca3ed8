"""What people do on the page, one method per verb."""

import base64
import binascii
from collections.abc import Awaitable, Callable

from bot.sandbox.page.typed import as_sent, channels_of, names_of
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.model import Ephemeral
from bot.sandbox.slack.people import COMMANDS
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.wire import JSON, Args, as_list, as_object

PATIENCE = 3.5
"""Seconds until a person is told that the app did not answer: Slack's 3, and the way there."""

Verb = Callable[[Args], Awaitable[JSON]]
"""Does one thing in a person's name. Raises `Refused` or `LookupError` with words for them."""


class Acting:
    """The verbs, on one workspace."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self._workspace = slack.workspace

    def verbs(self) -> dict[str, Verb]:
        """Return the verbs by name."""
        return {
            "say": self.say,
            "edit": self.edit,
            "delete": self.delete,
            "react": self.react,
            "click": self.click,
            "choose": self.choose,
            "stop": self.stop,
            "submit": self.submit,
            "dismiss": self.dismiss,
            "press": self.press,
            "home": self.home,
            "press_home": self.press_home,
        }

    async def say(self, args: Args) -> JSON:
        """Post what was typed, or do what it says when it is a command."""
        user, channel, typed = args.require("user"), args.require("channel"), args.text("text")
        thread_ts = args.text("thread_ts") or None
        if typed.startswith("/"):
            return await self._command(user, channel, typed, thread_ts)
        files = [_file(each) for each in as_list(args.values.get("files")) or []]
        if not typed.strip() and not files:
            raise LookupError("There is nothing to send.")
        ts = await self._slack.say(user, channel, self._sent(typed), thread_ts, files=files)
        return {"ts": ts}

    async def edit(self, args: Args) -> JSON:
        """Change one's own message."""
        text = self._sent(args.require("text"))
        await self._slack.edit(args.require("user"), *_place(args), text)
        return {}

    async def delete(self, args: Args) -> JSON:
        """Delete one's own message."""
        await self._slack.delete(args.require("user"), *_place(args))
        return {}

    async def react(self, args: Args) -> JSON:
        """Add one's reaction, or take it away where it is."""
        await self._slack.react(args.require("user"), *_place(args), args.require("name"))
        return {}

    async def click(self, args: Args) -> JSON:
        """Press a button."""
        action = args.require("action")
        return await self._answered(
            await self._slack.click(args.require("user"), *_place(args), action)
        )

    async def choose(self, args: Args) -> JSON:
        """Choose from a menu."""
        chosen = args.require("action"), args.require("label")
        return await self._answered(
            await self._slack.choose(args.require("user"), *_place(args), *chosen)
        )

    async def stop(self, args: Args) -> JSON:
        """Press Slack's own stop button of a thread."""
        await self._slack.stop(args.require("user"), *_place(args))
        return {}

    async def submit(self, args: Args) -> JSON:
        """Submit a modal; the answer has the problems by block."""
        values = as_object(args.values.get("values")) or {}
        modal = args.require("modal")
        return {"problems": await self._slack.submit(args.require("user"), modal, values)}

    async def press(self, args: Args) -> JSON:
        """Press a button in a modal."""
        pressed = args.require("modal"), args.require("action")
        return await self._answered(await self._slack.press(args.require("user"), *pressed))

    async def home(self, args: Args) -> JSON:
        """Look at the app's Home tab."""
        await self._slack.open_home(args.require("user"))
        return {}

    async def press_home(self, args: Args) -> JSON:
        """Press a button there."""
        pressed = args.require("action"), args.text("value")
        return await self._answered(await self._slack.press_in_home(args.require("user"), *pressed))

    async def dismiss(self, args: Args) -> JSON:
        """Close a modal."""
        await self._slack.dismiss(args.require("user"), args.require("modal"))
        return {}

    async def _command(self, user: str, channel: str, typed: str, thread_ts: str | None) -> JSON:
        name, _, rest = typed.partition(" ")
        if name == "/invite":
            return await self._invite(channel, rest)
        if name not in COMMANDS:
            raise LookupError(f"{name} is not a valid command.")
        if thread_ts is not None:
            raise LookupError(f"{name} is not supported in threads. Sorry!")
        delivery = await self._slack.command(user, channel, name, self._sent(rest.strip()))
        answered = await self._answered(delivery)
        self._show_response(user, channel, delivery.response)
        return answered

    async def _invite(self, channel: str, whom: str) -> JSON:
        people = names_of(self._workspace.users.values())
        if people.get(whom.strip().lstrip("@").lower()) != self._slack.bot_user_id:
            raise LookupError("Only @Neo can be invited here.")
        await self._slack.add_bot(channel)
        return {}

    async def _answered(self, delivery: Delivery) -> JSON:
        if not await delivery.is_acked(PATIENCE):
            raise LookupError("Neo did not answer in time (operation_timeout). Is the bridge down?")
        return {}

    def _show_response(self, user: str, channel: str, response: JSON | None) -> None:
        """Show what came with a command's ack, to the one who typed it."""
        text = str((response or {}).get("text", ""))
        if response is None or not (text or response.get("blocks")):
            return
        place = self._workspace.channel(channel)
        ts = place.stamp(self._workspace.clock.now())
        blocks: list[JSON] = as_list(response.get("blocks")) or []
        self._workspace.ephemerals.append(Ephemeral(place.id, user, ts, text, blocks, None))

    def _sent(self, typed: str) -> str:
        people = names_of(self._workspace.users.values())
        return as_sent(typed, people, channels_of(self._workspace.channels.values()))


def _place(args: Args) -> tuple[str, str]:
    return args.require("channel"), args.require("ts")


def _file(entry: object) -> tuple[str, bytes]:
    fields = as_object(entry) or {}
    try:
        content = base64.b64decode(str(fields.get("content", "")), validate=True)
    except (binascii.Error, ValueError):
        raise LookupError("This file did not arrive whole.") from None
    return str(fields.get("name") or "file"), content
