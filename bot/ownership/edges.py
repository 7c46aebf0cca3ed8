"""The edges of one installation, opened by the app and used while the lease is held."""

from dataclasses import dataclass

from bot.channels import ChannelIds
from bot.clock import Clock, Sleep
from bot.conversation.means import Admission
from bot.conversation.patience import Patience
from bot.delivery.posts import Timing
from bot.metrics import Metrics
from bot.neo.client import NeoClient
from bot.neo.identity import Identity
from bot.neo.stream import StreamStats
from bot.policy.groups import Admitted
from bot.policy.rules import Policy
from bot.slack.door import Door
from bot.slack.files_in import FilesIn
from bot.slack.identity import BotIdentity
from bot.slack.reader import SlackReader
from bot.store.connection import Store
from bot.store.inbox import Inbox
from bot.store.lease import Lease
from bot.store.memory import Memory
from bot.store.pauses import Pauses


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything outside, and who may use it."""

    neo: NeoClient
    streams: StreamStats
    identity: Identity
    bot: BotIdentity
    admission: Admission
    policy: Policy
    channels: ChannelIds
    store: Store
    lease: Lease
    inbox: Inbox
    memory: Memory
    pauses: Pauses
    door: Door
    reader: SlackReader
    files_in: FilesIn
    clock: Clock
    sleep: Sleep
    timing: Timing
    patience: Patience
    metrics: Metrics

    @property
    def groups(self) -> Admitted:
        """Return what knows who in a user group may use the bridge."""
        return Admitted(self.reader, self.admission.admits_user)
