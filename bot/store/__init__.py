"""Everything that is kept: one package, the only one that knows Redis.

    open_store(url)                 one connection, calls of one loop turn in one round trip
      ├─ Lease(store, installation) who may write; every write below carries its fence
      │    ├─ Records(lease)        conversations, cursors, aliases, indexes
      │    ├─ Outbox(lease)         marks of messages that are being created
      │    └─ Approvals(lease)      open approvals and who decided them
      ├─ Audit(store, installation) the hash chain of who decided what; the scripts append to it
      ├─ Pauses(store, installation) whether an admin lets nothing be approved
      ├─ Inbox(store, installation) what Slack sent; any replica takes in
      └─ Memory(store, installation) once per so often, intake watermark, missing features

`EmbeddedValkey(data_dir)` is the server when there is no other. Key names and how long each lives:
`bot.store.keys`. Every step that must not happen by halves is one Lua script in `scripts/`.
"""

from bot.store.approvals import Approval, Approvals, Decided, Verdict, Voted
from bot.store.audit import Audit
from bot.store.connection import Store, open_store
from bot.store.embedded import EmbeddedValkey
from bot.store.inbox import Attempts, DeadLetter, Entry, Inbox, Taken
from bot.store.lease import Lease
from bot.store.memory import Memory
from bot.store.outbox import Mark, MarkState, Outbox
from bot.store.pauses import Pause, Pauses
from bot.store.records import Commit, Records
from bot.store.server import check_server

__all__ = [
    "Approval",
    "Approvals",
    "Attempts",
    "Audit",
    "Commit",
    "DeadLetter",
    "Decided",
    "EmbeddedValkey",
    "Entry",
    "Inbox",
    "Lease",
    "Mark",
    "MarkState",
    "Memory",
    "Outbox",
    "Pause",
    "Pauses",
    "Records",
    "Store",
    "Taken",
    "Verdict",
    "Voted",
    "check_server",
    "open_store",
]
