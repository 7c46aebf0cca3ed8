"""The Slack sandbox's misfortunes: those of calls, and those of deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.faults import FaultQueue
from bot.sandbox.slack.deliveries import Deliveries, Delivery
from bot.sandbox.slack.sockets import Sockets


class SlackFaults(FaultQueue[Mapping[str, Any]]):
    """Faults by Web API method, and faults of Socket Mode.

    `upload` and `download` are those of a file's bytes. A `where` predicate is given the call's
    arguments.
    """

    def __init__(self, deliveries: Deliveries, sockets: Sockets) -> None:
        super().__init__()
        self.missing: dict[str, str] = {}
        """Error words by prefix of the methods that this workspace does not have."""
        self._deliveries = deliveries
        self._sockets = sockets

    def without_agent_features(self, code: str = "unknown_method") -> None:
        """Let every `agents.*` method answer `code`, as in a workspace that does not have them."""
        self.missing["agents."] = code

    def missing_code(self, method: str) -> str | None:
        """Return the error word of a method that this workspace does not have."""
        found = (code for prefix, code in self.missing.items() if method.startswith(prefix))
        return next(found, None)

    def duplicate_next(self, count: int = 1) -> None:
        """Deliver each of the next `count` payloads twice, in the same envelope."""
        self._deliveries.duplicate_next(count)

    def reorder_next(self, count: int = 2, seconds: float | None = None) -> None:
        """Hold the next `count` payloads, and deliver them last first.

        When all are there, or, with `seconds`, at the latest that long after one came.
        """
        self._deliveries.reorder_next(count, seconds)

    def delay_next(self, count: int = 1, seconds: float | None = None) -> None:
        """Keep the next `count` things that people do back until `release`: others overtake them.

        With `seconds`, each for no longer than that. What Slack tells of the bot's own messages
        does not count.
        """
        self._deliveries.delay_next(count, seconds)

    def release(self) -> None:
        """Deliver what `delay_next` has kept back."""
        self._deliveries.release()

    @property
    def kept_back(self) -> Sequence[Delivery]:
        """What `delay_next` keeps back at this moment."""
        return self._deliveries.kept_back

    def lose_deliveries(self, lose: bool = True) -> None:  # noqa: FBT001, FBT002 - a switch
        """Let everything that happens from now on never arrive, until switched back."""
        self._deliveries.lose = lose

    async def drop_sockets(self, reason: str | None = None) -> None:
        """End every connection: `disconnect` frames with `reason`, or abruptly when None."""
        await self._sockets.drop(reason)

    def refuse_sockets(self, refuse: bool = True) -> None:  # noqa: FBT001, FBT002 - a switch
        """Refuse new connections; a refused attempt uses up its ticket, as any attempt does."""
        self._sockets.refuse = refuse
