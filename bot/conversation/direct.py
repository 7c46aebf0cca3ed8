"""Words that start nothing, at the top of a direct message: they mean the one thing that waits.

Nothing is stored as a conversation for them. What they mean goes through the inbox to the thread
that it is about, with a mark of this message's: after a crash it is there once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from bot import actions
from bot.commands import SmallTalk, is_small_talk
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import to_author
from bot.conversation.errands import Errands
from bot.conversation.hear import Said, is_answer, was_seen
from bot.conversation.means import Means
from bot.conversation.stopping import turn_meant
from bot.conversation.talk import Talk
from bot.ids import ButtonValue, UserId
from bot.slack.inbound import Clicked, Heard, SessionStopped
from bot.slack.mrkdwn import Mrkdwn
from bot.view import Approval, TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval that waits for its owner, and where."""

    talk: Talk
    view: View
    approval: Approval


Meant = Heard | Clicked | Mrkdwn
"""What such words come to: an input for another thread, or a hint."""


def small_talk_in(said: Said) -> SmallTalk | None:
    """Return what a message says that starts nothing; None for one that may start a task."""
    heard = said.heard
    is_top = heard.dm and heard.ts == heard.thread.root
    return is_small_talk(said.text) if is_top and not heard.files else None


class Direct:
    """Finds out what is meant, and passes it on."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands

    async def take(self, entry: str, said: Said, words: SmallTalk) -> None:
        """Pass on what is meant, or say why nothing is; finishes the entry."""
        meant = sentences.TOO_LATE if said.is_late else await self._meant(said, words)
        if not isinstance(meant, Mrkdwn):
            mark = f"meant:{said.heard.thread.key()}"
            key = _target(meant)
            log.info("words_referred", words=words, thread=key)
            json = meant.model_dump_json()
            await self._means.inbox.take_in(json, [mark], thread_key=key, addressed=True)
        await self._desk.finish(entry)
        if isinstance(meant, Mrkdwn):
            await self._errands.run([to_author(said.heard, meant)])

    async def _meant(self, said: Said, words: SmallTalk) -> Meant:
        match words:
            case SmallTalk.YES | SmallTalk.NO:
                return answer(said, [w async for w in self._waiting(said.heard.user)])
            case SmallTalk.STOP:
                return stop(said, [r async for r in self._running(said.heard.user)])
            case SmallTalk.THANKS | SmallTalk.GREETING:
                return sentences.GREETED

    async def _waiting(self, user: UserId) -> AsyncIterator[Waiting]:
        """Yield what waits for a person, wherever it is: none may be overlooked."""
        means = self._means
        for task_id, request_id in sorted(await means.approvals.not_closed()):
            key = await means.records.thread_of_task(task_id)
            found = await self._load(key, user) if key else None
            if found is None:
                continue
            talk, view = found
            approval = view.approval(request_id)
            decided = any(d.request_id == request_id for d in talk.decisions)
            if approval and approval.is_open and not approval.decision and not decided:
                yield Waiting(talk, view, approval)

    async def _running(self, user: UserId) -> AsyncIterator[tuple[Talk, View]]:
        for key in await self._means.records.live_threads():
            found = await self._load(key, user)
            if found and found[1].state is not TurnState.IDLE:
                yield found

    async def _load(self, key: str, user: UserId) -> tuple[Talk, View] | None:
        fields = await self._means.records.load(key)
        if "talk" not in fields or "view" not in fields:
            return None
        talk = Talk.read(fields["talk"])
        view = talk.view_in(fields)
        return (talk, view) if view and talk.owner == user else None


def answer(said: Said, waiting: list[Waiting]) -> Meant:
    """Return what a yes or no means: a reply to the one thing that waits. Pure."""
    if not waiting:
        return sentences.NOTHING_WAITS
    if len(waiting) > 1:
        return sentences.which(sentences.SEVERAL_ASK, [w.view.title for w in waiting])
    (one,) = waiting
    if not is_answer(one.approval, said.text):
        return sentences.NO_ANSWER
    if not was_seen(one.approval, said.heard.ts):
        return sentences.CARD_CHANGED
    heard = said.heard
    return heard.model_copy(update={"thread": one.talk.thread, "said_in": heard.thread})


def stop(said: Said, running: list[tuple[Talk, View]]) -> Meant:
    """Return what a stop means: the button of the one turn that runs. Pure."""
    if not running:
        return sentences.NOTHING_RUNS
    if len(running) > 1:
        return sentences.which(sentences.SEVERAL_RUN, [view.title for _, view in running])
    ((talk, view),) = running
    heard = said.heard
    # Said before the turn began, it meant one that is over.
    turn = turn_meant(view, SessionStopped(thread=talk.thread, user=heard.user, ts=heard.ts))
    return Clicked(
        thread=heard.thread,
        user=heard.user,
        action_id=actions.STOP,
        value=ButtonValue(t=talk.thread.key(), s=str(turn)).encode(),
        message_ts=heard.ts,
        action_ts=heard.ts,
    )


def _target(meant: Heard | Clicked) -> str:
    """Return the thread that an input belongs to."""
    return (
        meant.thread.key() if isinstance(meant, Heard) else ButtonValue.decode(meant.value).thread
    )
