"""`agents.sessions.*`: the native status of an agent's thread."""

from bot.sandbox.slack.model import Channel, Message
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused
from bot.sandbox.slack.workspace import Workspace

STATUSES = frozenset({"active", "processing", "suspended", "closed"})
TITLE = 200
"""Characters of a session's title."""


class Sessions:
    """`agents.sessions.*` on one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "agents.sessions.setStatus": self.set_status,
            "agents.sessions.rename": self.rename,
        }

    def set_status(self, args: Args) -> JSON:
        """Set the status, making the session the first time."""
        channel, root = self._thread(args)
        status = args.text("status")
        if status not in STATUSES:
            raise Refused("invalid_status")
        before = self._workspace.session(channel.id, root.ts)
        title = args.text("title") or (before.title if before else "")
        self._workspace.set_session(channel, root, status, title)
        return {"status": status, "agent_status": status, "title": title}

    def rename(self, args: Args) -> JSON:
        """Change the title of a session that exists."""
        channel, root = self._thread(args)
        session = self._workspace.session(channel.id, root.ts)
        if session is None:
            raise Refused("session_not_found")
        title = args.text("title")
        if not 1 <= len(title) <= TITLE:
            raise Refused("invalid_name")
        if channel.is_archived:
            raise Refused("is_archived")
        self._workspace.set_session(channel, root, session.status, title)
        return {"title": title}

    def _thread(self, args: Args) -> tuple[Channel, Message]:
        channel = self._workspace.channel(args.require("channel_id"))
        if self._workspace.bot.user_id not in channel.members:
            raise Refused("not_authorized")
        if "thread_ts" not in args:
            raise Refused("thread_ts_required")
        root = channel.messages.get(args.text("thread_ts"))
        if root is None or root.thread_ts is not None:
            raise Refused("channel_not_found")
        return channel, root
