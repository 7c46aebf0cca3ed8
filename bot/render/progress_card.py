"""The progress card of a turn: what the agent is doing, where to look, how to stop it."""

from collections.abc import Mapping

from bot.actions import (
    BEGIN_ANEW,
    CONSOLE,
    EVERYTHING,
    LISTEN,
    MENTIONS,
    RENAME,
    RETRY,
    SHARE,
    STOP,
    TASK,
)
from bot.ids import ButtonValue
from bot.render.words import duration_in_words
from bot.slack.blocks import actions, button, content, context, link_button, overflow, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, escape, joined, linkable, mrkdwn
from bot.slack.ops import Block, Content
from bot.view import Outcome, Todo, Turn, TurnState, View

TODOS_SHOWN = 25
"""Lines of the to-do list that are shown; of a longer one, those around the work."""

TODOS_BEFORE = 3
"""Finished lines that a longer list shows before the first one that is not."""

TITLE_LIMIT = 150
NOTE_LIMIT = 160

TOOLS_SHOWN = 3
"""Running tools that are shown, the latest."""

_MARKS = {"completed": "✅", "in_progress": "▶️"}
_MARKS_AT_REST = {"completed": "✅"}
_ENDED = {
    Outcome.FINISHED: "✅ Done",
    Outcome.FAILED: "❌ Ended in an error",
    Outcome.CANCELLED: "⏹️ Stopped",
}


def progress_card(view: View, turn: Turn, *, thread: str, now: float) -> Content:
    """Return the card; `now` (seconds since the epoch) gives the elapsed time."""
    title = one_line(view.title, TITLE_LIMIT) or "Neo task"
    state = _state(view, turn, now)
    said = mrkdwn("*{title}*\n{state}", title=title, state=state)
    blocks: list[Block] = [section(said, beside=_task_menu(view, turn, thread))]
    if turn.todos:
        blocks.append(section(_todo_list(turn)))
    if turn.ended_at is None:
        blocks.extend(context(line) for line in _work(turn, now))
    if view.facts:
        blocks.append(context(escape("  ·  ".join(view.facts))))
    if view.quiet:
        blocks.append(context(mrkdwn("🔕 In this thread, Neo hears only what mentions me.")))
    blocks.extend(_buttons(view, turn, thread))
    return content(mrkdwn("{title}: {state}", title=title, state=state), *blocks)


def _state(view: View, turn: Turn, now: float) -> Mrkdwn:
    elapsed = duration_in_words((turn.ended_at or now) - turn.started_at)
    facts = (_standing(view, turn, elapsed), *_counts(turn))
    return escape("  ·  ".join(facts))


def _standing(view: View, turn: Turn, elapsed: str) -> str:
    if turn.outcome is not None:
        return f"{_ENDED[turn.outcome]} after {elapsed}"
    if turn.stopping:
        return f"⏹️ Stopping, after {elapsed}"
    if view.state is TurnState.WAITING:
        question = all(a.question for a in view.open_approvals)
        return f"⏸️ Waiting for {'an answer' if question else 'a decision'}, {elapsed} so far"
    return f"⏳ Working for {elapsed}"


def _counts(turn: Turn) -> list[str]:
    counts: list[str] = []
    if turn.todos:
        done = sum(t.status == "completed" for t in turn.todos)
        counts.append(f"{done} of {len(turn.todos)} to-dos done")
    if turn.tools_done:
        calls = f"{turn.tools_done} tool call" + ("s" if turn.tools_done > 1 else "")
        counts.append(calls + (f", {turn.tools_failed} failed" if turn.tools_failed else ""))
    return counts


def _todo_list(turn: Turn) -> Mrkdwn:
    todos, marks = turn.todos, _MARKS if turn.ended_at is None else _MARKS_AT_REST
    start = _first_shown(todos)
    shown = todos[start : start + TODOS_SHOWN]
    behind = len(todos) - start - len(shown)
    lines = [_todo(t, marks) for t in shown]
    if start:
        lines.insert(0, escape(f"… {start} before"))
    if behind:
        lines.append(escape(f"… and {behind} more"))
    return joined("\n", lines)


def _first_shown(todos: tuple[Todo, ...]) -> int:
    """Return where to begin, so that a list too long to show shows what is being done."""
    unfinished = (i for i, todo in enumerate(todos) if todo.status != "completed")
    work = next(unfinished, len(todos)) - TODOS_BEFORE
    return max(0, min(work, len(todos) - TODOS_SHOWN))


def _todo(todo: Todo, marks: Mapping[str, str]) -> Mrkdwn:
    return escape(f"{marks.get(todo.status, '⬜')} {todo.content or '…'}")


def _work(turn: Turn, now: float) -> list[Mrkdwn]:
    """Return what runs now: the latest tool and its own report, or what the agent says it does.

    Last comes what is the matter, if nothing seems to run.
    """
    lines = [escape(f"🔧 {t.words}") for t in turn.tools[-TOOLS_SHOWN:]]
    if turn.note:
        lines.append(escape(one_line(turn.note, NOTE_LIMIT)))
    if turn.booting:
        lines.append(mrkdwn("Neo's runtime is starting; this can take a minute."))
    elif turn.silent_since is not None:
        lines.append(_silence(turn, now - turn.silent_since))
    return lines


def _silence(turn: Turn, seconds: float) -> Mrkdwn:
    stop = "You can look" if turn.stopping else "You can press Stop, or look"
    return mrkdwn(
        "⚠️ No sign of life from Neo's runtime for {minutes} min. {stop} in Pulumi Cloud.",
        minutes=str(int(seconds // 60)),
        stop=stop,
    )


def _buttons(view: View, turn: Turn, thread: str) -> list[Block]:
    row: list[Block] = []
    if turn.ended_at is None and not turn.stopping:
        value = ButtonValue(t=thread, s=str(turn.number)).encode()
        row.append(button("Stop", STOP, value))
    if linkable(view.console_url):
        row.append(link_button("Open in Pulumi Cloud", CONSOLE, view.console_url))
    if entries := _of_thread(view, turn, thread):
        row.append(overflow(LISTEN, *entries))
    return [actions(*row)] if row else []


def _task_menu(view: View, turn: Turn, thread: str) -> Block | None:
    """Return the menu of the modes that the task may be given, and of sharing it."""
    offers = [(_MODES[mode], mode) for mode in view.offers if mode in _MODES]
    if not view.shared:
        offers.append(("Share read-only", SHARE))
    entries = [
        (label, ButtonValue(t=thread, s=what, d=str(turn.number)).encode())
        for label, what in offers
    ]
    return overflow(TASK, *entries) if entries and turn is view.turn else None


def _of_thread(view: View, turn: Turn, thread: str) -> list[tuple[str, str]]:
    """Return what Neo may hear in the thread, what may be done after a turn, and the title."""
    entries: list[tuple[str, str]] = []
    if not thread.startswith("D"):  # in a direct message everything is said to the bot
        hears = ("Every reply", EVERYTHING) if view.quiet else ("Only when mentioned", MENTIONS)
        entries.append(hears)
    if turn is view.turn and turn.outcome is Outcome.FAILED and turn.asked is not None:
        entries.append(("Try that again", f"{RETRY}:{turn.number}"))
    if turn is view.turn and turn.ended_at is not None:
        entries.append(("New task in this thread", f"{BEGIN_ANEW}:{turn.number}"))
    if turn is view.turn:  # here, since the task's own menu is full where all modes are offered
        entries.append(("Rename …", f"{RENAME}:{turn.number}"))
    return [(label, ButtonValue(t=thread, s=what).encode()) for label, what in entries]


_MODES = {
    "manual": "Ask before everything",
    "balanced": "Ask before updates only",
    "auto": "Never ask",
    "read-only": "Look, change nothing",
    "default": "Allow changes",
}
"""What each of Neo's modes is called in the menu."""
