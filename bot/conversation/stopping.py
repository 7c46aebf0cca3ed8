"""A stop goes to the turn it was aimed at, past everything that waits, and ends with it."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.approvals.facts import status_word
from bot.audit.record import AuditKind, Fact
from bot.conversation import stop_sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.looking import Bookmark, among_events
from bot.conversation.means import Means
from bot.conversation.pending import PendingStop
from bot.conversation.refusals import in_words
from bot.conversation.releasing import stopped
from bot.conversation.talk import Talk, ts_order
from bot.conversation.writes import (
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Untold,
    Verdict,
    Writer,
)
from bot.ids import TaskId, Ts, UserId, ts_seconds
from bot.neo.events import StreamedEvent, UserCancelled
from bot.neo.wire import UserCancel, respond_body
from bot.slack.inbound import Reacted, SessionStopped
from bot.view import SAME_INSTANT, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for a stop, and when by Slack's clock; `at` is empty where Slack does not say."""

    user: UserId
    at: Ts = Ts("")


class Stopping:
    """Stops turns of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def take(self, turn: int, asked: Asked, entry: str, *, force: bool = False) -> None:
        """Aim a stop at a turn; stored with the inbox entry that asked for it.

        What was said before it was said to an agent that should go on: it is given back, not sent.
        """
        user = asked.user
        await self._note(user, "force_asked" if force else "asked", once=entry)
        now = self._means.clock.now()

        def stopping(talk: Talk) -> Talk:
            if talk.is_stopping and not force:
                return talk  # by somebody else's stop, which was taken at the same moment
            instant = talk.next_instant(now)
            cancel = UserCancel(timestamp=datetime.fromtimestamp(instant, UTC))
            stop = PendingStop(
                body=respond_body(cancel),
                instant=instant,
                turn=turn,
                user=user,
                asked_at=now,
                force=force,
            )
            return stopped(talk.with_said(instant, stop=stop), asked.at)

        await self._desk.change(stopping, entry=entry)
        self._means.wakes.relay(self._desk.thread)

    async def refuse(self, user: UserId, entry: str, why: str) -> None:
        """Record that somebody wanted to stop a turn who may not; the caller says so."""
        if self._desk.talk is not None:
            await self._note(user, why, once=entry, owner="")

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the stop forward; return seconds until the next try, None when there is none."""
        stop = await self._armed(talk)
        if stop is None:
            return None
        if stop.failed:
            return await self._tell_failure(talk, stop)
        stop, left = await self._offering(talk, stop)
        if stop.accepted:
            return left
        verdict = await self._writer.attempt(stop, self._call(task_id, stop), self._record)
        wait = await self._go_on(verdict, talk, stop)
        return wait if wait is None or left is None else min(wait, left)

    async def _armed(self, talk: Talk) -> PendingStop | None:
        """Return the stop while its turn lasts: later, it would hit the turn after that one."""
        if talk.stop is None:
            return None
        view = await self._desk.view()
        # Nobody follows a turn whose thread is lost: what Neo took is all that will be known.
        ends_unseen = talk.stop.accepted and view is not None and bool(view.unreachable)
        if not ends_unseen and not is_over(view, talk.stop.turn):
            return talk.stop
        await self._drop(talk.stop)
        return None

    async def _offering(self, talk: Talk, stop: PendingStop) -> tuple[PendingStop, float | None]:
        """Say once of a turn that goes on for long how it can be ended all the same.

        Whether Neo has taken the stop or does not answer; one that it is too busy for is given up
        by then, which says the same. Returns the stop, and the seconds until that is to be said.
        """
        is_refused = stop.attempts and not (stop.accepted or stop.is_uncertain)
        if stop.offered or is_refused:
            return stop, None
        left = stop.asked_at + self._means.patience.stop_lasts - self._means.clock.now()
        if left > 0:
            return stop, left
        await self._errands.run([stop_sentences.not_over_yet(talk, stop)])
        offered = stop.model_copy(update={"offered": True})
        await self._record(offered)
        return offered, None

    async def _go_on(self, verdict: Verdict, talk: Talk, stop: PendingStop) -> float | None:
        match verdict:
            case Taken():
                await self._record(stop.model_copy(update={"accepted": True}))
                return 0.0  # found late, its turn may be over: then no change of the view comes
            case Later(seconds):
                return seconds
            case Busy():
                return await self._busy(talk, stop)
            case Refused(error):
                log.warning("stop_refused", thread=talk.thread.key(), status=error.status)
                return await self._give_up(talk, stop, in_words(error), status_word(error.status))
            case Untold(error):
                log.warning("stop_untold", thread=talk.thread.key(), status=error.status)
                await self._note_end(stop, "outcome_untold")
                said = stop_sentences.stop_untold(talk, stop.instant, in_words(error))
                await self._errands.run([said])
                return await self._drop(stop)

    async def _busy(self, talk: Talk, stop: PendingStop) -> float | None:
        waits = self._means.patience.stop_waits
        if stop.force or stop.attempts >= len(waits):
            why = (
                stop_sentences.CANNOT_BE_RESET
                if stop.force
                else stop_sentences.CANNOT_BE_INTERRUPTED
            )
            return await self._give_up(talk, stop, why, "busy")
        unsent = {"attempts": stop.attempts + 1, "sent_at": None, "deadline": 0.0}
        await self._record(stop.model_copy(update=unsent))
        return self._writer.rest(stop, waits[stop.attempts])

    async def _give_up(self, talk: Talk, stop: PendingStop, why: str, outcome: str) -> None:
        """Give up; said only after it is so, for whoever is told may stop again at once."""
        await self._note_end(stop, outcome)
        await self._record(failed := stop.model_copy(update={"failed": why}))
        self._means.wakes.relay(self._desk.thread)
        await self._tell_failure(talk, failed)

    async def _tell_failure(self, talk: Talk, stop: PendingStop) -> None:
        await self._errands.run([stop_sentences.stop_refused(talk, stop, stop.failed)])
        await self._drop(stop)

    def _call(self, task_id: TaskId, stop: PendingStop) -> Call:
        means = self._means

        async def post() -> None:
            if stop.force:
                await means.neo.force_cancel(means.identity, task_id)
                return
            await means.neo.respond(
                means.identity, task_id, stop.body, timeout=means.patience.respond
            )

        if stop.force:  # repeated until the turn is over: the second time, nothing is left to kill
            return Call(post, _nowhere, means.patience.respond, 0.0)
        find = among_events(
            means.neo, means.identity, task_id, lambda event: _is_echo(event, stop.instant)
        )
        return Call(post, find, means.patience.respond, means.patience.settle)

    async def _note(
        self, user: UserId, outcome: str, *, once: str, owner: str | None = None
    ) -> None:
        """Record a stop before it is stored, so that none is without its record.

        Both are named: who asked, and whose identity acts; nobody's where `owner` is empty.
        """
        task = (self._desk.talk and self._desk.talk.task_id) or ""
        owner = self._means.identity.person if owner is None else owner
        fact = Fact(kind=AuditKind.STOP, who=user, owner=owner, task=task, outcome=outcome)
        await self._means.audit.append(fact, once=once)

    async def _note_end(self, stop: PendingStop, outcome: str) -> None:
        """Record that Neo did not take a stop."""
        once = f"{self._desk.thread.key()}/stop/{stop.instant}"
        await self._note(stop.user, outcome, once=once)

    async def _record(self, stop: PendingStop) -> None:
        await self._desk.change(lambda talk: with_stop(talk, stop, stop))

    async def _drop(self, stop: PendingStop) -> None:
        await self._desk.change(lambda talk: with_stop(talk, stop, None))
        self._means.wakes.relay(self._desk.thread)


def with_stop(talk: Talk, stop: PendingStop, now: PendingStop | None) -> Talk:
    """Return the talk with `stop` as it is `now`; another one has taken its place for good.

    While Neo is asked to stop, or somebody is told that it does not, they may force it.
    """
    if talk.stop is None or talk.stop.instant != stop.instant:
        return talk
    return talk.model_copy(update={"stop": now})


async def _nowhere(_bookmark: Bookmark) -> bool:
    return False


def turn_meant(view: View | None, stopped: SessionStopped) -> int:
    """Return the turn that a stop means; 0, which no turn has, where it is not the present one.

    Slack's own button is compared with the card of the turn, both by Slack's clock: Neo's or ours
    may be off by more than what lies between two turns. A turn's card is in the thread before
    Slack shows the session at work, so who pressed before it meant an earlier turn.
    """
    turn = view.turn if view else None
    if stopped.turn or turn is None:
        return stopped.turn
    begun = ts_seconds(turn.card.ts) or turn.started_at
    return turn.number if not stopped.ts or ts_seconds(stopped.ts) >= begun else 0


def turn_reacted_to(view: View | None, reacted: Reacted, root: Ts) -> int:
    """Return the turn that a reaction means; 0 where it does not mean the present one.

    Its card is its first message. A cross on an older message, or one that was put on the thread's
    root before, says what somebody thinks of an earlier turn.
    """
    turn = view.turn if view else None
    if turn is None or not turn.card.ts:
        return 0
    begun = ts_order(turn.card.ts)
    is_of_turn = reacted.ts == root or ts_order(reacted.ts) >= begun
    return turn.number if is_of_turn and ts_order(reacted.at) >= begun else 0


def is_over(view: View | None, turn: int) -> bool:
    """Whether the turn has ended, or another one runs."""
    current = view.turn if view else None
    return current is None or current.number != turn or current.ended_at is not None


def _is_echo(event: StreamedEvent, instant: float) -> bool:
    said = event.event
    if not isinstance(said, UserCancelled) or said.timestamp is None:
        return False
    return abs(said.timestamp.timestamp() - instant) < SAME_INSTANT
