"""Waits until a run is over, and puts down what it left behind."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, cast

from bot.audit import chain
from bot.audit.record import AuditRecord
from bot.ids import Installation, ThreadRef, Ts
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import plain_text
from bot.store import Audit
from bot.store.keys import Keys, Kind
from bot.view import View
from crash.agent import WHERE, Agent
from crash.check import LIVE_LABELS
from crash.hands import POLL
from crash.looks import changed_at, key_of, labels, of_bot
from crash.observed import Noted, Observed, Request, Shown, Task, Told
from crash.people import People
from crash.world import World

STALE_SECONDS = 1.0
"""How long after it goes on a bridge may be unaware of the time that it missed."""

_WRITES = ("slack chat.", "slack files.complete", "neo respond", "neo create_task")


async def over(world: World, people: People) -> str:
    """Wait until nothing is left to be done; return what still is after a long time."""
    end = time.monotonic() + world.setting.gives_up
    while left := await _left(world, people):
        if time.monotonic() > end:
            return left
        await asyncio.sleep(POLL)
    return ""


async def _left(world: World, people: People) -> str:
    """Name something that is still to be done, empty if there is nothing."""
    if not world.acquired or time.monotonic() - world.acquired[-1] < world.setting.settles:
        return "the last owner settles"
    if max(world.owners_killed, default=0.0) > world.acquired[-1]:
        return "somebody takes over"
    if world.slack.faults.kept_back or not world.slack.connections:
        return "what is late, and a connection by which it comes"
    for agent in people.agents:
        if what := await _behind(world, people, agent):
            return what
    if await world.store.call("XLEN", _keys(world).of(Kind.INBOX)):
        return "the inbox is empty"
    return ""


async def _behind(world: World, people: People, agent: Agent) -> str:
    """Say what a task's thread does not show yet."""
    channel, root = people.deeds.roots[agent.task.id]
    thread = ThreadRef(channel=channel, root=Ts(root)).key()
    key = _keys(world).of(Kind.CONVERSATION, thread)
    document = await world.store.call("HGET", key, "view")
    view = View.model_validate_json(cast("str", document)) if document else None
    last = str(agent.task.events[-1]["id"])
    if not agent.rests or view is None or view.cursor != last:
        return f"{agent.task.name} has been shown"
    if any(card.stale for card in view.cards()):
        return f"the cards of {agent.task.name} are shown"
    shown = of_bot(world.slack.thread(channel, root))
    live = [m for m in shown if LIVE_LABELS.intersection(labels(m))]
    return f"no button of {agent.task.name} is left" if live else ""


async def observe(world: World, people: People, stuck: str, exits: list[int]) -> Observed:
    """Put down what there is, after the bridges have ended."""
    keys = _keys(world)
    tasks = {agent.task.id: agent for agent in people.agents}
    for task in world.neo.tasks.values():  # one that nobody waited for has an agent that is mute
        tasks.setdefault(task.id, Agent(world.neo, task, people.cues))
    return Observed(
        starts=people.deeds.starts,
        words=people.deeds.words,
        tasks=[_task(world, people, agent) for agent in tasks.values()],
        elsewhere=[*_elsewhere(world, people)],
        repeated=[*_repeated(world)],
        keys=await _lifetimes(world),
        inbox=cast("int", await world.store.call("XLEN", keys.of(Kind.INBOX))),
        dead=cast("int", await world.store.call("XLEN", keys.of(Kind.DEAD))),
        exits=exits,
        odd_ends=[code for r in world.replicas.values() for code in r.odd_ends],
        stale_writes=_stale_writes(world),
        given=people.deeds.given,
        taken_back=people.deeds.taken_back,
        audit=[note async for note in _audit(world)],
        audit_break=await _audit_break(world),
        stuck=stuck,
        stale_calls=[*_stale_calls(world)],
    )


def _task(world: World, people: People, agent: Agent) -> Task:
    task, place = agent.task, people.deeds.roots.get(agent.task.id)
    requests = [e["eventBody"] for e in task.events if "approval_type" in e["eventBody"]]
    status = world.slack.sessions.get(place) if place else None
    return Task(
        start=next((w for w in people.deeds.starts if w in task.name), task.name),
        said=tuple(agent.texts),
        files=tuple(agent.files),
        requests=tuple(map(_request, requests)),
        told=tuple(_told(e.body, e.at) for e in task.user_events),
        shown=tuple(map(_shown, of_bot(world.slack.thread(*place)))) if place else (),
        status=status[-1].status if status else "active",
        id=task.id,
        mode=task.permission_mode,
        wished=people.deeds.modes.get(task.id, ""),
    )


def _request(body: Mapping[str, Any]) -> Request:
    """What takes two people is said by the world's policy."""
    return Request(
        id=str(body["id"]),
        quorum=2 if body["sensitivity"] == "sensitive" else 1,
        question=body["message"] == WHERE,
    )


def _told(body: Mapping[str, Any], at: float) -> Told:
    return Told(
        type=str(body["type"]),
        words=str(body.get("content") or body.get("instructions") or ""),
        request=str(body.get("approval_request_id", "")),
        at=at,
        ok=body.get("ok") is True,
    )


def _shown(message: Message) -> Shown:
    return Shown(
        key=key_of(message),
        text=plain_text(message),
        at=changed_at(message),
        labels=tuple(labels(message)),
        files=tuple((file.content or b"").decode() for file in message.files),
    )


def _elsewhere(world: World, people: People) -> Iterator[Shown]:
    roots = {root for _, root in people.deeds.roots.values()}
    for channel in world.slack.workspace.channels:
        for message in of_bot(world.slack.messages(channel)):
            if (message.thread_ts or message.ts) not in roots:
                yield _shown(message)


def _repeated(world: World) -> Iterator[Told]:
    """Yield user events that came once more, byte for byte, after they had been accepted."""
    for request in world.neo.received:
        if request.route == "respond":
            event = cast("dict[str, Any]", request.body["event"])
            accepted = world.neo.tasks[request.task_id].user_events
            if any(e.body == event and e.at < request.at for e in accepted):
                yield _told(event, request.at)


async def _audit(world: World) -> AsyncIterator[Noted]:
    for entry in await _entries(world):
        fact = AuditRecord.model_validate_json(entry.record)
        yield Noted(fact.kind, fact.who, fact.task, fact.request, fact.outcome)


async def _audit_break(world: World) -> str:
    kept, _ = await _chain(world).look()
    walked = chain.follow(chain.Head(), await _entries(world))
    ended = chain.end(walked, kept) if isinstance(walked, chain.Head) else walked
    return ended.why if isinstance(ended, chain.Break) else ""


async def _entries(world: World) -> list[chain.Entry]:
    audit = _chain(world)
    _, length = await audit.look()
    return await audit.entries(1, length)


def _chain(world: World) -> Audit:
    return Audit(world.store, Installation(world.slack.team_id))


async def _lifetimes(world: World) -> dict[str, float | None]:
    found = cast("list[str]", await world.store.call("KEYS", f"{_keys(world).prefix}*"))
    millis = [cast("int", await world.store.call("PTTL", key)) for key in found]
    pairs = zip(found, millis, strict=True)
    return {key: None if left == -1 else left / 1000 for key, left in pairs if left != -2}


def _stale_calls(world: World) -> Iterator[float]:
    resumed = [(r.who, at) for r in world.replicas.values() for at in r.resumed]
    for call in world.gate.journal:
        stale = any(w == call.who and 0 <= call.at - at < STALE_SECONDS for w, at in resumed)
        if stale and call.boundary.name.startswith(_WRITES):
            yield call.at


def _stale_writes(world: World) -> int:
    """Count an owner's writes of bridges that had been followed by another one as owner."""
    owners = sorted((at, r.who) for r in world.replicas.values() for at in r.acquired)
    stale = 0
    for replica in world.replicas.values():
        for wrote in replica.wrote:
            before = [who for at, who in owners if at < wrote]
            stale += bool(before) and before[-1] != replica.who
    return stale


def _keys(world: World) -> Keys:
    return Keys(Installation(world.slack.team_id))
