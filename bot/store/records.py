"""Conversations: a hash for each thread, the map from tasks to threads, aliases, two indexes."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.ids import TaskId
from bot.store import replies
from bot.store.keys import MEMORY_SECONDS, Kind
from bot.store.lease import Lease
from bot.store.script import script

_COMMIT = script("fence", "clock", "commit")
_ALIAS = script("fence", "alias")
_MOVED = script("fence", "channel_moved")
_RESOLVE = script("resolve", "resolve_thread")


@dataclass(frozen=True, slots=True)
class Commit:
    """One step of a conversation, carried out whole or not at all.

    `talk`, `told` and `view` are JSON documents of the layers above; None leaves what is there.
    `done_entries` leave the inbox; `done_events` are never shown again; `bind_task` makes it the
    thread's task; `live` adds the thread to those that a new owner takes up, or removes it.
    A step that belongs to no thread (`thread_key` empty) may only have `done_entries`.
    """

    thread_key: str
    talk: str | None = None
    told: str | None = None
    view: str | None = None
    done_entries: tuple[str, ...] = ()
    done_events: tuple[str, ...] = ()
    bind_task: TaskId | None = None
    live: bool | None = None


class Records:
    """An installation's conversations, for their owner. Every method raises `StoreUnavailable`."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._store = lease.store
        self._keys = lease.keys

    async def load(self, thread_key: str) -> dict[str, str]:
        """Return a conversation (`talk`, `told`, `view`, `task`); empty if there is none."""
        key = self._keys.of(Kind.CONVERSATION, thread_key)
        return replies.fields(await self._store.call("HGETALL", key))

    async def load_many(self, thread_keys: Iterable[str], name: str) -> list[str | None]:
        """Return one document (`talk`, `told`, `view`) of each conversation, None where none is.

        All of them are asked for in one write.
        """
        keys = [self._keys.of(Kind.CONVERSATION, thread_key) for thread_key in thread_keys]
        answers = await asyncio.gather(*(self._store.call("HGET", key, name) for key in keys))
        return [replies.maybe_text(answer) for answer in answers]

    async def commit(self, step: Commit) -> None:
        """Write a step and keep the conversation for another 180 days. Raises `LeaseLost`."""
        documents = {"talk": step.talk, "told": step.told, "view": step.view}
        fields = {**documents, "task": step.bind_task}
        pairs = [
            part for name, value in fields.items() if value is not None for part in (name, value)
        ]
        plan = {"entries": step.done_entries, "events": step.done_events, "live": step.live}
        await self._lease.write(
            _COMMIT,
            self._commit_keys(step.thread_key),
            step.thread_key,
            json.dumps(plan),
            MEMORY_SECONDS,
            *pairs,
        )

    async def done_events(self, thread_key: str) -> set[str]:
        """Return the ids of the Neo events that this thread has shown."""
        key = self._keys.of(Kind.DONE_EVENTS, thread_key)
        return set(replies.texts(await self._store.call("SMEMBERS", key)))

    async def thread_of_task(self, task_id: TaskId) -> str | None:
        """Return the thread of a task, or None where it is not ours or is forgotten."""
        return replies.maybe_text(await self._store.call("GET", self._keys.of(Kind.TASK, task_id)))

    async def live_threads(self) -> list[str]:
        """Return the threads that a new owner takes up again, the last used first."""
        key = self._keys.of(Kind.LIVE)
        return replies.texts(await self._store.call("ZREVRANGE", key, 0, -1))

    async def recent_threads(self, limit: int) -> list[str]:
        """Return up to `limit` threads that have a task, the last used first."""
        key = self._keys.of(Kind.RECENT)
        return replies.texts(await self._store.call("ZREVRANGE", key, 0, limit - 1))

    async def alias(self, name: str, meant: str) -> None:
        """Let the thread `name` lead to the thread `meant`, which is continued there.

        Both are thread keys. Raises `LeaseLost`.
        """
        await self._lease.write(_ALIAS, [self._keys.of(Kind.ALIAS, name)], meant, MEMORY_SECONDS)

    async def channel_moved(self, old: str, new: str) -> None:
        """Let a channel's new id lead to its old one: threads keep the key under which they began.

        Raises `LeaseLost`.
        """
        keys = [self._keys.of(Kind.ALIAS, new), self._keys.of(Kind.MOVED)]
        await self._lease.write(_MOVED, keys, old, MEMORY_SECONDS, new)

    async def moved_channels(self) -> dict[str, str]:
        """Return every channel that got a new id: the new ones, each with the one before."""
        return replies.fields(await self._store.call("HGETALL", self._keys.of(Kind.MOVED)))

    async def resolve(self, thread_key: str) -> str:
        """Return the thread whose conversation is meant: itself where no name leads to one.

        `thread_key` may also be the place of a message of ours in it.
        """
        kinds = (Kind.CONVERSATION, Kind.ALIAS, Kind.POSTED)
        stems = [self._keys.stem(kind) for kind in kinds]
        return replies.text(await self._store.run(_RESOLVE, stems, thread_key, MEMORY_SECONDS))

    def _commit_keys(self, thread_key: str) -> list[str]:
        of = self._keys.of
        return [
            of(Kind.CONVERSATION, thread_key),
            of(Kind.DONE_EVENTS, thread_key),
            of(Kind.INBOX),
            of(Kind.ATTEMPTS),
            of(Kind.LIVE),
            of(Kind.RECENT),
            self._keys.stem(Kind.TASK),
        ]
