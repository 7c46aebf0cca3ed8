"""How the page holds 2,000 messages and a turn of 200 steps: `uv run python tests/bench/page.py`.

Prints figures of this machine, and asserts nothing. A frame that takes longer than 50 ms is one
that somebody could see.
"""

import asyncio
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.bridge import BridgeProcess
from bot.sandbox.page.server import Page
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.page.world import ANN, INFRA, furnish
from bot.sandbox.slack.wire import JSON
from bot.sandbox.slack.workspace import Draft

MESSAGES = 2000
STEPS = 200

SCROLL = """async (selector) => {
  const box = document.querySelector(selector);
  const frames = [];
  let last = performance.now();
  for (let i = 0; i < 240; i++) {
    box.scrollTop -= 600;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  frames.sort((a, b) => a - b);
  const at = (share) => frames[Math.floor(frames.length * share)].toFixed(1);
  const slow = frames.filter((each) => each > 50).length;
  const worst = `longest ${at(0.999)} ms, ${slow} of 240 over 50`;
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, ${worst}`;
}"""

WATCH = """() => {
  window.gaps = [];
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    window.gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
GAPS = """() => {
  const gaps = window.gaps.sort((a, b) => a - b);
  const at = (share) => gaps[Math.floor(gaps.length * share)].toFixed(1);
  const worst = `p99 ${at(0.99)} ms, longest ${at(0.9999)} ms`;
  return `${gaps.length} frames, median ${at(0.5)} ms, ${worst}`;
}"""


def card(step: int) -> list[JSON]:
    """Return a progress card with 25 lines, as the bridge updates it."""
    lines = "\n".join(f"{'✅' if i * 8 < step else '⬜'} Step {i} of the job" for i in range(25))
    text = f"*A long job*\n⏳ Working for {step} s\n{lines}"
    button = {"type": "plain_text", "text": "Stop"}
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "actions", "elements": [{"type": "button", "text": button, "action_id": "stop"}]},
    ]


async def fill(slack: SlackSandbox) -> None:
    """Post the messages: every fifth is the bot's, with blocks."""
    place, bot = slack.workspace.channel(INFRA), slack.workspace.bot.user_id
    for i in range(MESSAGES):
        blocks = card(i) if i % 5 == 0 else []
        text = f"Message {i}: `acme/checkout-api/prod` is *fine*, see <https://example.com/{i}>"
        slack.workspace.post(place, bot if blocks else ANN, Draft(text, blocks))


async def turn(slack: SlackSandbox, root: str) -> None:
    """Play a turn of 200 steps into a thread: a card that changes, and a text every fourth step."""
    workspace = slack.workspace
    place, bot = workspace.channel(INFRA), workspace.bot
    shown = workspace.post(place, bot.user_id, Draft("card", card(0)), root)
    for step in range(STEPS):
        workspace.edit(place, shown, Draft("card", card(step)), bot.bot_id)
        if step % 4 == 0:
            text = {"type": "markdown", "text": f"**Step {step}** is done:\n\n- one\n- two `x`"}
            workspace.post(place, bot.user_id, Draft("text", [text]), root)
        await asyncio.sleep(0.05)


async def measure(slack: SlackSandbox, tab: Tab, url: str) -> None:
    """Open the page, scroll it, and watch a turn in it."""
    await tab.goto(url)
    await tab.wait_for_function("document.querySelectorAll('.message').length >= 100")
    opened = await tab.evaluate("performance.now()")
    say(f"open with {MESSAGES} messages: {opened:.0f} ms from the start of the navigation")
    say(f"scroll through them: {await tab.evaluate(SCROLL, '#channel .scroller')}")
    root = await slack.say(ANN, INFRA, slack.mention("a long job"))
    await tab.wait_for_selector(f'.message[data-ts="{root}"]')
    await tab.evaluate(WATCH)
    await turn(slack, root)
    await tab.wait_for_timeout(500)
    say(f"a turn of {STEPS} steps in 10 s, channel full, thread open: {await tab.evaluate(GAPS)}")
    say(f"scroll through its thread: {await tab.evaluate(SCROLL, '#thread .scroller')}")


def say(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"{line}\n")


async def main() -> None:
    """Measure in the system's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    slack, neo = SlackSandbox(retry_delays=()), NeoSandbox()
    furnish(slack)
    await fill(slack)
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for server in (slack, neo):
            await stack.enter_async_context(server)
        supervisor = Supervisor(BridgeProcess(slack, neo, home))
        page = await stack.enter_async_context(Page(slack, neo, supervisor))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = await browser.new_page(viewport={"width": 1440, "height": 900})
        await measure(slack, tab, page.url)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
