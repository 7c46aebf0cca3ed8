"""The progress card of a turn: what the agent is doing, where to look, how to stop it."""

from bot.actions import CONSOLE, STOP
from bot.ids import ButtonValue
from bot.render.todos import TODOS_SHOWN
from bot.render.words import duration_in_words
from bot.slack.blocks import actions, button, content, context, link_button, section
from bot.slack.chars import one_line, truncate
from bot.slack.mrkdwn import Mrkdwn, escape, joined, linkable, mrkdwn
from bot.slack.ops import Block, Content
from bot.view import Outcome, Todo, Turn, TurnState, View

TODO_LIMIT = 160
"""Characters of one to-do line."""

TITLE_LIMIT = 150

TOOLS_SHOWN = 3
"""Running tools that are shown, the latest."""

_MARKS = {"completed": "✅", "in_progress": "▶️"}
_ENDED = {
    Outcome.FINISHED: "✅ Done",
    Outcome.FAILED: "❌ Ended in an error",
    Outcome.CANCELLED: "⏹️ Stopped",
}


def progress_card(view: View, turn: Turn, *, thread: str, now: float) -> Content:
    """Return the card; `now` (seconds since the epoch) gives the elapsed time."""
    title = truncate(view.title or "Neo task", TITLE_LIMIT)
    state = _state(view, turn, now)
    blocks: list[Block] = [section(mrkdwn("*{title}*\n{state}", title=title, state=state))]
    if turn.todos:
        blocks.append(section(_todo_list(turn.todos)))
    if turn.ended_at is None:
        blocks.extend(context(line) for line in _work(turn))
    blocks.extend(_buttons(view, turn, thread))
    return content(mrkdwn("{title}: {state}", title=title, state=state), *blocks)


def _state(view: View, turn: Turn, now: float) -> Mrkdwn:
    elapsed = duration_in_words((turn.ended_at or now) - turn.started_at)
    return escape(_standing(view, turn).format(elapsed=elapsed) + _tools(turn))


def _standing(view: View, turn: Turn) -> str:
    if turn.outcome is not None:
        return _ENDED[turn.outcome] + " after {elapsed}"
    if turn.stopping:
        return "⏹️ Stopping … ({elapsed})"
    if view.state is TurnState.WAITING:
        question = any(a.question for a in view.open_approvals)
        return f"⏸️ Waiting for {'an answer' if question else 'a decision'} ({{elapsed}})"
    return "⏳ Working ({elapsed})"


def _tools(turn: Turn) -> str:
    if not turn.tools_done:
        return ""
    steps = f", {turn.tools_done} step" + ("s" if turn.tools_done > 1 else "")
    return steps + (f", {turn.tools_failed} failed" if turn.tools_failed else "")


def _todo_list(todos: tuple[Todo, ...]) -> Mrkdwn:
    lines = [_todo(t) for t in todos[:TODOS_SHOWN]]
    if len(todos) > TODOS_SHOWN:
        lines.append(escape(f"… and {len(todos) - TODOS_SHOWN} more"))
    return joined("\n", lines)


def _todo(todo: Todo) -> Mrkdwn:
    return escape(f"{_MARKS.get(todo.status, '⬜')} {one_line(todo.content, TODO_LIMIT)}")


def _work(turn: Turn) -> list[Mrkdwn]:
    """Return what runs now: the latest tool and its own report, or what the agent says it does."""
    lines = [escape(f"🔧 {t.words}") for t in turn.tools[-TOOLS_SHOWN:]]
    if turn.note:
        lines.append(escape(truncate(turn.note, TODO_LIMIT)))
    return lines


def _buttons(view: View, turn: Turn, thread: str) -> list[Block]:
    row: list[Block] = []
    if turn.ended_at is None and not turn.stopping:
        value = ButtonValue(t=thread, s=str(turn.number)).encode()
        row.append(button("Stop", STOP, value))
    if linkable(view.console_url):
        row.append(link_button("Open in Pulumi Cloud", CONSOLE, view.console_url))
    return [actions(*row)] if row else []
