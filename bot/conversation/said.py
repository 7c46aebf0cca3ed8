"""One message as it is heard, with what the edges found out about it. Pure values."""

from dataclasses import dataclass

from bot.conversation.items import Item, LeftOut
from bot.ids import ts_seconds
from bot.slack.inbound import Heard

LATE_SECONDS = 15 * 60.0
"""A message found this long after it was said asks its author before it acts."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message with what the edges found out about it.

    `text` is readable; `to_other` that it begins by mentioning somebody else than the bot; `now`
    is the time of hearing in seconds since the epoch. Of its files, `attached` is what Neo gets,
    quoted, and `left_out` names those that it does not get.
    """

    heard: Heard
    text: str
    to_other: bool
    now: float
    attached: str = ""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_addressed(self) -> bool:
        """Whether it was said to the bot, not merely in a thread that the bot is in."""
        return self.heard.mentions_bot or self.heard.dm

    @property
    def item(self) -> Item:
        """Return the message as it waits."""
        heard = self.heard
        return Item(
            ts=heard.ts,
            user=heard.user,
            text=self.text,
            mentioned_at=heard.mentioned_at,
            opens=self.is_addressed,
            attached=self.attached,
        )

    @property
    def is_late(self) -> bool:
        """Whether it was found after a gap, too old to act without asking."""
        age = self.now - ts_seconds(self.heard.ts)
        return self.heard.found_late and age > LATE_SECONDS
