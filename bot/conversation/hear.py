"""What a message means in its conversation. Pure: talk and view in, talk and effects out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.approvals.replies import Meaning, meaning_of
from bot.commands.small_talk import is_small_talk, is_stop
from bot.conversation import approval_sentences, sentences
from bot.conversation.amending import is_known, latest
from bot.conversation.effects import SEEN, WAITS, Effect, React, to_author
from bot.conversation.items import Item
from bot.conversation.listening import listened_at
from bot.conversation.said import Said
from bot.conversation.talk import Held, Talk
from bot.ids import Ts, ts_seconds
from bot.slack.mrkdwn import Mrkdwn, joined, mention
from bot.view import Approval, TurnState, View


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
    stops: bool = False
    """Whether it stops the turn that runs."""


def hear(talk: Talk, view: View | None, said: Said) -> Hearing:
    """Decide what a message does: nothing, wait, ask first, answer, or be held."""
    talk = _listening(talk.with_speaker(said.heard.user), said)
    item = _news(talk, said)
    if item is None:
        return Hearing(talk, _why_not_sent(talk, said))
    said = replace(said, text=item.text)
    if _stops(talk, view, said):
        return Hearing(talk, stops=True)
    if not item.content:
        hint = sentences.left_out(said.left_out) if said.left_out else sentences.EMPTY
        return Hearing(talk, (to_author(said.heard, hint, surely=True),))
    if said.is_late:
        ask = sentences.ask_late(talk, item)
        return Hearing(talk.model_copy(update={"late": (*talk.late, item)}), (ask,))
    if talk.was_stopped_after(item):
        return Hearing(talk.model_copy(update={"returned": (*talk.returned, item)}))
    hearing = _in_turn(talk, view, said, item)
    hints = tuple(to_author(said.heard, hint) for hint in _hints(talk, said))
    return Hearing(hearing.talk, (*hearing.effects, *hints), hearing.answer)


def _why_not_sent(talk: Talk, said: Said) -> tuple[Effect, ...]:
    """Tell who mentions the bot, too, in words to somebody else that Neo does not get them."""
    if not (said.to_other and said.heard.mentions_bot) or is_known(talk, said.heard.ts):
        return ()
    return (to_author(said.heard, sentences.SAID_TO_OTHER),)


def _stops(talk: Talk, view: View | None, said: Said) -> bool:
    """Whether a message is the word that stops a turn; found late, it may mean one that is over.

    Said while a turn lasted and heard after its end, it is no message to Neo either.
    """
    if talk.task_id is None or view is None:
        return False
    ended_at = (view.turn.ended_at if view.turn else None) or 0.0
    at_work = view.state is not TurnState.IDLE or ts_seconds(said.heard.ts) < ended_at
    return at_work and _says_stop(said)


def _stops_too_early(talk: Talk, view: View | None, said: Said) -> bool:
    """Whether somebody would stop a turn of which nothing is shown yet.

    As a message, Neo would get the word when all is done that it was to prevent.
    """
    return talk.is_beginning(view) and _says_stop(said)


def _says_stop(said: Said) -> bool:
    return not said.is_late and not said.heard.files and is_stop(said.text)


def _hints(talk: Talk, said: Said) -> Iterator[Mrkdwn]:
    if said.left_out:
        yield sentences.left_out(said.left_out)
    if talk.start and talk.start.failed:
        yield sentences.START_FAILED_BEFORE


def is_wanted(talk: Talk, said: Said) -> bool:
    """Whether something may come of a message, so that its files are worth reading."""
    return _news(talk, said) is not None


def refer(talk: Talk, view: View | None, said: Said) -> Hearing:
    """Take a bare yes or no, said at the top of a direct message, for what waits here.

    Nothing else becomes of it: as a message it would mean nothing to Neo.
    """
    waiting = view.open_approvals if view else ()
    if said.heard.user != talk.owner:
        return Hearing(talk, (to_author(said.heard, sentences.not_owner(mention(talk.owner))),))
    if not waiting:
        return not_taken(talk, said, sentences.ALREADY_DECIDED)
    if not is_answer(waiting[0], said.text):
        return not_taken(talk, said, sentences.CARD_CHANGED)
    return _reply(talk, waiting, said)


def is_answer(approval: Approval, words: str) -> bool:
    """Whether a word alone, said elsewhere, answers what is asked."""
    return approval.question or meaning_of(words) is not Meaning.OTHER


def enqueue(talk: Talk, view: View | None, item: Item) -> Hearing:
    """Let a message wait its turn, marked when it really waits."""
    mark = _mark(talk, view, item)
    queue = (*talk.queue, item.model_copy(update={"mark": mark}))
    queued = talk.model_copy(update={"queue": queue})
    return Hearing(queued, (React(item.ts, mark),) if mark else ())


def not_taken(talk: Talk, said: Said, why: Mrkdwn) -> Hearing:
    """Say why a reply decided nothing, and keep its words for the agent.

    A bare yes or no is not kept: after the turn, Neo would take it for the answer to something
    else.
    """
    if said.heard.said_in or meaning_of(said.text) is not Meaning.OTHER:
        return Hearing(talk, (to_author(said.heard, why),))
    item = said.item.model_copy(update={"mark": WAITS})
    kept = talk.model_copy(update={"queue": (*talk.queue, item)})
    whisper = to_author(said.heard, joined(" ", (why, sentences.KEPT)))
    return Hearing(kept, (React(item.ts, WAITS), whisper))


def _news(talk: Talk, said: Said) -> Item | None:
    """Return a message as it is now; None for one that is gone, not new, or not for the agent."""
    item = latest(talk, said.item)
    if item is None or is_known(talk, item.ts) or not is_meant(talk, said):
        return None
    # What is meant for the agent where there is no task starts one.
    return item if talk.has_begun else item.model_copy(update={"opens": True})


def is_meant(talk: Talk, said: Said) -> bool:
    """Whether a message is for the agent: said to it, or a reply that is not to somebody else.

    In a quiet thread, only what is said to it; and before somebody spoke to it, people spoke to
    each other, however late their words are found.
    """
    if said.heard.dm or not talk.has_begun:
        return said.is_addressed or _is_next(talk, said)
    if said.to_other:
        return False
    return said.is_addressed or listened_at(talk, said.heard.ts)


def _is_next(talk: Talk, said: Said) -> bool:
    """Whether somebody who was done with the thread's last task goes on with another one."""
    waited_for = said.heard.user == talk.next_by and not talk.has_begun
    return waited_for and not said.to_other and not is_small_talk(said.text)


def _listening(talk: Talk, said: Said) -> Talk:
    """Return the talk listening from the message on by which it begins."""
    if talk.has_begun or not (said.is_addressed or _is_next(talk, said)):
        return talk
    return talk.model_copy(update={"listens_since": said.item.spoken})


def _mark(talk: Talk, view: View | None, item: Item) -> str:
    starts = talk.task_id is None and talk.start is None
    if starts and item.opens and not any(i.opens for i in talk.queue):
        return SEEN
    return WAITS if talk.queue or talk.is_busy(view) else ""


def _in_turn(talk: Talk, view: View | None, said: Said, item: Item) -> Hearing:
    """Let a message wait, unless the agent waits for somebody's answer and this may be it."""
    if _stops_too_early(talk, view, said):
        return Hearing(talk, (to_author(said.heard, sentences.STOP_TOO_EARLY, surely=True),))
    waiting = view.open_approvals if view else ()
    if not waiting:
        return enqueue(talk, view, item)
    if said.heard.user == talk.owner:
        return _reply(talk, waiting, said)
    shared = [a for a in waiting if a.deciders and not a.question]
    if shared and meaning_of(said.text) is not Meaning.OTHER:
        return _reply(talk, shared, said)  # whether they may is found out with the policy, live
    return _bystander(talk, view, waiting, said)


def _bystander(talk: Talk, view: View | None, waiting: Sequence[Approval], said: Said) -> Hearing:
    """Take what others say while the owner is asked; it never decides, and they should know."""
    asked = any(a.question for a in waiting)
    whisper = to_author(said.heard, sentences.not_owner(mention(talk.owner)))
    meaning, last = meaning_of(said.text), waiting[-1]
    if not asked and meaning is not Meaning.OTHER:
        if _why_not(last, said) is None:
            # Refused where a click of theirs is, and recorded as that.
            return Hearing(talk, answer=Answer(last, ok=meaning is Meaning.YES))
        return Hearing(talk, (whisper,))
    hearing = enqueue(talk, view, said.item)
    return Hearing(hearing.talk, (*hearing.effects, whisper)) if asked else hearing


def _reply(talk: Talk, waiting: Sequence[Approval], said: Said) -> Hearing:
    """Take a reply as an answer, where it certainly is one: the owner's, or a bare yes or no."""
    decided = {d.request_id for d in talk.decisions}
    undecided = [a for a in waiting if a.decision is None and a.request_id not in decided]
    if not undecided:
        return not_taken(talk, said, sentences.ALREADY_DECIDED)
    if len(undecided) > 1:
        return _which(talk, undecided, said)
    (approval,) = undecided
    if why := _why_not(approval, said):
        return not_taken(talk, said, why)
    answer = _answer(talk, approval, said)
    return Hearing(talk, answer=answer) if answer else _hold(talk, approval, said)


def _which(talk: Talk, undecided: Sequence[Approval], said: Said) -> Hearing:
    """Ask which of several things a reply answers; it waits for that like any held reply."""
    meant = [a for a in undecided if _why_not(a, said) is None]
    if not meant:
        why = _why_not(undecided[-1], said) or sentences.CARD_CHANGED
        return not_taken(talk, said, why)
    held = tuple(_held(approval, said) for approval in meant)
    holding = talk.model_copy(update={"held": (*talk.held, *held)})
    return Hearing(holding, (approval_sentences.ask_which(talk, said.heard, said.text, meant),))


def _held(approval: Approval, said: Said) -> Held:
    return Held(item=said.item, request_id=approval.request_id, digest=approval.digest)


def _why_not(approval: Approval, said: Said) -> Mrkdwn | None:
    """Return why no reply decides now; None where one does."""
    if not was_seen(approval, said.heard.ts):
        return sentences.CARD_CHANGED
    if said.heard.files and not approval.question and meaning_of(said.text) is not Meaning.OTHER:
        return sentences.ANSWER_WITH_FILE  # a yes to which something was to be said
    return None


def _answer(talk: Talk, approval: Approval, said: Said) -> Answer | None:
    meaning = Meaning.OTHER if approval.question else meaning_of(said.text)
    if meaning is Meaning.YES:
        return Answer(approval, ok=True)
    if meaning is Meaning.NO:
        return Answer(approval, ok=False)
    if approval.question or said.heard.mentions_bot or _alone(talk):
        return Answer(approval, ok=False, instructions=said.item.content)
    return None


def was_seen(approval: Approval, ts: Ts) -> bool:
    """Whether the card, as it is now, was in Slack before the message `ts` was typed."""
    card = approval.card
    is_shown = bool(card.ts) and card.shows_news and not card.lost
    return is_shown and ts_seconds(ts) > ts_seconds(card.shown_ts)


def _alone(talk: Talk) -> bool:
    return all(speaker == talk.owner for speaker in talk.speakers)


def _hold(talk: Talk, approval: Approval, said: Said) -> Hearing:
    """Where people talk to each other, words are not an answer unless the owner says so."""
    held = _held(approval, said)
    holding = talk.model_copy(update={"held": (*talk.held, held)})
    return Hearing(holding, (approval_sentences.offer_held(talk, held),))
