"""Sees that nothing waits in silence: reminds, passes on, and lets expire, each once.

The schedule is the open approvals themselves: what was asked and when, and which steps were done.
A message has the key of its step, so a death before the step is noted posts nothing twice; an
expiry goes through the inbox, as a decision does, where whoever decides first wins.
"""

import asyncio
from dataclasses import replace

import structlog

from bot.approvals.deciders import deciders_of, rule_of
from bot.conversation.means import Means
from bot.conversation.voting import votes_in
from bot.delivery.posts import Place
from bot.errors import (
    NewerRecord,
    SlackError,
    SlackGone,
    SlackRateLimited,
    SlackUnauthorized,
    SlackUnavailable,
    StoreError,
)
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.ownership.waiting import Waiting, load
from bot.policy.due import Due, Escalate, Expire, Remind, due
from bot.policy.rules import Rule
from bot.policy.times import HOUR
from bot.policy.votes import Open
from bot.render.reminders import deciders, escalation, passed_on, reminder
from bot.slack.inbound import Expired
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Content, ConversationsOpen, Priority

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REMIND_AFTER = 4 * HOUR
"""Seconds until those who may decide are reminded where no rule of a policy says when: half of a
working day, in which a card goes under. Nothing expires unless a policy says so."""

NOT_NOW = (SlackUnavailable, SlackRateLimited, SlackUnauthorized)
"""What says nothing of whom we write to: the step is taken at the next look."""


class Minder:
    """Minds the approvals of the installation while the lease is held."""

    def __init__(self, means: Means, group: asyncio.TaskGroup) -> None:
        self._means = means
        self._group = group
        self._at: set[tuple[str, str]] = set()
        """What is being seen to: Slack may be slow about one of them."""

    async def run(self) -> None:
        """Look for ever. Raises `StoreError`."""
        while True:
            for task_id, request_id in await self._means.approvals.not_closed():
                if (task_id, request_id) not in self._at:
                    self._at.add((task_id, request_id))
                    self._group.create_task(self._mind(task_id, request_id))
            await self._means.sleep(self._means.patience.mind)

    async def _mind(self, task_id: TaskId, request_id: ApprovalRequestId) -> None:
        try:
            means = self._means
            waiting = await load(means.records, means.approvals, task_id, request_id)
            if waiting is not None:
                await self._see_to(waiting)
        except StoreError:
            raise
        except (*NOT_NOW, NewerRecord) as error:
            log.info("not_minded", task_id=task_id, why=str(error))  # at the next look, perhaps
        except Exception:  # one approval that can't be minded keeps no other from it
            log.exception("minding_failed", task_id=task_id)
        finally:
            self._at.discard((task_id, request_id))

    async def _see_to(self, waiting: Waiting) -> None:
        rule = timed(rule_of(self._means.policy, waiting.asked, self._means.channels))
        asked_at = waiting.asked.asked_at or waiting.shown.asked_at
        now = await self._means.store.time()
        for step in due(rule, asked_at, now, waiting.kept.steps):
            log.info("approval_waits", step=step.name, request=waiting.asked.request_id)
            await self._do(step, waiting, rule, now - asked_at)
            await self._means.approvals.note_step(
                waiting.asked.task_id,
                waiting.asked.request_id,
                digest=waiting.asked.digest,
                step=step.name,
            )

    async def _do(self, step: Due, waiting: Waiting, rule: Rule, waited: float) -> None:
        match step:
            case Remind():
                await self._remind(waiting, waited)
            case Escalate(to):
                await self._escalate(waiting, to, waited)
            case Expire():
                await self._expire(waiting, rule.expire_after or 0)

    async def _remind(self, waiting: Waiting, waited: float) -> None:
        said = reminder(
            waiting.shown,
            await self._who(waiting),
            waited=waited,
            card=waiting.card_at(self._means.bot),
        )
        await self._post_in_thread(waiting, "remind", said)

    async def _escalate(self, waiting: Waiting, to: str, waited: float) -> None:
        card, refused = waiting.card_at(self._means.bot), None
        if not to.startswith("S"):  # a group can be mentioned, and has no place of its own
            there = passed_on(waiting.view, waiting.shown, waited=waited, card=card)
            refused = await self._post_to(to, f"{waiting.key}/pass-on", there)
        here = escalation(
            waiting.shown, to, waited=waited, card=card, untold=refused.code if refused else ""
        )
        await self._post_in_thread(waiting, "escalate", here)

    async def _expire(self, waiting: Waiting, after: int) -> None:
        asked, thread = waiting.asked, waiting.talk.thread
        expired = Expired(
            thread=thread, request_id=asked.request_id, digest=asked.digest, after=after
        )
        await self._means.inbox.take_in(
            expired.model_dump_json(),
            [f"expired:{waiting.key}"],
            thread_key=thread.key(),
            addressed=True,
        )

    async def _who(self, waiting: Waiting) -> Mrkdwn:
        """Mention those who may still decide, or the owner where nobody is known to."""
        means = self._means
        known = await deciders_of(means.policy, waiting.asked, means.channels, means.groups)
        standing = known.standing(votes_in(waiting.kept.votes))
        people = sorted(standing.who_may) if isinstance(standing, Open) else []
        groups = sorted(known.rule.groups)
        return deciders(people, groups) or deciders([UserId(waiting.asked.owner)], ())

    async def _post_in_thread(self, waiting: Waiting, step: str, said: Content) -> None:
        """Post where the card is, or to the owner where nobody can read that any more."""
        key, thread = f"{waiting.key}/{step}", waiting.place
        if waiting.view.unreachable:
            await self._post_to(waiting.asked.owner, key, said)
            return
        refused = await self._post(Place(thread.channel, thread.root), key, said)
        if isinstance(refused, SlackGone):
            await self._means.lost(waiting.talk.thread, refused.code)

    async def _post_to(self, to: str, key: str, said: Content) -> SlackError | None:
        """Post to a person or into a channel; return why Slack does not let us."""
        if to[0] not in "UW":
            return await self._post(Place(to), key, said)
        try:
            opened = await self._means.door.call(ConversationsOpen(UserId(to)), _AT)
        except NOT_NOW:
            raise
        except SlackError as error:
            log.warning("not_passed_on", to=to, code=error.code)
            return error
        return await self._post(Place(opened.channel), key, said)

    async def _post(self, place: Place, key: str, said: Content) -> SlackError | None:
        """Post once; return Slack's refusal, where it is one for good."""
        try:
            await self._means.posts.post(place, key, said, _AT)
        except NOT_NOW:
            raise
        except SlackError as error:
            log.warning("not_told", key=key, code=error.code)
            return error
        return None


_AT = Priority.DECISION


def timed(rule: Rule) -> Rule:
    """Return a rule with the reminder that holds where it names no time of its own. Pure."""
    named = (rule.remind_after, rule.escalates_after, rule.expire_after)
    return rule if any(named) else replace(rule, remind_after=REMIND_AFTER)
