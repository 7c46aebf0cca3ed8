"""What Neo asked and waits for, as its card shows it: an approval or a question. Pure values."""

from bot.documents import Model
from bot.ids import ApprovalRequestId, Ts
from bot.policy.shown import Shown


class Card(Model):
    """One message that is edited in place."""

    key: str
    ts: Ts = Ts("")
    version: int = 1
    news: int = 0
    """The last version that was more than a new count of who has approved; 0: the latest was."""
    shown: int = 0
    shown_ts: Ts = Ts("")
    """Slack's time of the first showing of those news: a typed reply decides only if it is later.
    """
    lost: bool = False
    """Deleted in Slack, not to be found again, or not to be changed any more: this message shows
    nothing new. What waits for somebody gets another one."""

    def changed(self) -> "Card":
        """Return the card as needing to be shown again, and read again before anybody decides."""
        return self.model_copy(update={"version": self.version + 1, "news": self.version + 1})

    def counted_anew(self) -> "Card":
        """Return the card as needing to be shown again, with nothing new on it to decide by."""
        news = self.news or self.version
        return self.model_copy(update={"version": self.version + 1, "news": news})

    @property
    def shows_news(self) -> bool:
        """Whether Slack shows what is to be read before somebody decides."""
        return self.shown >= (self.news or self.version)

    @property
    def stale(self) -> bool:
        """Whether Slack shows something else than it should."""
        return not self.is_missing and self.shown != self.version

    @property
    def is_missing(self) -> bool:
        """Whether there is no message in Slack that could show it."""
        return not self.ts or self.lost


class FileChange(Model):
    """A changed file of a diff, with its counts of lines."""

    path: str
    added: int
    removed: int


class FilesLeft(Model):
    """What a view does not keep of a long list of changed files: how many, with their lines."""

    count: int = 0
    added: int = 0
    removed: int = 0


class Excerpt(Model):
    """The first lines of a diff, and how many lines follow."""

    text: str = ""
    left: int = 0


class Asker(Model):
    """Who wanted something of Neo, in what words, shortened.

    `by` is a Slack user id, or words when it was said `elsewhere`; `instant` is the timestamp of
    the message, 0 where it is not one of ours.
    """

    by: str = ""
    words: str = ""
    elsewhere: bool = False
    instant: float = 0.0


class Resolution(Model):
    """How an approval was settled: `by` is a Slack user id, or words when it was elsewhere."""

    ok: bool
    by: str = ""
    also: tuple[str, ...] = ()
    """Who else approved, where it took several."""
    elsewhere: bool = False
    instructions: str = ""
    busy: bool = False
    """On its way, and Neo has answered that it is too busy to take it."""
    void: str = ""
    """Not decided at all: why it no longer matters."""


class Approval(Model):
    """One approval request or question, as its card shows it."""

    request_id: ApprovalRequestId
    turn: int
    message: str
    approval_type: str
    sensitivity: str
    tool: str = ""
    """In words, with what it works on."""
    asker: Asker = Asker()
    question: bool = False
    plan: str = ""
    files: tuple[FileChange, ...] = ()
    files_left: FilesLeft = FilesLeft()
    since: tuple[FileChange, ...] = ()
    """The same for what changed since the last approval, where Neo says so."""
    since_left: FilesLeft = FilesLeft()
    excerpt: Excerpt = Excerpt()
    """The beginning of the diff, of what changed since the last approval if there is that."""
    diff_attached: bool = False
    """Whether the whole diff went into a file in front of the card."""
    options: tuple[str, ...] = ()
    """Answers that the agent offers, each whole."""
    options_left: int = 0
    """How many more it offers, which the card does not show."""
    digest: str
    asked_at: float
    decision: Resolution | None = None
    """Taken here, on its way to Neo."""
    resolution: Resolution | None = None
    """Final: Neo has said so."""
    deciders: Shown | None = None
    """Who decides by a policy; None: the person who started the task, alone."""
    frozen_until: str = ""
    """Until when the policy lets nothing be approved, in words; empty where it can be now."""
    card: Card

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.resolution is None

    @property
    def is_sensitive(self) -> bool:
        """Whether to look twice: also where Neo has a word for it that we do not know."""
        return self.sensitivity not in ("", "regular")
