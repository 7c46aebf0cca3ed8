"""Carries out Slack ops: one op, one Web API call, no retry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.errors import SlackRejected
from bot.ids import Ts
from bot.slack.ops import (
    AgentsSessionsRename,
    AgentsSessionsSetStatus,
    ChatPostEphemeral,
    ChatPostMessage,
    ChatUpdate,
    Content,
    ConversationsOpen,
    FilesCompleteUpload,
    FilesGetUploadUrl,
    FilesUploadBytes,
    ReactionsAdd,
    ReactionsRemove,
    Sent,
    SlackOp,
    ViewsOpen,
    ViewsUpdate,
)
from bot.slack.session import SlackSession
from bot.slack.shape import as_objects, member, text

METADATA_EVENT_TYPE = "neo_slack"
"""The `event_type` of our message metadata; its payload is `{"key": ...}`."""

UPLOAD = "files.upload"
"""Stands for the upload of a file's bytes, which is no Web API method."""

_ALREADY_DONE = frozenset({"already_reacted", "no_reaction"})


@dataclass(frozen=True, slots=True)
class Request:
    """A Web API method and its arguments, as JSON."""

    method: str
    arguments: Mapping[str, object]


class SlackSender:
    """Sends ops in one workspace."""

    def __init__(self, session: SlackSession) -> None:
        self._session = session

    @property
    def call_timeout(self) -> float:
        """Seconds after which a call has failed."""
        return self._session.call_timeout

    async def send(self, op: SlackOp) -> Sent:
        """Make the call; a reaction that is already as wished counts as done.

        Raises `SlackError`.
        """
        if isinstance(op, FilesUploadBytes):
            await self._session.upload(op.upload_url, op.content)
            return Sent()
        request = request_of(op)
        try:
            answer = await self._session.call(request.method, request.arguments)
        except SlackRejected as rejected:
            if rejected.code not in _ALREADY_DONE:
                raise
            return Sent()
        return sent_of(op, answer)


def request_of(op: SlackOp) -> Request:  # noqa: C901, PLR0911, PLR0912 # one case per op
    """Return the call that an op stands for."""
    match op:
        case ChatPostMessage():
            return Request("chat.postMessage", _post(op))
        case ChatUpdate():
            return Request("chat.update", _update(op))
        case ChatPostEphemeral():
            return Request("chat.postEphemeral", _ephemeral(op))
        case ReactionsAdd():
            return Request("reactions.add", _reaction(op))
        case ReactionsRemove():
            return Request("reactions.remove", _reaction(op))
        case ConversationsOpen():
            return Request("conversations.open", {"users": op.user})
        case FilesGetUploadUrl():
            return Request("files.getUploadURLExternal", _upload_url(op))
        case FilesUploadBytes():
            return Request(UPLOAD, {})
        case FilesCompleteUpload():
            return Request("files.completeUploadExternal", _complete(op))
        case AgentsSessionsSetStatus():
            return Request("agents.sessions.setStatus", _status(op))
        case AgentsSessionsRename():
            return Request("agents.sessions.rename", _rename(op))
        case ViewsOpen():
            arguments = {"trigger_id": op.trigger_id, "view": dict(op.view)}
            return Request("views.open", arguments)
        case ViewsUpdate():
            which = {"view_id": op.view_id} if op.view_id else {"external_id": op.name}
            return Request("views.update", {**which, "view": dict(op.view)})
    assert_never(op)


def sent_of(op: SlackOp, answer: Mapping[str, object]) -> Sent:
    """Read an op's answer; what Slack left out stays empty."""
    match op:
        case FilesCompleteUpload():
            return Sent(ts=_share_ts(op.channel, answer), channel=op.channel, file_id=op.file_id)
        case ConversationsOpen():
            return Sent(channel=text(member(answer, "channel"), "id"))
        case ViewsOpen() | ViewsUpdate():
            return Sent(view_id=text(member(answer, "view"), "id"))
        case _:
            return Sent(
                ts=Ts(text(answer, "ts")),
                channel=text(answer, "channel"),
                file_id=text(answer, "file_id"),
                upload_url=text(answer, "upload_url"),
                edited_ts=Ts(text(member(member(answer, "message"), "edited"), "ts")),
            )


def _post(op: ChatPostMessage) -> dict[str, object]:
    return {
        "channel": op.channel,
        **_content(op.content),
        # A link in the agent's text may be an attacker's: Slack must not fetch it.
        "unfurl_links": False,
        "unfurl_media": False,
        **_metadata(op.key),
        **_given(thread_ts=op.thread_ts),
    }


def _update(op: ChatUpdate) -> dict[str, object]:
    return {"channel": op.channel, "ts": op.ts, **_content(op.content), **_metadata(op.key)}


def _ephemeral(op: ChatPostEphemeral) -> dict[str, object]:
    return {
        "channel": op.channel,
        "user": op.user,
        **_content(op.content),
        **_given(thread_ts=op.thread_ts),
    }


def _content(content: Content) -> dict[str, object]:
    blocks = [dict(block) for block in content.blocks]
    # An update without `blocks` would leave the old ones: say that there are none.
    return {"text": content.text, "blocks": blocks, "link_names": False}


def _metadata(key: str) -> dict[str, object]:
    if not key:
        return {}
    return {"metadata": {"event_type": METADATA_EVENT_TYPE, "event_payload": {"key": key}}}


def _reaction(op: ReactionsAdd | ReactionsRemove) -> dict[str, object]:
    return {"channel": op.channel, "timestamp": op.ts, "name": op.name}


def _upload_url(op: FilesGetUploadUrl) -> dict[str, object]:
    return {
        "filename": op.filename,
        "length": op.length,
        **_given(snippet_type=op.snippet_type),
    }


def _complete(op: FilesCompleteUpload) -> dict[str, object]:
    files = json.dumps([{"id": op.file_id, "title": op.title}])
    return {"files": files, "channel_id": op.channel, **_given(thread_ts=op.thread_ts)}


def _status(op: AgentsSessionsSetStatus) -> dict[str, object]:
    return {
        "channel_id": op.channel,
        "thread_ts": op.thread_ts,
        "status": op.status,
        **_given(title=op.title),
    }


def _rename(op: AgentsSessionsRename) -> dict[str, object]:
    return {"channel_id": op.channel, "thread_ts": op.thread_ts, "title": op.title}


def _given(**arguments: str | None) -> dict[str, object]:
    return {name: value for name, value in arguments.items() if value}


def _share_ts(channel: str, answer: Mapping[str, object]) -> Ts:
    """Return the `ts` of the message that shares a file; Slack may not know it yet."""
    for file in as_objects(answer.get("files")):
        shares = member(file, "shares")
        for visibility in ("public", "private"):
            for share in as_objects(member(shares, visibility).get(channel)):
                return Ts(text(share, "ts"))
    return Ts("")
