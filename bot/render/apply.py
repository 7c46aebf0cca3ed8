"""How each task event moves the view forward, and what it makes the thread show."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.approvals.digest import digest_of
from bot.approvals.stacks import stacks_in, with_stacks
from bot.neo.events import (
    ApprovalRequested,
    AssistantSaid,
    AwaitingApprovals,
    Cancelled,
    ContextCompressed,
    EntitiesChanged,
    Failed,
    Internal,
    StreamedEvent,
    TaskEvent,
    TaskRenamed,
    ToolFinished,
    ToolProgressed,
    ToolStarted,
    Triggered,
    Unknown,
    UserCancelled,
    UserConfirmed,
    UserSaid,
    Warned,
)
from bot.render import notes
from bot.render.asking import WORDS_LIMIT, asked_now, asker_of, attachments, automation, called_by
from bot.render.outputs import Output, PostCard
from bot.render.texts import answer, text
from bot.render.todos import todos_in
from bot.render.words import tool_in_words
from bot.slack.chars import one_line
from bot.slack.ops import Priority
from bot.told import Told
from bot.view import (
    ECHOES_KEPT,
    PAST_KEPT,
    SAME_INSTANT,
    Approval,
    Card,
    Outcome,
    Resolution,
    RunningTool,
    Turn,
    TurnState,
    View,
)

Rendered = tuple[View, list[Output]]

TODO_TOOL = "todo__TodoWrite"

SETTLED_KEPT = 5
"""Settled approvals of a turn that stay when another one is asked, besides those to be shown."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a handler may know besides the view: the event's place, the time, what we were told."""

    event: StreamedEvent
    now: float
    told: Told


def render(view: View, event: StreamedEvent, *, now: float, told: Told) -> Rendered:
    """Return the view after `event`, and what to show for it, in order.

    `now` is in seconds since the epoch. Never raises for any event. Depends on nothing else, so
    it may be done twice: on the view that is shown, and, when that is delivered, on a view that
    differs from it in the state of its cards only, which decides no output.
    """
    moved, outputs = _apply(view.with_signs(), event.event, Moment(event, now, told))
    marked = moved.model_copy(update={"cursor": event.cursor, "last_event_at": now})
    return marked, outputs


def _apply(view: View, event: TaskEvent, at: Moment) -> Rendered:  # noqa: C901, PLR0911, PLR0912 -- a flat match over a closed union is the plainest dispatch
    match event:
        case UserSaid():
            return _user_said(view, event, at)
        case AssistantSaid():
            return _assistant_said(view, event, at)
        case ToolStarted():
            return _tool_started(view, event, at)
        case ToolProgressed():
            return _tool_progressed(view, event), []
        case ToolFinished():
            return _tool_finished(view, event), []
        case ApprovalRequested():
            return _approval_requested(view, event, at)
        case UserConfirmed():
            return _user_confirmed(view, event, at)
        case UserCancelled():
            return _user_cancelled(view, event, at), []
        case Cancelled():
            return _cancelled(view, at)
        case Failed():
            said = notes.failed(event.message, quiet=view.quiet)
            return ended(view, Outcome.FAILED, now=at.now), [said]
        case Warned():
            return view, [notes.warned(event.message)]
        case TaskRenamed():
            title = one_line(event.name, WORDS_LIMIT)
            return view.model_copy(update={"title": title}).with_turn(), []
        case EntitiesChanged():
            stacks = with_stacks(view.stacks, stacks_in(event.added))
            return view.model_copy(update={"stacks": stacks}), _opened(event)
        case ContextCompressed():
            return view.with_turn(note=notes.compressing(event)), []
        case Triggered():
            begun, outputs = _in_turn(view.model_copy(update={"asker": automation(event)}), at)
            return begun, [notes.triggered(event), *outputs]
        case AwaitingApprovals() | Internal() | Unknown():
            return view, []
        case _:
            assert_never(event)


def _opened(event: EntitiesChanged) -> list[Output]:
    return [notes.pull_request(e) for e in event.added if e.type == "pull_request"]


def _user_said(view: View, event: UserSaid, at: Moment) -> Rendered:
    ours = event.timestamp if _is_ours(event.timestamp, at) else None
    asker = asker_of(event, at.told, ours=ours is not None)
    heard = _echoed(view, event.timestamp, at).model_copy(update={"asker": asker})
    begun, outputs = _in_turn(heard, at, ours)
    if ours:
        return begun, outputs
    return begun, [notes.said_elsewhere(event), *outputs]


def _assistant_said(view: View, event: AssistantSaid, at: Moment) -> Rendered:
    silent_end = event.ends_turn and view.state is TurnState.IDLE
    begun, outputs = (view, []) if silent_end else _in_turn(view, at)
    for call in event.tool_calls:
        if call.name == TODO_TOOL and (todos := todos_in(call.args)) is not None:
            begun = begun.with_turn(todos=todos)
    if event.tool_calls:
        begun = _calling(begun, event)
    if event.ends_turn:
        return ended(begun, Outcome.FINISHED, now=at.now), [*outputs, *answer(event.content)]
    return begun, [*outputs, *text(event.content)]


def _calling(view: View, event: AssistantSaid) -> View:
    """Return the view knowing what is called, of which its card shows nothing."""
    return view.with_turn(called=called_by(event), card=view.turn.card) if view.turn else view


def _tool_started(view: View, event: ToolStarted, at: Moment) -> Rendered:
    begun, outputs = _in_turn(view, at)
    if event.name == TODO_TOOL or begun.turn is None:
        return begun, outputs
    tool = RunningTool(id=event.tool_call_id, words=tool_in_words(event.name, event.args))
    others = tuple(t for t in begun.turn.tools if t.id != tool.id)
    return begun.with_turn(tools=(*others, tool), note=""), outputs


def _tool_progressed(view: View, event: ToolProgressed) -> View:
    running = view.turn and any(t.id == event.tool_call_id for t in view.turn.tools)
    note = one_line(event.status, WORDS_LIMIT)
    return view.with_turn(note=note) if running and note else view


def _tool_finished(view: View, event: ToolFinished) -> View:
    if view.turn is None or event.name == TODO_TOOL:
        return view
    return view.with_turn(
        tools=tuple(t for t in view.turn.tools if t.id != event.tool_call_id),
        tools_done=view.turn.tools_done + 1,
        tools_failed=view.turn.tools_failed + int(event.is_error),
        note="",
    )


def _approval_requested(view: View, event: ApprovalRequested, at: Moment) -> Rendered:
    begun, outputs = _in_turn(view, at)
    whole, before = attachments(event), view.approval(event.request_id)
    if begun.turn is None:
        return begun, outputs
    if before is not None:
        # What is asked changed: so must the card, or no click on it would fit the record.
        if not before.is_open or before.digest == digest_of(event):
            return begun, outputs
        changed = asked_now(event, begun, begun.turn, now=at.now, card=before.card.changed())
        now_asked = changed.model_copy(update={"decision": before.decision})
        return begun.with_approval(now_asked).with_turn(), [*outputs, *whole]
    card = Card(key=f"{view.task_id}/approval/{event.request_id}")
    asked_for = asked_now(event, begun, begun.turn, now=at.now, card=card)
    approvals = (*_recent(begun.approvals), asked_for)
    asked = begun.model_copy(update={"approvals": approvals}).with_turn()
    return asked, [*outputs, *whole, PostCard(card.key, Priority.DECISION)]


def _recent(approvals: tuple[Approval, ...]) -> tuple[Approval, ...]:
    """Return what a view keeps when one more comes: what still matters, and the last few."""
    last = approvals[-SETTLED_KEPT:]
    return tuple(a for a in approvals if a.is_open or a.card.stale or a in last)


def _user_confirmed(view: View, event: UserConfirmed, at: Moment) -> Rendered:
    seen = _echoed(view, event.timestamp, at)
    approval = seen.approval(event.request_id)
    if approval is None or not approval.is_open:
        return seen, []
    # Elsewhere perhaps with our verdict, while ours is on its way.
    how = _decided_here(event, approval, at) or _decided_elsewhere(event)
    return _resolved(seen, approval, how).with_turn(), notes.expired(view.owner, how)


def _decided_here(event: UserConfirmed, approval: Approval, at: Moment) -> Resolution | None:
    """Return the decision of ours that comes back with an event; None where it is none."""
    if event.timestamp is None or not _is_ours(event.timestamp, at):
        return None
    stamp, request = event.timestamp.timestamp(), event.request_id
    doubted = (d for d in at.told.doubted if d.request_id == request)
    given_up = next((d.how for d in doubted if abs(d.instant - stamp) < SAME_INSTANT), None)
    how = given_up or at.told.decisions.get(request) or approval.decision
    return how if how and how.ok == event.ok else None


def _decided_elsewhere(event: UserConfirmed) -> Resolution:
    by = "" if event.synthetic else one_line(event.actor, WORDS_LIMIT) or "somebody"
    said = one_line(event.instructions, WORDS_LIMIT)
    return Resolution(ok=event.ok, by=by, elsewhere=True, instructions=said)


def _user_cancelled(view: View, event: UserCancelled, at: Moment) -> View:
    seen = _echoed(view, event.timestamp, at)
    if seen.state is TurnState.IDLE:
        return seen
    return seen.with_turn(stopping=True, stop_taken=True)


def _resolved(view: View, approval: Approval, resolution: Resolution) -> View:
    changed = {"resolution": resolution, "card": approval.card.changed()}
    return view.with_approval(approval.model_copy(update=changed))


def _cancelled(view: View, at: Moment) -> Rendered:
    if view.state is TurnState.IDLE:
        return view, []
    return ended(view, Outcome.CANCELLED, now=at.now), [notes.stopped(quiet=view.quiet)]


def ended(view: View, outcome: Outcome, *, now: float) -> View:
    """Close the turn at `now` (epoch seconds), and with it every approval that still waits."""
    if view.state is TurnState.IDLE:
        return view
    void = Resolution(ok=False, void=_WHY_VOID[outcome])
    for approval in view.open_approvals:
        view = _resolved(view, approval, void)
    return view.with_turn(outcome=outcome, ended_at=now, tools=(), note="", stopping=False)


_WHY_VOID = {
    Outcome.FINISHED: "The turn ended without it.",
    Outcome.FAILED: "The turn ended in an error.",
    Outcome.CANCELLED: "The turn was stopped.",
}


def _in_turn(view: View, at: Moment, asked: datetime | None = None) -> Rendered:
    """Return the view with a turn under way, begun now if there was none."""
    if view.state is not TurnState.IDLE:
        return view, []
    number = (view.turn.number if view.turn else view.turns_before) + 1
    card = Card(key=f"{view.task_id}/turn/{number}")
    turn = Turn(number=number, started_at=at.now, asked=asked and asked.timestamp(), card=card)
    # Settled approvals leave with the turn they belonged to, unless Slack still shows them open.
    kept = tuple(a for a in view.approvals if a.is_open or a.card.stale)
    past = tuple(t for t in view.turns() if t.card.stale)[-PAST_KEPT:]
    begun = view.model_copy(update={"turn": turn, "past": past, "approvals": kept})
    return begun, [PostCard(card.key, Priority.PROGRESS)]


def _is_ours(timestamp: datetime | None, at: Moment) -> bool:
    if timestamp is None:
        return False
    stamp = timestamp.timestamp()
    return any(abs(said - stamp) < SAME_INSTANT for said in at.told.said)


def _echoed(view: View, timestamp: datetime | None, at: Moment) -> View:
    """Return the view knowing that an event of ours came back; other users' would crowd it out."""
    if timestamp is None or not _is_ours(timestamp, at):
        return view
    echoes = (*view.echoes, timestamp.timestamp())[-ECHOES_KEPT:]
    return view.model_copy(update={"echoes": echoes})
