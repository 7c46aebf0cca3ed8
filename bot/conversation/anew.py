"""A failed turn tried again, and a thread that leaves its task for a new one. Pure."""

from datetime import UTC, datetime

from bot.conversation import control_sentences as sentences
from bot.conversation.pending import Batch, Message, Start
from bot.conversation.talk import Talk
from bot.ids import UserId
from bot.neo.wire import CreateTaskRequest, RespondToTaskRequest, UserMessage, respond_body
from bot.slack.mrkdwn import Mrkdwn
from bot.told import Left
from bot.view import SAME_INSTANT, Outcome, Turn, TurnState, View

LEFT_KEPT = 50
"""How many earlier tasks of a thread are remembered: their last events may still be shown."""


def failed_turn(talk: Talk, view: View | None) -> Turn | None:
    """Return the last turn where it failed, nothing came after it, and it was not tried again."""
    turn = view.turn if view else None
    if turn is None or turn.outcome is not Outcome.FAILED or talk.retried == turn.number:
        return None
    return None if talk.queue or talk.is_busy(view) else turn


def why_not_again(talk: Talk, view: View | None, turn: int) -> Mrkdwn | None:
    """Return why a turn cannot be tried again; None where it can."""
    failed = failed_turn(talk, view)
    if failed is None or failed.number != turn:
        return sentences.NOTHING_FAILED
    last, asked = talk.last_message, failed.asked
    is_ours = last and asked is not None and abs(last.instant - asked) < SAME_INSTANT
    return None if is_ours else sentences.NOT_OURS


def trying_again(talk: Talk, turn: int, now: float) -> Talk:
    """Return the talk with the last message on its way once more, as a user event of its own."""
    last = talk.last_message
    if last is None:
        return talk
    instant = talk.next_instant(now)
    said = _said(last).model_copy(update={"timestamp": datetime.fromtimestamp(instant, UTC)})
    items = tuple(item.model_copy(update={"mark": ""}) for item in last.items)
    batch = Batch(
        body=respond_body(said),
        instant=instant,
        items=items,
        until=last.until,
        entities=last.entities,
    )
    return talk.with_said(instant, batch=batch, retried=turn)


def _said(message: Message) -> UserMessage:
    """Return what Neo got."""
    if isinstance(message, Start):
        return CreateTaskRequest.model_validate_json(message.body).message
    event = RespondToTaskRequest.model_validate_json(message.body).event
    if not isinstance(event, UserMessage):
        raise TypeError("a batch is a message")
    return event


def is_of_earlier_task(talk: Talk, turn: int) -> bool:
    """Whether a turn is one of those that the thread had before its present task."""
    return 0 < turn <= talk.left.turns


def why_not_anew(talk: Talk, view: View | None, turn: int) -> Mrkdwn | None:
    """Return why a thread cannot leave its task, as `turn` shows it, now; None where it can.

    Nothing may be under way: what is said goes to the task that it was said to.
    """
    if talk.task_id is None or is_of_earlier_task(talk, turn):
        return sentences.NO_TASK
    unsent = talk.batch is not None and not talk.batch.accepted
    pending = talk.queue or unsent or talk.decisions or talk.returned or talk.wishes or talk.share
    is_idle = view is not None and view.state is TurnState.IDLE
    return None if is_idle and not pending else sentences.AT_WORK


def leaving(talk: Talk, view: View, user: UserId) -> Talk:
    """Return the talk without its task: what `user` says next starts another one.

    What waits for its author's word would start it as well. People, place and clock stay.
    """
    turns = view.turn.number if view.turn else view.turns_before
    tasks = (*talk.left.tasks, *((talk.task_id,) if talk.task_id else ()))[-LEFT_KEPT:]
    kept = {name: getattr(talk, name) for name in _STAYS}
    late = tuple(item.model_copy(update={"opens": True}) for item in talk.late)
    fresh = Talk(thread=talk.thread, owner=talk.owner)
    left = Left(tasks=tasks, turns=turns)
    now = {"late": late, "left": left, "next_by": user, "parting": talk.task_id}
    return fresh.model_copy(update={**kept, **now})


_STAYS = (
    *("amended", "attempts", "known", "known_until", "moves", "place", "quiet", "quiet_since"),
    *("said", "sent", "speakers", "stopped_at"),
)
"""What is about the thread and its people, and what was said already, whichever task it is."""
