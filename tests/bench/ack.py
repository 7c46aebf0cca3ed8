"""How fast envelopes are acked, beside a bare Bolt app: `uv run python tests/bench/ack.py`.

In one run, five times in turn: 100 envelopes at once, and how long each waited for its ack. Both
apps are processes of their own on one loop each (uvloop); what plays Slack is this process. The
bare app's listener is empty; the bridge stores what is for it, with `appendfsync always`, before
it acks. Numbers are reported, never asserted; the aim is a ratio of 2 or less.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import percentile, table
from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.slack.deliveries import Delivery
from bridge_process import BridgeProcess, settings_for
from support import wait_until

ROUNDS = 5
AT_ONCE = 100
CHANNEL = "C0BENCH"
ANN = "U0ANN"
STRANGER = "U0EVE"

HEAD = (f"{AT_ONCE} envelopes at once", "bridge p99", "bare p99", "ratio", "ratio of medians")

Words = Callable[[SlackSandbox, int], tuple[str, str]]
"""Who says what in message `n`."""

KINDS: dict[str, Words] = {
    "chatter (not for the bot)": lambda _slack, n: (ANN, f"chatter {n}"),
    "mention by somebody not admitted": lambda slack, n: (STRANGER, slack.mention(f"hey {n}")),
    "mention that starts a task": lambda slack, n: (ANN, slack.mention(f"do {n}")),
}


async def main() -> None:
    """Run every kind, and print a table."""
    rows: list[tuple[str, ...]] = [HEAD]
    for kind, words in KINDS.items():
        ours: list[float] = []
        bare: list[float] = []
        async with bridge() as slack, bare_bolt() as other:
            # Once for nothing: Bolt's first requests all ask `auth.test`.
            await waits(slack, words)
            await waits(other, words)
            for _ in range(ROUNDS):
                ours += await waits(slack, words)
                bare += await waits(other, words)
        rows.append((kind, *compared(ours, bare)))
    sys.stdout.write(table(rows) + "\n")


def compared(ours: list[float], bare: list[float]) -> tuple[str, ...]:
    """Return both p99 in milliseconds and the ratios of p99 and of medians."""
    p99 = percentile(ours, 99), percentile(bare, 99)
    middle = percentile(ours, 50), percentile(bare, 50)
    times = (f"{1000 * each:.1f} ms" for each in p99)
    return (*times, f"{p99[0] / p99[1]:.2f}", f"{middle[0] / middle[1]:.2f}")


async def waits(slack: SlackSandbox, words: Words) -> list[float]:
    """Deliver envelopes at once; return how long each waited for its ack, in seconds."""
    before = len(slack.deliveries)
    for n in range(AT_ONCE):
        offer(slack, *words(slack, before + n))
    mine = slack.deliveries[before:]
    await asyncio.gather(*(each.acked.wait() for each in mine))
    found = [waited(each) for each in mine]
    await quiet(slack)
    return found


def waited(delivery: Delivery) -> float:
    assert delivery.acked_at is not None
    return delivery.acked_at - delivery.attempts[0].at


def offer(slack: SlackSandbox, user: str, text: str) -> None:
    """Deliver one message event that no history knows of: the sandbox need not keep a thread."""
    workspace = slack.workspace
    channel = workspace.channel(CHANNEL)
    ts = channel.stamp(workspace.clock.now())
    event = {"type": "message", "channel": CHANNEL, "channel_type": "channel", "user": user}
    event |= {"text": text, "ts": ts, "event_ts": ts, "team": slack.team_id}
    workspace.hear(channel, event)


async def quiet(slack: SlackSandbox) -> None:
    """Wait until the app has made no call for half a second."""
    calls = -1
    while calls != len(slack.calls):
        calls = len(slack.calls)
        await asyncio.sleep(0.5)


@asynccontextmanager
async def workspace() -> AsyncGenerator[SlackSandbox]:
    """Serve a workspace with people and a channel."""
    async with SlackSandbox() as slack:
        slack.add_user(ANN, "Ann")
        slack.add_user(STRANGER, "Eve")
        slack.add_channel(CHANNEL, "bench", members=[ANN, STRANGER])
        yield slack


@asynccontextmanager
async def bridge() -> AsyncGenerator[SlackSandbox]:
    """Run the bridge with its embedded store; yield its Slack when it is connected."""
    with tempfile.TemporaryDirectory() as home:
        async with workspace() as slack, NeoSandbox(pace=0) as neo:
            neo.manual = True
            settings = settings_for(slack, neo, Path(home), NEO_SLACK_ALLOWED_USERS=ANN)
            async with BridgeProcess(Path(home), settings) as process:
                await process.start()
                await up(slack)
                yield slack


@asynccontextmanager
async def bare_bolt() -> AsyncGenerator[SlackSandbox]:
    """Run the bare app; yield its Slack when it is connected."""
    async with workspace() as slack:
        tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).with_name("bare_bolt.py"))),
            env={"PATH": os.environ["PATH"], "SLACK_API_URL": slack.api_url, **tokens},
        )
        try:
            await up(slack)
            yield slack
        finally:
            process.kill()
            await process.wait()


async def up(slack: SlackSandbox) -> None:
    """Wait for a connection, and for what follows it to calm down."""
    await wait_until(lambda: slack.connections, "a connection")
    await quiet(slack)


if __name__ == "__main__":
    asyncio.run(main())
