"""The bridge in sentences: read these first."""

from stage import Stage


async def test_a_mention_starts_a_task_and_its_answer_arrives_in_the_thread(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("how many buckets do we have?")

        await stage.sees(root, "how many buckets do we have?")
        await stage.sees(root, "Done")

    task = await stage.task()
    assert [e.body["content"] for e in task.user_events] == ["how many buckets do we have?"]
