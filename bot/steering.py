"""Answers the commands about a whole task: finds which one is meant, and hands it on."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from bot.commands.control import Control
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import LATER, SHARES, Controlled, Received, SlashCommand
from bot.slack.mrkdwn import Mrkdwn, code, joined, mrkdwn
from bot.store.records import Records
from bot.tasks import OwnTask, listed, tasks_of, titled
from bot.view import Outcome

NONE = {
    "change": mrkdwn("You have no task that could be changed. `/neo help` says how to start one."),
    "share": mrkdwn("You have no task that could be shared. `/neo help` says how to start one."),
    "retry": mrkdwn("No last turn of your tasks has failed, so there is nothing to try again."),
    "begin_anew": mrkdwn("None of your tasks is at rest, so there is no thread to begin anew in."),
}
DONE: Mapping[str, LiteralString] = {
    "change": "Asking Neo to change {title}. Its thread shows when it has.",
    "share": "Asking Neo to share {title} read-only. Its thread shows when it has.",
    "retry": "The last turn of {title} is tried again. Its thread shows it.",
    "begin_anew": "In the thread of {title}, your next message starts a new task.",
}


async def steer(edges: Edges, intake: StoreIntake, command: SlashCommand, asked: Control) -> str:
    """Do with one of a person's own tasks what they typed; return what they read.

    Raises `StoreUnavailable`.
    """
    own = [task for task in await tasks_of(Records(edges.lease), command.user) if task.view]
    fitting = [task for task in own if _fits(task, asked)]
    meant, title = _meant(fitting, asked)
    if not fitting:
        return NONE[asked.do]
    if not meant:
        head = mrkdwn(
            "None of these tasks of yours has {word} in its title:", word=code(asked.which)
        )
        return joined("\n", (head, listed(edges.bot, fitting)))
    if len(meant) > 1:
        return joined("\n", (_which(asked), listed(edges.bot, meant)))
    await intake.take(
        Received(input=_controlled(command, meant[0], asked, title), marks=command.marks)
    )
    return mrkdwn(DONE[asked.do], title=titled(edges.bot, meant[0]))


def _fits(task: OwnTask, asked: Control) -> bool:
    turn = task.view.turn if task.view else None
    match asked.do:
        case "change" | "share":
            return task.talk.task_id is not None
        case "retry":
            failed = turn is not None and turn.outcome is Outcome.FAILED
            return failed and not task.is_at_work
        case "begin_anew":
            return turn is not None and not task.is_at_work


def _meant(tasks: Sequence[OwnTask], asked: Control) -> tuple[list[OwnTask], str]:
    """Return the tasks that may be meant, and the new title without the word that names one."""
    named = [task for task in tasks if asked.which.casefold() in task.title.casefold()]
    if asked.which and not named and asked.title:
        return _at_work_or_all(tasks), asked.title  # the colon belongs to the title
    title = asked.title.partition(":")[2].strip() if asked.which else asked.title
    return (named if asked.which else _at_work_or_all(tasks)), title


def _at_work_or_all(tasks: Sequence[OwnTask]) -> list[OwnTask]:
    return [task for task in tasks if task.is_at_work] or [*tasks]


def _which(asked: Control) -> Mrkdwn:
    how = {
        "change": f"mode {asked.mode} word" if asked.mode else "rename word: new title",
        "share": "share word",
        "retry": "retry word",
        "begin_anew": "new word",
    }
    said = "Several of your tasks may be meant. Name one by a word of its title: {how}"
    return mrkdwn(said, how=code(f"/neo {how[asked.do]}"))


def _controlled(command: SlashCommand, task: OwnTask, asked: Control, title: str) -> Controlled:
    turn = task.view.turn if task.view else None
    return Controlled(
        v=SHARES if asked.do == "share" else LATER,
        thread=task.talk.thread,
        user=command.user,
        do=asked.do,
        approval_mode=asked.mode,
        permission_mode=asked.mode,
        title=title,
        turn=turn.number if turn else 0,
    )
