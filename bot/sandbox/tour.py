"""`neo-slack demo --tour`: one conversation, played through the real bridge."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.bridge import BridgeProcess
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.text import buttons, plain_text
from bot.sandbox.transcript import Transcript

ANN = "U0ANN"
INFRA = "C0INFRA"
PROMPT = "upgrade checkout-api to Node.js 22 and open a pull request"
ANSWER = "Upgrade sharp too, please."

STEP_SECONDS = 25.0
"""A step that takes longer has failed."""

PACE = 1.0
"""Slow enough to read along, fast enough to see the end."""


class StepMissed(Exception):
    """What should have been seen was not."""


async def main(*, pace: float = PACE) -> int:
    """Play the conversation; return 0 when every step was seen, else 1.

    `pace` multiplies how long the agent works; 0: as fast as possible.
    """
    slack, neo = SlackSandbox(), NeoSandbox(pace=pace)
    with tempfile.TemporaryDirectory(prefix="neo-slack-demo-") as home:
        async with slack, neo:
            bridge = BridgeProcess(slack, neo, Path(home), NEO_SLACK_ALLOWED_USERS=ANN)
            try:
                return await _play(Tour(slack, neo, bridge))
            finally:
                await bridge.stop()


async def _play(tour: "Tour") -> int:
    began = time.monotonic()
    try:
        await tour.play()
    except StepMissed as missed:
        tour.transcript.note(f"✗ not seen: {missed}")
        _write(_tail(tour.bridge.log))
        return 1
    seconds = time.monotonic() - began
    tour.transcript.note(f"Every one of {tour.seen} steps was seen, in {seconds:.0f} s.")
    return 0


class Tour:
    """The conversation, step by step; each step waits for what a person would see."""

    def __init__(self, slack: SlackSandbox, neo: NeoSandbox, bridge: BridgeProcess) -> None:
        self.slack = slack
        self.neo = neo
        self.bridge = bridge
        self.transcript = Transcript(slack, _write)
        self.seen = 0
        self._root = ""
        slack.add_user(ANN, "ann", "Ann")
        slack.add_channel(INFRA, "infra", members=[ANN])

    async def play(self) -> None:
        """Play it all. Raises `StepMissed`."""
        await self._start()
        printing = asyncio.create_task(self.transcript.follow(INFRA, self._root))
        try:
            await self._plan()
            await self._crash()
            await self._deploy()
        finally:
            printing.cancel()
            self.transcript.print_new(INFRA, self._root)
        self._check_once()

    async def _start(self) -> None:
        self.transcript.note("Starting the bridge, with a Slack and a Neo of our own beside it.")
        await self.bridge.start()
        await self._until("the bridge connects to Slack", lambda: self.slack.connections)
        self._root = await self.slack.say(ANN, INFRA, self.slack.mention(PROMPT))

    async def _plan(self) -> None:
        await self._until("a Neo task starts", lambda: self.neo.tasks)
        await self._shown("a progress card with a Stop button", "Stop")
        await self._shown("the agent's to-do list", "Read the stack and its program")
        await self._shown("the tools it has used", "tool call")
        await self._shown("a question", "❓")
        await self.slack.say(ANN, INFRA, ANSWER, thread_ts=self._root)
        await self._shown("the answer reaches Neo", f"Understood: {ANSWER}")
        await self._press("Approve", "asks you to approve its plan")
        await self._shown("the plan's card settles", "*Approved* by")
        await self._until("Neo has the decision", lambda: not self._count("Telling Neo"))

    async def _crash(self) -> None:
        """Kill the bridge while the agent works; it talks on meanwhile."""
        self._note("kill -9 of the bridge, in the middle of the work …")
        await self.bridge.kill()
        texts = self._agent_texts()
        await self._until("the agent talks on alone", lambda: len(self._agent_texts()) > len(texts))
        self._note("… and it is started again.")
        await self.bridge.start()
        await self._until("the bridge connects again", lambda: self.slack.connections)
        self.seen += 1

    async def _deploy(self) -> None:
        await self._press("Approve", "Run `pulumi up`")
        await self._shown("the pull request", "Pull request opened")
        await self._shown("the turn ends", "✅ Done")
        await self._until("the final answer", lambda: self._count(self._agent_texts()[-1][:40]))

    def _check_once(self) -> None:
        """Every text of the agent is in the thread once, in order; the task and each answer too."""
        shown = [plain_text(m) for m in self.slack.thread(INFRA, self._root)]
        places = [_only(shown, text[:40]) for text in self._agent_texts()]
        if len(self.neo.tasks) != 1 or places != sorted(places):
            raise StepMissed("one task, and its texts in order")
        self.seen += 1
        self.transcript.note(f"{len(places)} texts of the agent: each is there once, in order.")

    def _agent_texts(self) -> list[str]:
        return [
            text
            for task in self.neo.tasks.values()
            for event in task.events
            if event["eventBody"]["type"] == "assistant_message"
            if (text := event["eventBody"]["content"].strip())
        ]

    async def _press(self, label: str, card: str) -> None:
        message = await self._shown("a card to decide on", card)
        action = next(a for a, shown, _ in buttons(message) if shown == label)
        self._note(f"Ann presses {label}.")
        await self.slack.click(ANN, INFRA, message.ts, action)

    def _note(self, line: str) -> None:
        self.transcript.print_new(INFRA, self._root)
        self.transcript.note(line)

    async def _shown(self, what: str, words: str) -> Message:
        await self._until(what, lambda: self._count(words))
        thread = self.slack.thread(INFRA, self._root)
        return next(m for m in reversed(thread) if words in plain_text(m))

    def _count(self, words: str) -> int:
        return sum(words in plain_text(m) for m in self.slack.thread(INFRA, self._root))

    async def _until(self, what: str, happens: Callable[[], object]) -> None:
        end = time.monotonic() + STEP_SECONDS
        while not happens():
            if time.monotonic() > end:
                raise StepMissed(what)
            await asyncio.sleep(0.05)
        self.seen += 1


def _only(shown: list[str], text: str) -> int:
    places = [i for i, message in enumerate(shown) if text in message]
    if len(places) != 1:
        raise StepMissed(f"once, not {len(places)} times: {text!r}")
    return places[0]


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(["", "The end of the bridge's log:", *lines[-30:]])


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
