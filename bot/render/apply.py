"""How each task event moves the view forward, and what it makes the thread show."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.approvals.digest import changes_in, digest_of
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
from bot.render.outputs import Output, PostCard
from bot.render.texts import answer, text
from bot.render.todos import todos_in
from bot.render.words import tool_in_words
from bot.slack.ops import Priority
from bot.view import (
    ECHOES_KEPT,
    SAME_INSTANT,
    Approval,
    Card,
    Outcome,
    Resolution,
    RunningTool,
    Told,
    Turn,
    TurnState,
    View,
)

Rendered = tuple[View, list[Output]]

TODO_TOOL = "todo__TodoWrite"


@dataclass(frozen=True, slots=True)
class Moment:
    """What a handler may know besides the view: the event's place, the time, what we were told."""

    event: StreamedEvent
    now: float
    told: Told


def render(view: View, event: StreamedEvent, *, now: float, told: Told) -> Rendered:
    """Return the view after `event`, and what to show for it, in order.

    `now` is in seconds since the epoch. Never raises for any event.
    """
    moved, outputs = _apply(view, event.event, Moment(event, now, told))
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
            return _echoed(view, event.timestamp).with_turn(stopping=True), []
        case Cancelled():
            return _cancelled(view, at)
        case Failed():
            return _ended(view, Outcome.FAILED, at), [notes.failed(event.message)]
        case Warned():
            return view, [notes.warned(event.message)]
        case TaskRenamed():
            return view.model_copy(update={"title": event.name}).with_turn(), []
        case EntitiesChanged():
            return view, _opened(event)
        case ContextCompressed():
            return view.with_turn(note=notes.compressing(event)), []
        case Triggered():
            return _in_turn(view, at)
        case AwaitingApprovals() | Internal() | Unknown():
            return view, []
        case _:
            assert_never(event)


def _opened(event: EntitiesChanged) -> list[Output]:
    return [notes.pull_request(e) for e in event.added if e.type == "pull_request"]


def _user_said(view: View, event: UserSaid, at: Moment) -> Rendered:
    seen = _echoed(view, event.timestamp)
    stamp = event.timestamp.timestamp() if event.timestamp else None
    ours = stamp is not None and any(abs(s - stamp) < SAME_INSTANT for s in at.told.said)
    begun, outputs = _in_turn(seen, at)
    if ours:
        return begun, outputs
    return begun, [notes.said_elsewhere(event), *outputs]


def _assistant_said(view: View, event: AssistantSaid, at: Moment) -> Rendered:
    silent_end = event.ends_turn and view.state is TurnState.IDLE
    begun, outputs = (view, []) if silent_end else _in_turn(view, at)
    for call in event.tool_calls:
        if call.name == TODO_TOOL:
            begun = begun.with_turn(todos=todos_in(call.args))
    if event.ends_turn:
        return _ended(begun, Outcome.FINISHED, at), [*outputs, *answer(event.content)]
    return begun, [*outputs, *text(event.content)]


def _tool_started(view: View, event: ToolStarted, at: Moment) -> Rendered:
    begun, outputs = _in_turn(view, at)
    if event.name == TODO_TOOL or begun.turn is None:
        return begun, outputs
    tool = RunningTool(id=event.tool_call_id, words=tool_in_words(event.name, event.args))
    others = tuple(t for t in begun.turn.tools if t.id != tool.id)
    return begun.with_turn(tools=(*others, tool), note=""), outputs


def _tool_progressed(view: View, event: ToolProgressed) -> View:
    running = view.turn and any(t.id == event.tool_call_id for t in view.turn.tools)
    return view.with_turn(note=event.status) if running and event.status else view


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
    if begun.turn is None or view.approval(event.request_id) is not None:
        return begun, outputs
    approval = Approval(
        request_id=event.request_id,
        turn=begun.turn.number,
        message=event.message,
        approval_type=event.approval_type,
        sensitivity=event.sensitivity,
        tool=event.tool_name,
        question=event.is_question,
        plan=event.plan,
        files=changes_in(dict(event.git_diff)),
        digest=digest_of(event),
        asked_at=at.now,
        card=Card(key=f"{view.task_id}/approval/{event.request_id}"),
    )
    asked = begun.model_copy(update={"approvals": (*begun.approvals, approval)}).with_turn()
    return asked, [*outputs, PostCard(approval.card.key, Priority.DECISION)]


def _user_confirmed(view: View, event: UserConfirmed, at: Moment) -> Rendered:
    seen = _echoed(view, event.timestamp)
    approval = seen.approval(event.request_id)
    if approval is None or not approval.is_open:
        return seen, []
    ours = at.told.decisions.get(event.request_id)
    resolution = ours if ours and ours.ok == event.ok else _decided_elsewhere(event)
    return _resolved(seen, approval, resolution).with_turn(), []


def _decided_elsewhere(event: UserConfirmed) -> Resolution:
    by = "the task's approval mode" if event.synthetic else event.actor or "somebody"
    return Resolution(ok=event.ok, by=by, elsewhere=True, instructions=event.instructions)


def _resolved(view: View, approval: Approval, resolution: Resolution) -> View:
    changed = {"resolution": resolution, "card": approval.card.changed()}
    return view.with_approval(approval.model_copy(update=changed))


def _cancelled(view: View, at: Moment) -> Rendered:
    if view.state is TurnState.IDLE:
        return view, []
    return _ended(view, Outcome.CANCELLED, at), [notes.stopped()]


def _ended(view: View, outcome: Outcome, at: Moment) -> View:
    """Close the turn, and with it every approval that still waits."""
    if view.state is TurnState.IDLE:
        return view
    void = Resolution(ok=False, void=_WHY_VOID[outcome])
    for approval in view.open_approvals:
        view = _resolved(view, approval, void)
    return view.with_turn(outcome=outcome, ended_at=at.now, tools=(), note="", stopping=False)


_WHY_VOID = {
    Outcome.FINISHED: "The turn ended without it.",
    Outcome.FAILED: "The turn ended in an error.",
    Outcome.CANCELLED: "The turn was stopped.",
}


def _in_turn(view: View, at: Moment) -> Rendered:
    """Return the view with a turn under way, begun now if there was none."""
    if view.state is not TurnState.IDLE:
        return view, []
    number = view.turn.number + 1 if view.turn else 1
    card = Card(key=f"{view.task_id}/turn/{number}")
    turn = Turn(number=number, started_at=at.now, card=card)
    # Settled approvals leave with the turn they belonged to, unless Slack still shows them open.
    kept = tuple(a for a in view.approvals if a.is_open or a.card.stale)
    begun = view.model_copy(update={"turn": turn, "approvals": kept})
    return begun, [PostCard(card.key, Priority.PROGRESS)]


def _echoed(view: View, timestamp: datetime | None) -> View:
    if timestamp is None:
        return view
    echoes = (*view.echoes, timestamp.timestamp())[-ECHOES_KEPT:]
    return view.model_copy(update={"echoes": echoes})
