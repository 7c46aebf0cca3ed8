"""What a conversation works with: the edges, wired once per installation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.channels import ChannelIds, Ids
from bot.clock import Clock, Sleep
from bot.conversation.patience import Patience
from bot.delivery.posts import Posts
from bot.ids import ThreadRef
from bot.neo.client import NeoClient
from bot.neo.identity import Identity
from bot.neo.wire import Task
from bot.policy.groups import Admitted
from bot.policy.rules import Policy
from bot.slack.door import Door
from bot.slack.files_in import FilesIn
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Deleted
from bot.slack.reader import SlackReader
from bot.store.approvals import Approvals
from bot.store.audit import Audit
from bot.store.connection import Store
from bot.store.inbox import Inbox
from bot.store.lease import Lease
from bot.store.memory import Memory
from bot.store.pauses import Pauses
from bot.store.records import Records


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may use the bridge, and where; None admits everyone, everywhere."""

    users: frozenset[str] | None
    channels: frozenset[str] | None = None
    admins: frozenset[str] = frozenset()
    """Who may pause and resume all approvals; named, never everyone."""

    def admits_user(self, user: str) -> bool:
        """Whether `user` may speak to the bot."""
        return self.users is None or user in self.users

    def knows(self, user: str) -> bool:
        """Whether `user` may speak to the bot, or is an admin, whom no list keeps from braking."""
        return user in self.admins or self.admits_user(user)

    def admits_channel(self, channel: Ids) -> bool:
        """Whether the bot may be used in the channel with these ids; direct messages always."""
        is_direct = any(each.startswith("D") for each in channel)
        return self.channels is None or is_direct or not self.channels.isdisjoint(channel)


class Wakes(Protocol):
    """How the two pipes wake each other without knowing each other."""

    def relay(self, thread: ThreadRef) -> None:
        """Make the outbound side look at what it was told."""
        ...

    def deleted(self, thread: ThreadRef, gone: Deleted) -> None:
        """Tell the outbound side that somebody deleted a message."""
        ...

    def task(self, thread: ThreadRef, task: Task) -> None:
        """Tell the outbound side how Neo says that the task is now."""
        ...

    def conversation(self, thread: ThreadRef) -> None:
        """Make the inbound side look at the view."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """Everything a conversation may use."""

    neo: NeoClient
    identity: Identity
    bot: BotIdentity
    admission: Admission
    policy: Policy
    channels: ChannelIds
    store: Store
    lease: Lease
    records: Records
    approvals: Approvals
    audit: Audit
    inbox: Inbox
    memory: Memory
    pauses: Pauses
    door: Door
    posts: Posts
    reader: SlackReader
    files_in: FilesIn
    clock: Clock
    sleep: Sleep
    call_seconds: float
    patience: Patience
    wakes: Wakes
    lost: Callable[[ThreadRef, str], Awaitable[None]]
    """Called when the thread is gone, with Slack's word for why."""

    @property
    def groups(self) -> Admitted:
        """Return what knows who in a user group may use the bridge."""
        return Admitted(self.reader, self.admission.admits_user)
