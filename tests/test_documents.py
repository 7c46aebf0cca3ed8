"""Versions of this program side by side on one store: an older one leaves alone what is newer."""

import json

import pytest

from bot.conversation.pending import PendingDecision, PendingStop, Share, Wish
from bot.conversation.talk import Talk
from bot.documents import Document
from bot.errors import NewerRecord
from bot.ids import ApprovalRequestId, Installation, TaskId, ThreadRef, Ts
from bot.slack.inbound import VERSION, read_input
from bot.store import Commit, Inbox, Lease, Records, Store
from bot.told import Left
from bot.view import View
from conversation.people import ANN, running_talk, view
from conversation.scenes import contents, resting
from stage import INFRA, Stage
from support import wait_until


@pytest.mark.parametrize("document", [running_talk(), view()])
def test_a_document_is_read_by_its_own_version_and_not_by_an_older_one(
    document: Talk | View,
) -> None:
    kind: type[Document] = type(document)
    assert kind.read(document.model_dump_json()) == document
    newer = document.model_copy(update={"v": kind.NEWEST + 1})
    with pytest.raises(NewerRecord, match=f"{kind.__name__} of version {newer.v}"):
        kind.read(newer.model_dump_json())


FAILED = PendingDecision(
    body="", instant=1.0, request_id=ApprovalRequestId("r"), user=ANN, ok=True, decided_at=1.0,
    failed="Neo refuses it",
)  # fmt: skip


@pytest.mark.parametrize(
    "new",
    [
        {"share": Share(user=ANN, entry="1-0", asked_at=0.0)},
        {"wishes": (Wish(user=ANN, entry="1-0", asked_at=0.0, title="t"),)},
        {"stop": PendingStop(body="", instant=1.0, turn=1, user=ANN, asked_at=0.0, force=True)},
        {"decisions": (FAILED,)},
        {"left": Left(tasks=(TaskId("before"),), turns=1)},
        {"parting": TaskId("before")},
        {"next_by": ANN},
    ],
    ids=lambda new: next(iter(new)),
)
def test_a_talk_is_of_a_later_version_while_it_holds_what_an_older_program_would_drop(
    new: dict[str, object],
) -> None:
    talk = running_talk()
    assert talk.as_stored().v == 1
    holding = talk.model_copy(update=new).as_stored()
    assert holding.v == Talk.NEWEST
    without = holding.model_copy(update={name: getattr(talk, name) for name in new})
    assert without.as_stored() == talk


SUNG = json.dumps({"v": VERSION + 1, "kind": "sung"})
"""An input of a kind that only a later version knows."""


def test_a_newer_input_need_not_even_look_like_one() -> None:
    with pytest.raises(NewerRecord):
        read_input(SUNG)


async def test_a_newer_conversation_is_left_alone_and_its_entries_wait(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    async with stage.bridging():
        root, task = await resting(stage)
    talk = await rewritten(store, installation, root, v=Talk.NEWEST + 1)
    async with stage.bridging():
        await inbox.take_in(SUNG, ["m"], thread_key=None, addressed=True)
        reply = await stage.reply(root, "and now?")
        other = await stage.mention("another")
        await stage.sees(other, "Working")
        waiting = [e.json for e in await inbox.read()]
    assert contents(task) == ["go"]
    assert [reply in json or "sung" in json for json in waiting] == [True, True]
    assert await talk_of(store, installation, root) == talk
    await rewritten(store, installation, root, v=1)
    async with stage.bridging():
        await wait_until(lambda: contents(task) == ["go", "and now?"], "the reply")


async def talk_of(store: Store, installation: Installation, root: str) -> str:
    key = ThreadRef(channel=INFRA, root=Ts(root)).key()
    return (await Records(Lease(store, installation)).load(key))["talk"]


async def rewritten(store: Store, installation: Installation, root: str, *, v: int) -> str:
    """Let a program of another version write the talk of a thread."""
    lease = Lease(store, installation)
    assert await lease.acquire(exclusive=True)
    key = ThreadRef(channel=INFRA, root=Ts(root)).key()
    talk = Talk.model_validate_json(await talk_of(store, installation, root))
    written = talk.model_copy(update={"v": v}).model_dump_json()
    await Records(lease).commit(Commit(thread_key=key, talk=written))
    await lease.release()
    return written
