"""`--keep DIR`: the sandboxes' state as one JSON file, so that a restart goes on.

The bridge keeps its own state in its store, in the same directory.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.errors import ConfigurationProblem
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.page.keeping_neo import neo_record, restore_neo
from bot.sandbox.page.keeping_slack import restore_slack, slack_record
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.wire import JSON

FILE = "sandbox.json"
VERSION = 1
SAVE_SECONDS = 2.0
"""How much of the sandboxes' state may be lost when the demo is killed."""


class Keeper:
    """Saves what changed while the context is open, and at its end."""

    def __init__(self, slack: SlackSandbox, neo: NeoSandbox, directory: Path) -> None:
        self._slack = slack
        self._neo = neo
        self._path = directory / FILE
        self._saved: tuple[int, ...] = ()
        self._saving: asyncio.Task[None] | None = None

    def load(self) -> bool:
        """Restore what was saved; tell whether there was anything.

        Raises `ConfigurationProblem` where the file cannot be read.
        """
        if not self._path.exists():
            return False
        try:
            self._restore(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            line = f"--keep: {self._path} cannot be read ({error}); remove it to begin anew"
            raise ConfigurationProblem([line]) from None
        return True

    def _restore(self, record: JSON) -> None:
        if record["v"] != VERSION:
            raise ValueError("it is of another version")
        restore_slack(self._slack.workspace, record["slack"])
        restore_neo(self._neo, record["neo"])

    def save(self) -> None:
        """Write the state, if something happened since the last time."""
        now = self._mark()
        if now == self._saved:
            return
        record = {
            "v": VERSION,
            "slack": slack_record(self._slack.workspace),
            "neo": neo_record(self._neo),
        }
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(record), "utf-8")
        draft.replace(self._path)
        self._saved = now

    async def __aenter__(self) -> Self:
        self._saving = asyncio.create_task(_every(SAVE_SECONDS, self.save))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._saving is not None:
            self._saving.cancel()
            with suppress(asyncio.CancelledError):
                await self._saving
        self.save()

    def _mark(self) -> tuple[int, ...]:
        """Return what grows with everything that happens in either sandbox."""
        messages = [
            message
            for channel in self._slack.workspace.channels.values()
            for message in channel.messages.values()
        ]
        reactions = sum(len(who) for each in messages for who in each.reactions.values())
        events = sum(len(task.events) for task in self._neo.tasks.values())
        return len(self._slack.calls), len(self._slack.deliveries), len(messages), reactions, events


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        act()
