"""Where the listeners put what they parsed: one script stores it with its marks, or drops it."""

from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Commanded,
    Edited,
    Heard,
    Received,
    SlackInput,
)
from bot.store.inbox import Inbox


class StoreIntake:
    """Takes in for one installation; every replica may."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def take(self, received: Received) -> None:
        """Store the input unless it came before, or is nobody's business here.

        Raises `StoreUnavailable` when it could not be stored.
        """
        given = received.input
        await self._inbox.take_in(
            given.model_dump_json(),
            received.marks,
            seals=received.seals,
            thread_key=_thread_key(given),
            addressed=is_addressed(given),
            moved=(given.old, given.new) if isinstance(given, ChannelMoved) else None,
        )


def is_addressed(given: SlackInput) -> bool:
    """Whether the bot is meant whatever the thread: by text and place, never by event type."""
    match given:
        case Heard():
            return given.mentions_bot or given.dm
        case Edited():
            # Also where it mentioned the bot before: that delivery may have failed.
            return given.mentions_bot or given.dm
        case Clicked() | Commanded() | ChannelMoved() | ChannelClosed():
            return True
        case _:
            return False


def _thread_key(given: SlackInput) -> str | None:
    if isinstance(given, Commanded | ChannelMoved | ChannelClosed):
        return None
    return given.thread.key()
