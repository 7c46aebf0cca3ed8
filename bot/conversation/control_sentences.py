"""What the bot says about a task's modes, its title, a second try and a new task. Pure."""

from bot.conversation.effects import Tell, Whisper
from bot.conversation.pending import Wish
from bot.conversation.talk import Talk
from bot.ids import TaskId, ThreadRef, UserId
from bot.policy.modes import Change
from bot.policy.rules import Bound
from bot.slack.blocks import content, section
from bot.slack.mrkdwn import Mrkdwn, escape, joined, link, linkable, mention, mrkdwn

APPROVAL = {
    "manual": "asks before previews, updates and pull requests",
    "balanced": "asks before updates only",
    "auto": "never asks",
}
PERMISSION = {
    "read-only": "looks, but changes nothing",
    "default": "may change what the bridge's user may",
}

AS_IT_IS = mrkdwn("Nothing was changed: the task is like that already.")
NOTHING_FAILED = mrkdwn(
    "There is nothing to try again: the last turn did not fail, or something else came after it."
)
NOT_OURS = mrkdwn(
    "I can't repeat that: the turn that failed was not begun by a message from this thread. "
    "Say it here instead."
)
AT_WORK = mrkdwn("Neo is still at work here. Stop it first, or wait for its answer.")
NO_TITLE_FORM = mrkdwn(
    "I could not open the form for the title. Type `/neo rename` with the new title instead."
)
NO_TASK = mrkdwn("Nothing was done: this thread is not about that task any more.")


def changed(talk: Talk, wish: Wish) -> Tell:
    """Say in the thread how freely the task runs from now on, and by whose word."""
    said = mrkdwn(
        "⚙️ {who} set how Neo works here: from now on it {how}.",
        who=mention(wish.user),
        how=in_words(wish),
    )
    return Tell(f"{talk.thread.key()}/modes/{wish.entry}", content(said, section(said)))


def in_words(wish: Wish) -> Mrkdwn:
    """Return the modes that are wished for, as what Neo does."""
    modes = (APPROVAL.get(wish.approval_mode or ""), PERMISSION.get(wish.permission_mode or ""))
    return joined(" and ", [escape(words) for words in modes if words])


def may_not(change: Change, owner: UserId, bound: Bound) -> Mrkdwn:
    """Say why somebody may not change the modes in this way."""
    if change is Change.ABOVE_BOUND:
        return mrkdwn(
            "Nothing was changed: the policy of this bridge lets tasks in this channel go as far "
            "as {approval} and {permission}, and no further.",
            approval=bound.approval_mode,
            permission=bound.permission_mode,
        )
    return mrkdwn(
        "Nothing was changed: anybody here may make Neo ask more; that it asks less, "
        "only {owner} may decide, who started this task.",
        owner=mention(owner),
    )


def not_changed(talk: Talk, wish: Wish, why: str) -> Tell:
    """Say that Neo did not change the task."""
    said = mrkdwn("❌ {who} *The task was not changed.* {why}", who=mention(wish.user), why=why)
    return Tell(f"{talk.thread.key()}/not-changed/{wish.entry}", content(said, section(said)))


def privately(user: UserId, said: Mrkdwn, place: ThreadRef) -> Whisper:
    """Return a sentence to one person, in the thread."""
    return Whisper(user, said, place.channel, place.root)


def ends_here(talk: Talk, task: TaskId, user: UserId, url: str) -> Tell:
    """Say that the thread leaves its task, where that still is, and how the next one begins."""
    said = mrkdwn(
        "🆕 {who} is done with the task above; it stays in {where}. The next message of {who} here "
        "starts a new task, and so does one that mentions me.",
        who=mention(user),
        where=link(url, "Pulumi Cloud") if linkable(url) else mrkdwn("Pulumi Cloud"),
    )
    return Tell(f"{talk.thread.key()}/left/{task}", content(said, section(said)))
