"""When an approval that has not reached Neo yet must not go out any more. A denial always may."""

from bot.approvals import facts
from bot.approvals.deciders import rule_of
from bot.approvals.policy_words import moment
from bot.approvals.store import Asked, Decision
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.pending import PendingDecision
from bot.conversation.stopping import is_over
from bot.conversation.talk import Talk
from bot.policy.freezes import frozen_until
from bot.store.approvals import Approval

Lapse = tuple[str, str]
"""Why, as a sentence and as the audit's word."""


class Lapsing:
    """Looks once more before each attempt: between the decision and Neo lie seconds or hours."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk

    async def why(self, talk: Talk, pending: PendingDecision, approval: Approval) -> Lapse | None:
        """Return why a decision has lapsed; None where it may go out.

        One whose outcome is not known is no longer ours to take back. Who decided is not asked
        again: they were allowed to when they did.
        """
        if not pending.ok or pending.is_uncertain:
            return None
        now = await self._means.store.time()
        if has_lapsed(pending, now, self._means.patience.lapse):
            return sentences.LAPSED, "lapsed"
        if braked := await self.brake():
            return braked
        if approval.changed:  # the confirmation names the request alone, and not what was seen
            return sentences.CHANGED_MEANWHILE, facts.OUTDATED
        asked = Asked.read_in(talk.thread.channel, approval.record)
        if until := frozen_until(rule_of(self._means.policy, asked, self._means.channels), now):
            return sentences.FROZEN_MEANWHILE.format(until=moment(until)), facts.FROZEN
        return None

    async def brake(self) -> Lapse | None:
        """Return why nothing at all is approved in a task now; None where something can be."""
        paused = await self._means.pauses.standing()
        talk = self._desk.talk  # as it is last: a stop may come while the store is asked
        stop = talk.stop if talk and talk.is_stopping else None
        # Whichever came first: Neo would begin what it is to stop. The next turn is another matter.
        if stop and not is_over(await self._desk.view(), stop.turn):
            return sentences.STOPPING_MEANWHILE, "stopping"
        return (sentences.PAUSED_MEANWHILE, "paused") if paused else None


def is_of(decision: str, pending: PendingDecision) -> bool:
    """Whether the decision that stands (JSON, or empty) is this one, and no newer one."""
    if not decision:
        return False
    # An older version of this program kept no entry with what is pending.
    return pending.entry in {"", Decision.read(decision).entry}


def has_lapsed(pending: PendingDecision, now: float, after: float) -> bool:
    """Whether an approval is too old to be sent; a denial never is.

    One whose outcome is not known is no longer ours to take back. Times by the store's clock.
    """
    return pending.ok and not pending.is_uncertain and now - pending.decided_at > after
