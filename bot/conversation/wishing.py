"""Changes a task's modes and its title, as far as the policy lets whoever asks.

Neo is asked first how the task is: who may change it depends on that, and a change whose answer was
lost is found there. To ask for the same once more does no harm.
"""

import structlog

from bot.approvals.facts import status_word
from bot.audit.record import AuditKind, Fact
from bot.conversation import control_sentences as sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.pending import Wish
from bot.conversation.refusals import in_words
from bot.conversation.talk import Talk
from bot.errors import TRANSIENT, NeoError, NeoProtocolError, StoreError
from bot.ids import TaskId
from bot.neo.wire import Task, UpdateTaskRequest
from bot.policy.modes import Change, Modes, bound_of, may_change_mode
from bot.told import Renamed

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Wishing:
    """Carries out what people want the task of one conversation to be."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands

    async def take(self, wish: Wish) -> None:
        """Store a wish, with the inbox entry that brought it; the others before it go first."""
        await self._desk.change(
            lambda talk: talk.model_copy(update={"wishes": (*talk.wishes, wish)}), entry=wish.entry
        )

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Carry out the first wish; return seconds until the next try, None when there is none."""
        if not talk.wishes:
            return None
        wish = talk.wishes[0]
        try:
            return await self._carry_out(talk, task_id, wish)
        except StoreError:
            raise
        except NeoError as error:
            return await self._not_done(talk, task_id, wish, error)

    async def _carry_out(self, talk: Talk, task_id: TaskId, wish: Wish) -> float | None:
        means = self._means
        task = await means.neo.get_task(means.identity, task_id)
        if is_as_wished(task, wish):
            return await self._done(talk, wish, task)
        verdict = self._may(talk, wish, task)
        if verdict is not Change.ALLOWED:
            return await self._refuse(talk, task_id, wish, verdict)
        await means.lease.hold(means.call_seconds)
        sent = wish.model_copy(update={"sent": True})
        await self._desk.change(lambda talk: with_wish(talk, wish, sent))
        await means.lease.hold(means.call_seconds)
        changed = await means.neo.update_task(means.identity, task_id, request_of(wish))
        return await self._done(talk, sent, changed)

    def _may(self, talk: Talk, wish: Wish, task: Task) -> Change:
        if not wish.is_of_modes:
            return Change.ALLOWED
        present = Modes.told(task.approval_mode, task.permission_mode)
        wanted = Modes(wish.approval_mode, wish.permission_mode)
        channel = self._means.channels.of(talk.thread.channel)  # wherever the thread goes on
        policy = self._means.policy
        return may_change_mode(policy, channel, wish.user, talk.owner, present, wanted)

    async def _done(self, talk: Talk, wish: Wish, task: Task) -> float | None:
        """Say what is so now. The title is told to nobody: the thread's card shows it."""
        self._means.wakes.task(self._desk.thread, task)
        if not wish.sent:
            await self._drop(wish)
            await self._say(wish, sentences.AS_IT_IS)
        else:
            if wish.is_of_modes:
                await self._note(task.id, wish, outcome_of(wish))
                await self._errands.run([sentences.changed(talk, wish)])
            await self._drop(wish, title=wish.title)
        return 0.0

    async def _refuse(self, talk: Talk, task_id: TaskId, wish: Wish, why: Change) -> float:
        await self._note(task_id, wish, why, owner="")
        await self._drop(wish)
        channel = self._means.channels.of(talk.thread.channel)
        bound = bound_of(self._means.policy, channel)
        await self._say(wish, sentences.may_not(why, talk.owner, bound))
        return 0.0

    async def _not_done(
        self, talk: Talk, task_id: TaskId, wish: Wish, error: NeoError
    ) -> float | None:
        patience = self._means.patience
        waits = isinstance(error, (*TRANSIENT, NeoProtocolError))
        if waits and await self._means.store.time() < wish.asked_at + patience.give_up:
            log.info("wish_waits", task_id=task_id, status=error.status)
            return patience.retry
        log.warning("wish_refused", task_id=task_id, status=error.status)
        if wish.is_of_modes:
            # Where the answer of Neo was lost, nobody can say that it was not changed.
            untold = waits and wish.sent
            await self._note(task_id, wish, "untold" if untold else status_word(error.status))
        await self._errands.run([sentences.not_changed(talk, wish, in_words(error))])
        await self._drop(wish)
        return 0.0

    async def _say(self, wish: Wish, said: sentences.Mrkdwn) -> None:
        await self._errands.run([sentences.privately(wish.user, said, self._errands.place)])

    async def _note(
        self, task_id: TaskId, wish: Wish, outcome: str, owner: str | None = None
    ) -> None:
        fact = Fact(
            kind=AuditKind.MODE_CHANGED,
            who=wish.user,
            owner=self._means.identity.person if owner is None else owner,
            task=task_id,
            outcome=outcome,
        )
        await self._means.audit.append(fact, once=f"{wish.entry}/{outcome}")

    async def _drop(self, wish: Wish, title: str = "") -> None:
        def dropped(talk: Talk) -> Talk:
            after = with_wish(talk, wish, None)
            if not title:
                return after
            renamed = Renamed(title=title, times=talk.renamed.times + 1)
            return after.model_copy(update={"renamed": renamed})

        await self._desk.change(dropped)
        self._means.wakes.relay(self._desk.thread)


def is_as_wished(task: Task, wish: Wish) -> bool:
    """Whether a task is what somebody wants it to be."""
    pairs = (
        (wish.approval_mode, task.approval_mode),
        (wish.permission_mode, task.permission_mode),
        (wish.title, task.name),
    )
    return all(wanted == present for wanted, present in pairs if wanted)


def request_of(wish: Wish) -> UpdateTaskRequest:
    """Return what Neo is asked for."""
    return UpdateTaskRequest(
        name=wish.title or None,
        approval_mode=wish.approval_mode,
        permission_mode=wish.permission_mode,
    )


def outcome_of(wish: Wish) -> str:
    """Return the modes that a task has now as one word for the audit."""
    modes = (wish.approval_mode, wish.permission_mode)
    return "_".join(mode.replace("-", "_") for mode in modes if mode)


def with_wish(talk: Talk, wish: Wish, now: Wish | None) -> Talk:
    """Return the talk with a wish as it is `now`; None: carried out, or given up."""
    wishes = ((now if w.entry == wish.entry else w) for w in talk.wishes)
    return talk.model_copy(update={"wishes": tuple(w for w in wishes if w)})
