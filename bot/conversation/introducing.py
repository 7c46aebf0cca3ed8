"""What is said where a task starts under a policy: who approves, and how freely it may run."""

from collections.abc import Iterable, Sequence

from bot.approvals.deciders import is_owner_alone
from bot.approvals.policy_words import of_channel
from bot.channels import Ids
from bot.commands import StartOptions
from bot.conversation.effects import Tell
from bot.conversation.means import Means
from bot.conversation.talk import Talk
from bot.ids import UserId
from bot.policy.modes import Modes, within_bounds
from bot.policy.rules import Policy, Rule, rules_in
from bot.slack.blocks import content, section
from bot.slack.mrkdwn import Mrkdwn, escape, joined, mrkdwn

MAY_STOP = mrkdwn("Who decides here may also stop the task.")
READ_ONLY_HERE = mrkdwn("In this channel, Neo starts read-only: it changes nothing.")


def within(policy: Policy, channel: Ids, asked: StartOptions) -> StartOptions:
    """Return the options that a task may start with in a channel. Pure."""
    modes = within_bounds(policy, channel, Modes(asked.approval_mode, asked.permission_mode))
    changed = {"approval_mode": modes.approval, "permission_mode": modes.permission}
    return asked.model_copy(update=changed)


async def introduction(
    means: Means, talk: Talk, asked: StartOptions, given: StartOptions
) -> Tell | None:
    """Return what is to be said before the task starts, if anything; raises transient `SlackError`.

    Whoever starts it accepts by it that others decide, with the identity that the task runs with.
    """
    rules = rules_in(means.policy, means.channels.of(talk.thread.channel))
    parts = [*_lowered(asked, given)]
    if not all(is_owner_alone(rule) for rule in rules):
        parts.append(_by_policy(of_channel(rules, await _names(means, rules))))
    return _told(talk, parts) if parts else None


def _lowered(asked: StartOptions, given: StartOptions) -> Iterable[Mrkdwn]:
    if given.approval_mode != asked.approval_mode and given.approval_mode:
        yield _mode_bound(given.approval_mode, asked.approval_mode)
    if given.permission_mode != asked.permission_mode:
        yield READ_ONLY_HERE


async def _names(means: Means, rules: Iterable[Rule]) -> "Named":
    """Return the names of everybody whom the rules name; a mention would notify them too early."""
    names: dict[str, str] = {}
    for rule in rules:
        for user in sorted(rule.people):
            names[user] = await means.reader.user_name(UserId(user))
        for group in sorted(rule.groups):
            names[group] = f"@{await means.reader.group_name(group)}"
    return Named(names)


class Named:
    """Shows people and groups by names that notify nobody."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def __call__(self, subject: str) -> Mrkdwn:
        """Return the name in bold."""
        return mrkdwn("*{name}*", name=escape(self._names.get(subject, subject)))


def _mode_bound(given: str, asked: str | None) -> Mrkdwn:
    """Say in which approval mode a task starts, where the channel allows no freer one."""
    wish = f", not {asked} as you asked" if asked else ""
    return mrkdwn("In this channel, Neo starts in mode {given}{wish}.", given=given, wish=wish)


def _by_policy(who: Mrkdwn) -> Mrkdwn:
    """Say who approves in a task, by its policy, and may stop it."""
    said = mrkdwn("*What Neo asks here is decided by a policy*, which you accept by starting:")
    return joined("\n", (said, who, MAY_STOP))


def _told(talk: Talk, parts: Sequence[Mrkdwn]) -> Tell:
    """Say what is special about tasks in this channel, once for each start."""
    said = joined("\n", parts)
    return Tell(f"{talk.thread.key()}/policy/{talk.attempts}", content(said, section(said)))
