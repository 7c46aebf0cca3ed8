"""What a message means in its conversation. Pure: talk and view in, talk and effects out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approvals.replies import Meaning, meaning_of
from bot.conversation import sentences
from bot.conversation.effects import SEEN, WAITS, Effect, React, Whisper
from bot.conversation.talk import Held, Item, Talk
from bot.ids import UserId, ts_seconds
from bot.slack.inbound import Deleted, Edited, Heard
from bot.view import Approval, View

LATE_SECONDS = 15 * 60.0
"""A message found this long after it was said asks its author before it acts."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message with what the edges found out about it.

    `text` is readable; `to_other` that it begins by mentioning somebody else than the bot; `now`
    is the time of hearing in seconds since the epoch.
    """

    heard: Heard
    text: str
    to_other: bool
    now: float

    @property
    def item(self) -> Item:
        """Return the message as it waits."""
        return Item(ts=self.heard.ts, user=self.heard.user, text=self.text)

    @property
    def is_late(self) -> bool:
        """Whether it was found after a gap, too old to act without asking."""
        age = self.now - ts_seconds(self.heard.ts)
        return self.heard.found_late and age > LATE_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """A typed reply that decides: to be settled by compare-and-set, as a click is."""

    approval: Approval
    ok: bool
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What comes of a message."""

    talk: Talk
    effects: tuple[Effect, ...] = ()
    answer: Answer | None = None


def hear(talk: Talk, view: View | None, said: Said) -> Hearing:
    """Decide what a message does: nothing, wait, ask first, answer, or be held."""
    heard = said.heard
    talk = talk.with_speaker(heard.user)
    if _is_known(talk, said.item) or (said.to_other and not heard.mentions_bot):
        return Hearing(talk)
    if not said.text:
        return Hearing(talk, (Whisper(heard.user, sentences.EMPTY),))
    if said.is_late:
        late = (*talk.late, said.item)
        ask = sentences.ask_late(talk, said.item)
        return Hearing(talk.model_copy(update={"late": late}), (ask,))
    waiting = view.open_approvals if view else ()
    if waiting and heard.user == talk.owner:
        return _reply(talk, waiting, said)
    return enqueue(talk, view, said.item)


def enqueue(talk: Talk, view: View | None, item: Item) -> Hearing:
    """Let a message wait its turn, marked when it really waits."""
    starts = talk.task_id is None and talk.start is None and not talk.queue
    queued = talk.model_copy(update={"queue": (*talk.queue, item)})
    mark = SEEN if starts else WAITS if talk.is_busy(view) or talk.queue else ""
    return Hearing(queued, (React(item.ts, mark),) if mark else ())


def _is_known(talk: Talk, item: Item) -> bool:
    waiting = (*talk.queue, *talk.late, *(h.item for h in talk.held))
    writes = tuple(w for w in (talk.start, talk.batch) if w)
    sent = tuple(i for w in writes for i in w.items)
    return any(i.ts == item.ts for i in (*waiting, *sent))


def _reply(talk: Talk, waiting: Sequence[Approval], said: Said) -> Hearing:
    """Take the owner's reply as an answer, where it certainly is one."""
    approval, *others = waiting
    if others:
        return _keep(talk, said, sentences.SEVERAL_WAIT)
    if approval.decision is not None:
        return _keep(talk, said, sentences.ALREADY_DECIDED)
    if not _was_seen(approval, said):
        return _keep(talk, said, sentences.CARD_CHANGED)
    answer = _answer(talk, approval, said)
    return Hearing(talk, answer=answer) if answer else _hold(talk, approval, said)


def _answer(talk: Talk, approval: Approval, said: Said) -> Answer | None:
    meaning = Meaning.OTHER if approval.question else meaning_of(said.text)
    if meaning is Meaning.YES:
        return Answer(approval, ok=True)
    if meaning is Meaning.NO:
        return Answer(approval, ok=False)
    if approval.question or said.heard.mentions_bot or _alone(talk):
        return Answer(approval, ok=False, instructions=said.text)
    return None


def _was_seen(approval: Approval, said: Said) -> bool:
    """Whether the card, as it is now, was in Slack before the reply was typed."""
    card = approval.card
    is_shown = bool(card.ts) and card.shown == card.version and not card.lost
    return is_shown and ts_seconds(said.heard.ts) > ts_seconds(card.shown_ts)


def _alone(talk: Talk) -> bool:
    return all(speaker == talk.owner for speaker in talk.speakers)


def _keep(talk: Talk, said: Said, why: str) -> Hearing:
    """Queue a reply that could not be an answer, and say why to its author."""
    queued = talk.model_copy(update={"queue": (*talk.queue, said.item)})
    return Hearing(queued, (React(said.heard.ts, WAITS), Whisper(said.heard.user, why)))


def _hold(talk: Talk, approval: Approval, said: Said) -> Hearing:
    """Where people talk to each other, words are not an answer unless the owner says so."""
    held = Held(item=said.item, request_id=approval.request_id, digest=approval.digest)
    holding = talk.model_copy(update={"held": (*talk.held, held)})
    return Hearing(holding, (sentences.offer_held(talk, held),))


def edit(talk: Talk, edited: Edited, text: str) -> Talk:
    """Change a message that still waits; what Neo already has stays as it was sent."""

    def changed(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(
            i.model_copy(update={"text": text})
            if i.ts == edited.ts and i.user == edited.user
            else i
            for i in items
        )

    return talk.model_copy(update={"queue": changed(talk.queue), "late": changed(talk.late)})


def forget(talk: Talk, deleted: Deleted) -> Talk:
    """Drop a deleted message that still waits."""

    def without(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(i for i in items if i.ts != deleted.ts)

    held = tuple(h for h in talk.held if h.item.ts != deleted.ts)
    changes = {"queue": without(talk.queue), "late": without(talk.late), "held": held}
    return talk.model_copy(update=changes)


def release_late(talk: Talk, ts: str, by: UserId) -> tuple[Talk, Item | None]:
    """Take a late message of `by` out of those that were asked about; None if it is not there."""
    item = next((i for i in talk.late if i.ts == ts and i.user == by), None)
    if item is None:
        return talk, None
    return talk.model_copy(update={"late": tuple(i for i in talk.late if i is not item)}), item
