"""What the listeners give their input to: what others have to be able to do for them."""

from dataclasses import dataclass
from typing import Protocol

from bot.ids import UserId
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Clicked, Received, SlashCommand
from bot.slack.ops import Block, Content


class Intake(Protocol):
    """Where parsed input goes."""

    async def take(self, received: Received) -> None:
        """Store it, unless its marks are known. What is not for the bot is dropped here.

        Raises `StoreUnavailable` when it cannot be stored.
        """
        ...


class CommandDesk(Protocol):
    """Where slash commands are answered."""

    async def answer(self, command: SlashCommand) -> str | Content:
        """Return what only the person sees at once: mrkdwn, or blocks; "" for nothing.

        What shall happen is stored before this returns. It has 2.5 seconds and may
        be cancelled then. Raises `StoreUnavailable` when it could not be, or may not have been.
        """
        ...


class NoCommands:
    """Answers every command with what to do instead."""

    def __init__(self, bot: BotIdentity) -> None:
        self._bot = bot

    async def answer(self, command: SlashCommand) -> str:  # noqa: ARG002 # they are all the same
        """Point at the mention."""
        return f"Not available as a command: mention <@{self._bot.bot_user_id}> in a channel."


@dataclass(frozen=True, slots=True)
class Opening:
    """What a click opens for whoever clicked.

    `goes_on`: the click is stored as well, with the id of the modal, which is filled in then. Else
    what it means is said by the form, when that is submitted.
    """

    view: Block
    goes_on: bool = False


class FormDesk(Protocol):
    """Knows which clicks open something."""

    async def opened_by(self, click: Clicked) -> Opening | None:
        """Return what a click opens; None for one that goes straight into the inbox.

        Raises `StoreUnavailable`.
        """
        ...


class NoForms:
    """Opens nothing."""

    async def opened_by(self, click: Clicked) -> Opening | None:  # noqa: ARG002 # they are all the same
        """Leave it to the inbox."""
        return None


class HomeDesk(Protocol):
    """Shows people their Home tab."""

    def opened(self, user: UserId) -> None:
        """Take note that somebody looks at theirs; it is filled in soon after."""
        ...


class NoHomes:
    """Shows none."""

    def opened(self, user: UserId) -> None:
        """Leave it as it is."""
