"""What waits for a person, wherever it is, is listed with buttons that work there."""

import json
from typing import Any

from bot.policy.file import parse
from bot.sandbox.slack.model import Ephemeral
from commanding import neo
from conversation.scenes import ask, confirmations, whispered, working
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def listed(stage: Stage, user: str = ANN) -> Ephemeral:
    """Let somebody type `/neo approvals`, and see the answer."""
    delivery = await stage.slack.command(user, INFRA, "/neo", "approvals")
    await wait_until(lambda: delivery.acked_at, "an ack")
    answer: dict[str, Any] = delivery.response or {}
    assert answer["response_type"] == "ephemeral"
    ts = stage.slack.workspace.channel(INFRA).stamp(stage.slack.workspace.clock.now())
    seen = Ephemeral(INFRA, user, ts, answer["text"], answer.get("blocks", []), None)
    stage.slack.workspace.ephemerals.append(seen)
    return seen


def values(seen: Ephemeral, label: str) -> list[str]:
    """Return the values of the buttons with this label."""
    rows = [block["elements"] for block in seen.blocks if block["type"] == "actions"]
    buttons = [element for row in rows for element in row if element["type"] == "button"]
    return [b["value"] for b in buttons if b["text"]["text"] == label]


async def test_what_waits_in_several_threads_is_listed_and_can_be_decided_there(
    stage: Stage,
) -> None:
    policy = parse(f'[[rule]]\nsensitivity = "sensitive"\ndeciders = ["owner", "{BOB}"]\n')
    async with stage.bridging(policy=policy):
        assert (await listed(stage)).text == "Nothing waits for you."
        first, task = await working(stage, "first")
        second, other = await working(stage, "second")
        await ask(stage, first, task, "Delete the bucket?")
        await ask(stage, second, other, "Resize the cluster?", sensitivity="sensitive")

        mine = await listed(stage)
        assert mine.text == "*2 things wait for you:*"
        shown = json.dumps(mine.blocks, ensure_ascii=False)
        assert shown.index("Delete the bucket?") < shown.index("Resize the cluster?")
        assert f"?thread_ts={first}&amp;cid={INFRA}" in shown
        assert f"<@{BOB}> may decide, too" in shown
        theirs = await listed(stage, BOB)
        assert theirs.text == "*1 thing waits for you:*"

        approve = values(mine, "Approve")[0]
        await stage.slack.click(ANN, INFRA, mine.ts, "neo_approve", value=approve)
        await wait_until(lambda: confirmations(task) == [(True, "")], "approved from the list")
        (deny,) = values(theirs, "Deny")
        clicked = await stage.slack.click(BOB, INFRA, theirs.ts, "neo_deny", value=deny)
        assert await clicked.is_acked(3.5)
        await stage.submit("not now", user=BOB)
        await wait_until(lambda: confirmations(other), "denied from the list")
        assert confirmations(other) == [(False, "not now")]
        await stage.slack.click(ANN, INFRA, mine.ts, "neo_approve", value=approve)
        await whispered(stage, ANN, "settled before")
        assert await neo(stage, "approvals") == "Nothing waits for you."
