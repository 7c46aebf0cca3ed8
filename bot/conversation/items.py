"""One message on its way to Neo, and what became of it in Slack since. Pure values."""

from dataclasses import dataclass

from bot.ids import Ts, UserId
from bot.slack.mrkdwn import Mrkdwn
from bot.view import Model


class Item(Model):
    """One message that waits, readable, with who wrote it."""

    ts: Ts
    user: UserId
    text: str
    edited_ts: Ts = Ts("")
    opens: bool = False
    """Whether it was said to the bot: what people say to each other starts no task."""
    mark: str = ""
    """Our reaction on it, to be taken away when Neo has it."""
    attached: str = ""
    """Its files as Neo gets them, quoted; an edit changes the words alone."""

    @property
    def content(self) -> str:
        """Return all that Neo gets of it: the words, then the files."""
        return "\n\n".join(part for part in (self.text, self.attached) if part)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that Neo does not get: its name, untrusted, and why, in words of ours."""

    name: str
    why: Mrkdwn


class Amended(Model):
    """What became of a message: its latest text, or its deletion, which has no `edited_ts`."""

    ts: Ts
    edited_ts: Ts = Ts("")
    text: str = ""

    def of(self, item: Item) -> Item | None:
        """Return `item` as it is now; None when it is gone."""
        if item.ts != self.ts:
            return item
        if not self.edited_ts or not (self.text or item.attached):
            return None
        if ts_order(self.edited_ts) < ts_order(item.edited_ts):
            return item  # edits can overtake each other
        return item.model_copy(update={"text": self.text, "edited_ts": self.edited_ts})


def ts_order(ts: str) -> tuple[int, int]:
    """Return a Slack timestamp as numbers: as text, an 11-digit second would come first."""
    seconds, _, fraction = ts.partition(".")
    return (
        int(seconds) if seconds.isdecimal() else 0,
        int(fraction) if fraction.isdecimal() else 0,
    )
