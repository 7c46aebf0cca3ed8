"""The progress card over its life, and the texts around it."""

from dataclasses import replace

from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from relay.scene import BRISK, at_work, labels
from stage import Stage
from support import wait_until

TODOS = [
    {"content": "Read the stack", "status": "completed"},
    {"content": "Plan <!channel>", "status": "in_progress"},
]


async def test_one_card_follows_the_turn_in_few_edits_and_the_answer_is_a_new_message(
    stage: Stage,
) -> None:
    interval = 1.5
    async with at_work(stage, limits=replace(BRISK, card=interval)) as scene:
        card = scene.card
        assert labels(card) == ["Stop"]
        await scene.emit(
            events.set_task_name("Upgrade Node"),
            events.todo_list(TODOS),
        )
        for number in range(20):
            await scene.emit(events.exec_tool_call(f"c{number}", "shell__execute"))
            await scene.emit(events.tool_response(f"c{number}", "shell__execute"))
        await scene.emit(events.exec_tool_call("c1", "pulumi__preview", {"stack": "acme/prod"}))
        await wait_until(lambda: "pulumi: preview (acme/prod)" in plain_text(card), "the tool")

        text = plain_text(card)
        assert "*Upgrade Node*" in text
        assert "✅ Read the stack\n▶️ Plan &lt;!channel&gt;" in text
        assert "20 tool calls" in text
        (edit,) = stage.slack.calls_of("chat.update")
        assert edit.at - float(card.ts) > interval - 0.1
        await scene.emit(events.tool_response("c1", "pulumi__preview"))
        await scene.finish("Upgraded.")
        answer = await scene.sees("Upgraded.")
        await wait_until(lambda: "Done after" in plain_text(card), "the end", timeout=1.5)

    assert card.edits == 2
    assert labels(card) == []
    assert scene.messages[-1] is answer
    assert answer is not card
    assert answer.edits == 0


async def test_texts_and_notes_come_in_the_order_of_their_events(stage: Stage) -> None:
    async with at_work(stage) as scene:
        await scene.emit(
            events.assistant_message("first <!channel> <@U0EVE>"),
            events.warning("quota is low"),
            events.pull_request(org="acme", repo="api", number=7),
            events.error("out of credits"),
        )
        await scene.sees("out of credits")
        await wait_until(lambda: "Ended in an error" in plain_text(scene.card), "the end")

    first, warning, pull_request, error = scene.texts()
    assert "<!channel>" not in first
    assert "&lt;!channel&gt;" not in plain_text(scene.messages[1]).splitlines()[1]
    assert "<@U0EVE>" not in plain_text(scene.messages[1])
    assert "quota is low" in warning
    assert "<https://github.com/acme/api/pull/7|acme/api#7>" in pull_request
    assert "out of credits" in error
    for call in stage.slack.calls_of("chat.postMessage"):
        assert (call.args["unfurl_links"], call.args["unfurl_media"]) == (False, False)


async def test_a_turn_stopped_elsewhere_is_shown_as_stopped(stage: Stage) -> None:
    async with at_work(stage) as scene:
        stop = {"type": "user_cancel"}
        await stage.neo.type_in_console(scene.task.id, stop)
        await scene.sees("Stopped. Reply here to go on.")
        await wait_until(lambda: "Stopped after" in plain_text(scene.card), "the end")

    assert labels(scene.card) == []


async def test_what_somebody_types_in_the_console_is_shown_and_what_ann_types_here_is_not(
    stage: Stage,
) -> None:
    async with at_work(stage, "count the buckets") as scene:
        await scene.finish("42")
        await scene.sees("42")
        message = {"type": "user_message", "content": "and the topics?"}
        await stage.neo.type_in_console(scene.task.id, message)
        await scene.sees("and the topics?")
        await wait_until(lambda: len(scene.messages) == 4, "a second card")

    assert stage.count(scene.root, "count the buckets") == 0
    assert [m.text for m in scene.messages].count(scene.card.text) == 1
    assert "ada" in scene.texts()[1]


async def test_tables_and_code_are_native_and_a_very_long_text_is_a_preview_and_a_file(
    stage: Stage,
) -> None:
    table = "Before\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint()\n```"
    long = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(60))
    async with at_work(stage) as scene:
        await scene.say(table)
        await scene.finish(long)
        await wait_until(lambda: any(m.files for m in scene.messages), "a file")

    _, shown, preview, shared = scene.messages
    assert [b["type"] for b in shown.blocks] == ["markdown", "table", "markdown"]
    assert "```python\nprint()\n```" in shown.blocks[-1]["text"]
    assert "Paragraph 0." in preview.text
    assert len(plain_text(preview)) < 10_000
    (file,) = shared.files
    assert file.name == "neo-answer.md"
    assert file.content
    assert file.content.decode() == long
