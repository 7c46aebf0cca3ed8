"""`--keep`: what was said is there again after a restart, and the conversation goes on."""

import json
from pathlib import Path

import pytest

from bot.errors import ConfigurationProblem
from bot.sandbox.demo import Demo, Options, serving
from bot.sandbox.page.keeping import FILE
from bot.sandbox.page.keeping_neo import CUT_OFF
from bot.sandbox.page.world import ANN, INFRA
from bot.sandbox.slack.text import plain_text
from support import wait_until


async def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    options = Options(port=0, browser=False, keep=tmp_path, pace=0)
    async with serving(options) as demo:
        await wait_until(lambda: demo.slack.connections, "the bridge connects", timeout=30)
        words = demo.slack.mention("move the orders database to a larger instance")
        root = await demo.slack.say(ANN, INFRA, words, files=[("a.log", b"\x00log")])
        await wait_until(lambda: says(demo, root, "Plan A"), "the plan", timeout=30)
        before = [(each.ts, each.user) for each in demo.slack.thread(INFRA, root)]
    async with serving(options) as demo:
        assert [(e.ts, e.user) for e in demo.slack.thread(INFRA, root)][: len(before)] == before
        assert demo.slack.message(INFRA, root).files[0].content == b"\x00log"
        await wait_until(lambda: says(demo, root, CUT_OFF), "that it was cut off", timeout=30)
        await demo.slack.say(ANN, INFRA, "go on", thread_ts=root)
        await wait_until(lambda: says(demo, root, "Plan A") > 1, "the plan again", timeout=30)
        assert len(demo.neo.tasks) == 1


def says(demo: Demo, root: str, words: str) -> int:
    """Return how many of the bot's messages that still wait or stand say these words."""
    thread = [each for each in demo.slack.thread(INFRA, root) if each.from_bot]
    return sum(words in plain_text(each) for each in thread)


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"v": 2}), json.dumps({"v": 1})])
async def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    with pytest.raises(ConfigurationProblem, match="cannot be read"):
        async with serving(Options(port=0, browser=False, keep=tmp_path)):
            pass
