"""The previous commit and this one side by side on one store, in both roles."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bridge_process import BridgeProcess, settings_for
from conversation.scenes import confirmations, contents
from stage import Stage
from support import wait_until

REPOSITORY = Path(__file__).parents[2]


def git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 -- our own words
        [shutil.which("git") or "git", *words], cwd=REPOSITORY, capture_output=True, check=False
    )


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The package as of the commit before; skipped where there is no history to take it from."""
    if shutil.which("git") is None or git("rev-parse", "--verify", "HEAD~1").returncode:
        pytest.skip("this copy of the repository has no history")
    folder = tmp_path / "previous"
    archive = tmp_path / "previous.tar"
    assert git("archive", "-o", str(archive), "HEAD~1", "bot", "manifest.yml").returncode == 0
    shutil.unpack_archive(archive, folder)
    return folder


@pytest.fixture
async def versions(
    stage: Stage, store_url: str, tmp_path: Path, previous: Path
) -> AsyncIterator[tuple[BridgeProcess, BridgeProcess]]:
    """The older bridge and the newer one, on one store; neither runs yet."""
    settings = settings_for(
        stage.slack, stage.neo, tmp_path, REDIS_URL=store_url, NEO_SLACK_LEASE_SECONDS="1"
    )
    async with AsyncExitStack() as stack:
        older, newer = [
            await stack.enter_async_context(BridgeProcess(tmp_path / name, settings | more))
            for name, more in (("older", {"PYTHONPATH": str(previous)}), ("newer", {}))
        ]
        yield older, newer


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["upgrade", "downgrade"])
async def test_a_conversation_goes_on_from_one_version_to_the_other_and_back(
    stage: Stage, versions: tuple[BridgeProcess, BridgeProcess], order: tuple[int, int]
) -> None:
    first, second = (versions[index] for index in order)
    stage.neo.manual = True
    await first.start()
    await connected(stage, 1)
    root = await stage.mention("go")
    await stage.sees(root, "Working")
    task = await stage.task()
    await say(stage, task, root, "text 1")

    await second.start()
    await connected(stage, 2)
    await stage.reply(root, "reply 1")
    await first.kill()
    await say(stage, task, root, "text 2", is_final=True)
    await wait_until(lambda: contents(task) == ["go", "reply 1"], "the reply")
    await stage.neo.emit(task.id, events.user_approval_request("May I?"))
    await stage.sees(root, "May I?")

    await first.start()
    await connected(stage, 2)
    await second.kill()
    await connected(stage, 1)  # Slack sends a click once, and not to whom it takes for alive
    await stage.click(root, "Approve")
    await wait_until(lambda: confirmations(task) == [(True, "")], "the decision", timeout=20)
    await say(stage, task, root, "text 3", is_final=True)
    assert [stage.count(root, f"text {number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert contents(task) == ["go", "reply 1"]
    assert "Traceback" not in first.output + second.output


async def connected(stage: Stage, number: int) -> None:
    await wait_until(lambda: stage.slack.connections == number, "connected", timeout=30)


async def say(
    stage: Stage, task: TaskState, root: str, words: str, *, is_final: bool = False
) -> None:
    await stage.neo.emit(task.id, events.assistant_message(words, is_final=is_final))
    await stage.sees(root, words)
