"""One message on its way to Neo, and what became of it in Slack since. Pure values."""

from dataclasses import dataclass

from bot.documents import Model
from bot.ids import Ts, UserId, number_in
from bot.slack.mrkdwn import Mrkdwn


class Item(Model):
    """One message that waits, readable, with who wrote it."""

    ts: Ts
    user: UserId
    text: str
    edited_ts: Ts = Ts("")
    mentioned_at: Ts = Ts("")
    """When an edit made it a message to the bot; empty where it was one from the beginning."""
    opens: bool = False
    """Whether it was said to the bot: what people say to each other starts no task."""
    mark: str = ""
    """Our reaction on it, to be taken away when Neo has it."""
    attached: str = ""
    """Its files as Neo gets them, quoted; an edit changes the words alone."""
    given_back: int = 0
    """How often it was given back to its author: each time they are told anew."""

    @property
    def spoken(self) -> Ts:
        """Return when it was said to the bot."""
        return self.mentioned_at or self.ts

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
    """What became of one message: its latest text, or its deletion, which has no `edited_ts`."""

    ts: Ts
    edited_ts: Ts = Ts("")
    text: str = ""
    aside: bool = False
    """Whether it is said to somebody else now."""

    @property
    def is_deletion(self) -> bool:
        """Whether the message is gone."""
        return not self.edited_ts

    def after(self, earlier: "Amended") -> "Amended":
        """Return what both say of the message, in whichever order they came."""
        if self.is_deletion or earlier.is_deletion:
            return self if self.is_deletion else earlier
        return max(earlier, self, key=lambda amended: ts_order(amended.edited_ts))

    def of(self, item: Item) -> Item | None:
        """Return `item` as it is now; None when it is gone."""
        if item.ts != self.ts:
            return item
        if self.is_deletion:
            return None
        if ts_order(self.edited_ts) < ts_order(item.edited_ts):
            return item  # edits can overtake each other
        if self.aside or not (self.text or item.attached):
            return None
        return item.model_copy(update={"text": self.text, "edited_ts": self.edited_ts})


def ts_order(ts: str) -> tuple[int, int]:
    """Return a Slack timestamp as numbers: as text, an 11-digit second would come first."""
    seconds, _, fraction = ts.partition(".")
    return number_in(seconds), number_in(fraction)
