"""Delivery of payloads to the app: one envelope, a deadline for its ack, and redeliveries."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock
from bot.sandbox.slack.events import is_of_people
from bot.sandbox.slack.wire import JSON, as_object


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: seconds since the epoch, and the connection it went to ("" if none was open)."""

    at: float
    connection: str


@dataclass(slots=True, eq=False)
class Delivery:
    """One payload on its way, or there."""

    envelope_id: str
    type: str
    """`events_api`, `interactive` or `slash_commands`."""
    payload: JSON
    lost: bool = False
    """Swallowed by a fault: never sent."""
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    acked_at: float | None = None
    response: JSON | None = None
    """The payload that came with the ack."""
    over: bool = False
    """Acked or given up: no further attempt will come."""
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    failure: str = "timeout"
    """Why the last attempt failed, in Slack's word: the reason that a retry gives."""
    no_retry: bool = False
    """The app asked not to be told again."""

    def take_ack(self, at: float, response: JSON | None) -> None:
        """Note the ack, with what came with it."""
        self.acked_at, self.response = at, response
        self.acked.set()

    async def is_acked(self, seconds: float) -> bool:
        """Tell whether it is acked, waiting for that as long as this."""
        # Asked with no time to wait, `wait_for` times out even when the event is set.
        with suppress(TimeoutError):
            await asyncio.wait_for(self.acked.wait(), seconds)
        return self.acked.is_set()

    def frame(self, attempt: int) -> str:
        """Return the envelope as sent the `attempt`th time, from 0."""
        envelope: JSON = {
            "envelope_id": self.envelope_id,
            "type": self.type,
            "accepts_response_payload": self.type != "events_api",
            "payload": self.payload,
        }
        if self.type == "events_api":
            envelope["retry_attempt"] = attempt
            envelope["retry_reason"] = self.failure if attempt else ""
        return json.dumps(envelope)


Send = Callable[[Delivery, int], Awaitable[str]]
"""Makes an attempt, numbered from 0: returns where it went, "" when it failed at once."""


class Deliveries:
    """Every payload offered to the app. Only events are redelivered; interactions have one try."""

    def __init__(
        self,
        send: Send,
        *,
        clock: Clock,
        retry_delays: Sequence[float],
        ack_deadline: float,
    ) -> None:
        self.journal: list[Delivery] = []
        self.lose = False
        """While true, what is offered never arrives."""
        self._send = send
        self._clock = clock
        self._retry_delays = retry_delays
        self._ack_deadline = ack_deadline
        self._waiting: dict[str, Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._duplicates = 0
        self._reorder = 0
        self._held: list[Delivery] = []
        self._held_for: float | None = None
        self._late: list[float | None] = []
        """Of what is to be kept back next: for how long each, None for until `release`."""
        self._delayed: list[Delivery] = []

    def duplicate_next(self, count: int) -> None:
        """Send each of the next `count` payloads twice: same envelope, `retry_attempt` 0."""
        self._duplicates += count

    def reorder_next(self, count: int, seconds: float | None) -> None:
        """Hold the next `count` payloads and send them last first when all are there.

        Where that takes longer than `seconds`, as when no more come, those that are there go.
        """
        self._reorder, self._held_for = self._reorder + count, seconds

    def delay_next(self, count: int, seconds: float | None) -> None:
        """Keep the next `count` things that people do back, for `seconds` at most."""
        self._late += [seconds] * count

    def release(self) -> None:
        """Send what was kept back."""
        while self._delayed:
            self._start(self._delayed.pop(0))

    @property
    def kept_back(self) -> Sequence[Delivery]:
        """What others overtake at this moment."""
        return tuple(self._delayed)

    def offer(self, kind: str, payload: JSON) -> Delivery:
        """Begin to deliver a payload; `kind` is the envelope's type."""
        delivery = Delivery(str(uuid.uuid4()), kind, payload, lost=self.lose)
        self.journal.append(delivery)
        if delivery.lost:
            return delivery
        self._waiting[delivery.envelope_id] = delivery
        if self._late and is_of_people(payload):
            self._delay(delivery, self._late.pop(0))
        elif self._reorder:
            self._hold(delivery)
        else:
            self._start(delivery)
        return delivery

    def on_frame(self, frame: JSON) -> None:
        """Take an ack, on whichever connection it came."""
        delivery = self._waiting.pop(str(frame.get("envelope_id")), None)
        if delivery is not None:
            delivery.take_ack(self._clock.now(), as_object(frame.get("payload")))

    async def close(self) -> None:
        """Give up everything under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _delay(self, delivery: Delivery, seconds: float | None) -> None:
        self._delayed.append(delivery)
        if seconds is not None:
            self._do(self._release_after(delivery, seconds))

    async def _release_after(self, delivery: Delivery, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if delivery in self._delayed:
            self._delayed.remove(delivery)
            self._start(delivery)

    def _hold(self, delivery: Delivery) -> None:
        self._reorder -= 1
        self._held.append(delivery)
        if not self._reorder:
            self._let_go()
        elif self._held_for is not None:
            self._do(self._let_go_after(delivery, self._held_for))

    def _let_go(self) -> None:
        self._reorder = 0
        while self._held:
            self._start(self._held.pop())

    async def _let_go_after(self, delivery: Delivery, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if delivery in self._held:
            self._let_go()

    def _start(self, delivery: Delivery) -> None:
        twice = self._duplicates > 0
        self._duplicates -= twice
        self._do(self._deliver(delivery, twice=twice))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery, *, twice: bool) -> None:
        if twice:
            await self._try(delivery, 0)
        await self._attempt(delivery, 0)
        retries = self._retry_delays if delivery.type == "events_api" else ()
        for number, delay in enumerate(retries, start=1):
            if delivery.no_retry:
                break
            if not await delivery.is_acked(delay):
                await self._attempt(delivery, number)
        self._waiting.pop(delivery.envelope_id, None)
        delivery.over = True

    async def _attempt(self, delivery: Delivery, number: int) -> None:
        # Without a connection there is nothing to wait for: the try has failed at once.
        if await self._try(delivery, number):
            await delivery.is_acked(self._ack_deadline)

    async def _try(self, delivery: Delivery, number: int) -> bool:
        connection = await self._send(delivery, number)
        delivery.attempts.append(Attempt(self._clock.now(), connection))
        return bool(connection)
