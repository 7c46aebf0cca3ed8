"""What the tests of this part say and show: messages, views, approvals, as values."""

from bot.conversation.hear import Said
from bot.conversation.items import Item, LeftOut
from bot.conversation.pending import Start
from bot.conversation.talk import Talk
from bot.ids import ApprovalRequestId, TaskId, ThreadRef, Ts, UserId
from bot.slack.inbound import FileRef, Heard
from bot.slack.mrkdwn import mrkdwn
from bot.view import Approval, Card, Turn, View

ANN, BOB = UserId("U0ANN"), UserId("U0BOB")
THREAD = ThreadRef(channel="C1", root=Ts("100.000000"))
TASK = TaskId("t1")


def ts(number: int) -> Ts:
    """Return the timestamp of the thread's message `number`."""
    return Ts(f"{100 + number}.000000")


def said(
    number: int,
    text: str = "words",
    *,
    user: UserId = ANN,
    to_bot: bool = False,
    to_other: bool = False,
    dm: bool = False,
    found_late: bool = False,
    age: float = 0.0,
    file: str = "",
    attached: str = "",
    said_in: ThreadRef | None = None,
) -> Said:
    """Return a message as it is heard, `age` seconds after it was said.

    `file` is the name of one that is left out, `attached` the quote of one that is not.
    """
    heard = Heard(
        thread=THREAD,
        user=user,
        ts=ts(number),
        text=text,
        dm=dm,
        mentions_bot=to_bot,
        files=(FileRef(id="F1", name=file or "a.log"),) if file or attached else (),
        found_late=found_late,
        said_in=said_in,
    )
    left_out = (LeftOut(file, mrkdwn("not text")),) if file else ()
    now = 100 + number + age
    return Said(heard, text, to_other=to_other, now=now, attached=attached, left_out=left_out)


def item(number: int, text: str = "words", *, user: UserId = ANN, opens: bool = False) -> Item:
    """Return a message that waits."""
    return Item(ts=ts(number), user=user, text=text, opens=opens)


def new_talk() -> Talk:
    """Return the talk of a thread in which nobody spoke to the bot yet."""
    return Talk(thread=THREAD, owner=ANN)


def running_talk(**changes: object) -> Talk:
    """Return the talk of a thread with a task, which only its owner spoke in."""
    start = Start(body="", instant=100.0, items=(item(0, opens=True),), accepted=True)
    talk = Talk(thread=THREAD, owner=ANN, task_id=TASK, start=start, said=(100.0,), speakers=(ANN,))
    return talk.model_copy(update=changes)


def view(*approvals: Approval, over: bool = False) -> View:
    """Return the view of a task whose first message came back: working, waiting, or `over`."""
    turn = Turn(number=1, started_at=100.0, ended_at=200.0 if over else None, card=Card(key="p"))
    return View(task_id=TASK, owner=ANN, turn=turn, approvals=approvals, echoes=(100.0,))


def approval(number: int = 1, *, question: bool = False, shown_at: int = 1) -> Approval:
    """Return an open approval whose card was shown last with message `shown_at`."""
    card = Card(key=f"a{number}", ts=ts(shown_at), shown=1, shown_ts=ts(shown_at))
    return Approval(
        request_id=ApprovalRequestId(f"a{number}"),
        turn=1,
        message="May I?",
        approval_type="general",
        sensitivity="regular",
        question=question,
        digest="d",
        asked_at=100.0,
        card=card,
    )
