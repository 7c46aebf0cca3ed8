"""A workspace as JSON, and back."""

from base64 import b64decode, b64encode
from dataclasses import asdict

from bot.sandbox.slack.model import (
    Channel,
    Edit,
    Ephemeral,
    File,
    Message,
    SessionStatus,
    Share,
    User,
)
from bot.sandbox.slack.wire import JSON
from bot.sandbox.slack.workspace import Workspace


def slack_record(workspace: Workspace) -> JSON:
    """Return everything that a workspace holds."""
    sessions = workspace.sessions.items()
    return {
        "users": [asdict(user) for user in workspace.users.values()],
        "files": [_file_record(file) for file in workspace.files.values()],
        "channels": [_channel_record(channel) for channel in workspace.channels.values()],
        "ephemerals": [asdict(shown) for shown in workspace.ephemerals],
        "sessions": [[*place, [asdict(each) for each in past]] for place, past in sessions],
    }


def restore_slack(workspace: Workspace, record: JSON) -> None:
    """Fill an empty workspace with what `slack_record` returned."""
    for each in record["users"]:
        workspace.users[each["id"]] = User(**each)
    for each in record["files"]:
        workspace.files[each["id"]] = _file(each)
    for each in record["channels"]:
        workspace.channels[each["id"]] = _channel(each, workspace.files)
    workspace.ephemerals.extend(Ephemeral(**each) for each in record["ephemerals"])
    for channel, root, past in record["sessions"]:
        workspace.sessions[channel, root] = [SessionStatus(**each) for each in past]


def _file_record(file: File) -> JSON:
    content = None if file.content is None else b64encode(file.content).decode()
    return asdict(file) | {"content": content}


def _file(record: JSON) -> File:
    content = None if record["content"] is None else b64decode(record["content"])
    shares = [Share(**each) for each in record["shares"]]
    fields: JSON = record | {"content": content, "shares": shares}
    return File(**fields)


def _channel_record(channel: Channel) -> JSON:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": channel.members,
        "is_archived": channel.is_archived,
        "last_stamp": channel.last_stamp,
        "messages": [_message_record(message) for message in channel.messages.values()],
    }


def _channel(record: JSON, files: dict[str, File]) -> Channel:
    messages = [_message(each, files) for each in record["messages"]]
    by_ts = {message.ts: message for message in messages}
    for message in messages:
        if message.thread_ts is not None:
            by_ts[message.thread_ts].replies.append(message)
    fields: JSON = record | {"messages": by_ts}
    return Channel(**fields)


def _message_record(message: Message) -> JSON:
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata,
        "files": [file.id for file in message.files],
        "from_bot": message.from_bot,
        "edited": message.edited and asdict(message.edited),
        "edits": message.edits,
        "deleted": message.deleted,
        "reactions": message.reactions,
    }


def _message(record: JSON, files: dict[str, File]) -> Message:
    edited = record["edited"] and Edit(**record["edited"])
    shown = [files[each] for each in record["files"]]
    fields: JSON = record | {"edited": edited, "files": shown}
    return Message(**fields)
