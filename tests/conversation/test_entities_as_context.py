"""Stacks and repositories that people speak of become a task's context."""

from typing import Any

from commanding import neo
from commanding import root as command_root
from conversation.scenes import contents, finish, sent_bodies, working
from stage import BOB, Stage
from support import wait_until

STACK = {"type": "stack", "name": "prod", "project": "web"}
REPOSITORY = {"type": "repository", "name": "shop", "org": "acme", "forge": "github"}
PULL = "https://github.com/acme/shop/pull/7"


def added(message: dict[str, Any]) -> list[Any]:
    """Return what a message as sent adds to the context."""
    return message["entity_diff"]["add"] if "entity_diff" in message else []


async def test_what_a_text_speaks_of_is_added_once(stage: Stage) -> None:
    async with stage.bridging():
        words = f"compare --stack web/prod with {PULL}."
        root, task = await working(stage, words)
        await finish(stage, root, task)
        await stage.reply(root, f"{PULL} again, and https://gitlab.com/acme/api", user=BOB)
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await finish(stage, root, task, "Done, too.")
        await stage.reply(root, f"{PULL} once more")
        await wait_until(lambda: len(contents(task)) == 3, "another reply")
    (created,) = sent_bodies(stage, "create_task")
    assert added(created["message"]) == [STACK, REPOSITORY]
    second, third = (body["event"] for body in sent_bodies(stage, "respond"))
    assert [(e["forge"], e["name"]) for e in added(second)] == [("gitlab", "api")]
    assert added(third) == []


async def test_what_neo_refuses_to_add_is_left_out_of_a_start_and_told(stage: Stage) -> None:
    stage.neo.hidden_stacks = {"web/prod"}
    async with stage.bridging():
        root = await stage.mention(f"--stack web/prod look at {PULL}")
        note = await stage.sees(root, "stack web/prod, repository acme/shop")
        task = await stage.task()
        await stage.sees(root, "Done")
        await stage.reply(root, "look at --stack web/prod again")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert "invalid entities: stack web/prod not found" in note.text
    first, second = sent_bodies(stage, "create_task")
    assert added(first["message"]) == [STACK, REPOSITORY]
    del first["message"]["entity_diff"]
    assert first == second
    (reply,) = sent_bodies(stage, "respond")
    assert added(reply["event"]) == [], "each is tried once"


async def test_what_neo_refuses_to_add_is_left_out_of_a_message_and_told(stage: Stage) -> None:
    stage.neo.hidden_stacks = {"web/prod"}
    async with stage.bridging():
        root, task = await working(stage)
        await finish(stage, root, task)
        await stage.reply(root, "and --stack web/prod")
        await stage.sees(root, "stack web/prod")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await finish(stage, root, task, "Done, too.")
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 3, "the next")
    first, second, _ = (body["event"] for body in sent_bodies(stage, "respond"))
    assert added(first) == [STACK]
    del first["entity_diff"]
    assert first == second
    assert stage.count(root, "web/prod") == 1


async def test_a_stack_of_another_organization_is_told_and_left_out(stage: Stage) -> None:
    async with stage.bridging():
        assert not await neo(
            stage, f"--stack elsewhere/web/prod --stack {stage.neo.org}/web/prod go"
        )
        root = await command_root(stage)
        await stage.sees(root, "without: elsewhere/web/prod")
        await stage.sees(root, "Done")
    (created,) = sent_bodies(stage, "create_task")
    assert added(created["message"]) == [STACK]
    assert created["message"]["content"] == "go"
