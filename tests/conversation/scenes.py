"""Scenes that many tests of this part begin with, in a Neo whose agent is the test."""

from typing import Any

from bot.conversation.patience import Patience
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.text import buttons
from stage import ANN, INFRA, Stage
from support import wait_until

QUICK = Patience(
    create=0.6, respond=0.6, settle=0.4, give_up=1.2, look_every=0.1, retry=0.1, busy=0.1,
    stop_waits=(0.05, 0.05, 0.05), lapse=0.5,
)  # fmt: skip
"""Neo waited for so briefly that a test can see the end of it."""


async def working(stage: Stage, words: str = "go") -> tuple[str, TaskState]:
    """Let Ann start a task and its agent work; return the thread's root and the task."""
    stage.neo.manual = True
    root = await stage.mention(words)
    await stage.sees(root, "Working")
    return root, next(t for t in stage.neo.tasks.values() if contents(t)[0] == words)


async def resting(stage: Stage, words: str = "go") -> tuple[str, TaskState]:
    """Let Ann start a task and its agent answer; return the thread's root and the task."""
    root, task = await working(stage, words)
    await finish(stage, root, task, f"Done with {words}.")
    return root, task


async def finish(stage: Stage, root: str, task: TaskState, words: str = "Done.") -> None:
    """Let the agent end its turn, and wait until the thread shows it."""
    await stage.neo.emit(task.id, events.assistant_message(words, is_final=True))
    await stage.sees(root, words)


async def ask(stage: Stage, root: str, task: TaskState, words: str, **more: Any) -> str:
    """Let the agent ask for an approval, and wait for its card; return the request's id."""
    body = events.user_approval_request(words, **more)
    await stage.neo.emit(task.id, body)
    await stage.sees(root, words)
    return body["id"]


def contents(task: TaskState) -> list[str]:
    """Return the messages that Neo took, in order."""
    return [e.body["content"] for e in task.user_events if e.body["type"] == "user_message"]


def confirmations(task: TaskState) -> list[tuple[bool, str]]:
    """Return the decisions that Neo took, in order, with their instructions."""
    taken = [e.body for e in task.user_events if e.body["type"] == "user_confirmation"]
    return [(body["ok"], body.get("instructions") or "") for body in taken]


def cancels(task: TaskState) -> int:
    """Return how many cancels Neo took."""
    return sum(e.body["type"] == "user_cancel" for e in task.user_events)


def sent_bodies(stage: Stage, route: str) -> list[Any]:
    """Return the bodies of all calls of a route of Neo's, taken or not."""
    return [r.body for r in stage.neo.received if r.route == route]


def whispers(stage: Stage, user: str) -> list[str]:
    """Return what was shown to one person alone."""
    return [e.text for e in stage.slack.ephemerals if e.user == user]


async def whispered(stage: Stage, user: str, words: str) -> None:
    """Wait until somebody alone is shown these words."""
    await wait_until(
        lambda: any(words in text for text in whispers(stage, user)),
        f"{words!r} to {user} alone",
        also=lambda: whispers(stage, user),
    )


async def acked(stage: Stage) -> None:
    """Wait until everything that happened so far was delivered and acked."""
    so_far = [d for d in stage.slack.deliveries if not d.lost]
    await wait_until(lambda: all(d.acked.is_set() for d in so_far), "every delivery acked")


async def press(stage: Stage, channel: str, label: str, *, user: str = ANN) -> None:
    """Let somebody press the last button with this label in a channel, in any thread."""
    for message in reversed(stage.slack.messages(channel)):
        for action_id, shown, _ in buttons(message):
            if shown == label and not message.deleted:
                await stage.slack.click(user, channel, message.ts, action_id)
                return
    raise LookupError(f"no button {label!r}")


def reactions(stage: Stage, ts: str) -> set[str]:
    """Return the names of the reactions on a message of the usual channel."""
    return stage.slack.reactions(INFRA, ts)
