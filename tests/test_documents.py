"""Versions of this program side by side on one store: an older one leaves alone what is newer."""

import json

import pytest

from bot.conversation.talk import Talk
from bot.documents import Document
from bot.errors import NewerRecord
from bot.ids import Installation, ThreadRef, Ts
from bot.slack.inbound import VERSION, read_input
from bot.store import Commit, Inbox, Lease, Records, Store
from bot.view import View
from conversation.people import running_talk, view
from conversation.scenes import contents, resting
from stage import INFRA, Stage
from support import wait_until


@pytest.mark.parametrize("document", [running_talk(), view()])
def test_a_document_is_read_by_its_own_version_and_not_by_an_older_one(
    document: Talk | View,
) -> None:
    kind: type[Document] = type(document)
    assert kind.read(document.model_dump_json()) == document
    newer = document.model_copy(update={"v": document.v + 1})
    with pytest.raises(NewerRecord, match=f"{kind.__name__} of version {newer.v}"):
        kind.read(newer.model_dump_json())


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
    talk = await rewritten(store, installation, root, v=2)
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
