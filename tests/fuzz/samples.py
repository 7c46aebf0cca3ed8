"""What both networks really send: Slack's references and recordings, Neo's samples."""

import json
from pathlib import Path
from typing import Any

NEO_FILES = sorted((Path(__file__).parents[1] / "samples" / "neo").glob("*/stream.sse"))

TS, ROOT, LATER = "1700000000.000200", "1700000000.000100", "1700000009.000300"
FILE: dict[str, Any] = {
    "id": "F1",
    "name": "plan.log",
    "title": "plan.log",
    "mimetype": "text/plain",
    "filetype": "text",
    "size": 1200,
    "url_private": "https://files.slack.com/files-pri/T1-F1/plan.log",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/plan.log",
}
RICH = {
    "type": "rich_text",
    "block_id": "b1",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "user", "user_id": "UBOT"}, {"type": "text", "text": " hi"}],
        }
    ],
}
SAID: dict[str, Any] = {
    "type": "message",
    "user": "U1",
    "ts": TS,
    "thread_ts": ROOT,
    "text": "<@UBOT> please look at <https://app.pulumi.com/acme/web/prod|prod>",
    "client_msg_id": "c0ffee",
    "team": "T1",
    "blocks": [RICH],
}
MESSAGES: tuple[dict[str, Any], ...] = (
    SAID,
    {**SAID, "edited": {"user": "U1", "ts": LATER}, "subtype": "file_share", "files": [FILE]},
    {**SAID, "subtype": "thread_broadcast", "root": {**SAID, "reply_count": 3}},
    {
        "type": "message",
        "subtype": "bot_message",
        "ts": TS,
        "text": "",
        "username": "alerts",
        "bot_id": "B2",
        "bot_profile": {"id": "B2", "name": "Alerts", "app_id": "A2"},
        "attachments": [
            {"title": "Drift", "text": "in `web/prod`", "pretext": "!", "fallback": "Drift in web"},
            {"from_url": "https://a.example", "fallback": "a preview"},
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "more"}}]},
        ],
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Drift*"}}],
    },
    {
        "type": "message",
        "user": "UBOT",
        "bot_id": "B1",
        "app_id": "A1",
        "ts": TS,
        "text": "Working on it",
        "metadata": {"event_type": "neo_slack", "event_payload": {"key": "t-1/turn/1"}},
        "edited": {"user": "UBOT", "ts": LATER},
    },
    {**SAID, "subtype": "tombstone", "user": "USLACKBOT", "hidden": True, "text": "deleted"},
    {**SAID, "subtype": "channel_join", "text": "<@U1> has joined the channel"},
)
EVENTS: tuple[dict[str, Any], ...] = (
    {**SAID, "channel": "C1", "event_ts": TS, "channel_type": "channel"},
    {**SAID, "type": "app_mention", "channel": "C1", "event_ts": TS},
    {**SAID, "channel": "D1", "thread_ts": TS, "text": "count the stacks", "channel_type": "im"},
    {**MESSAGES[1], "channel": "C1", "event_ts": TS},
    {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "hidden": True,
        "message": {**SAID, "edited": {"user": "U1", "ts": LATER}, "text": "<@UBOT> hello"},
        "previous_message": SAID,
        "ts": LATER,
        "event_ts": LATER,
    },
    {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "C1",
        "hidden": True,
        "deleted_ts": TS,
        "previous_message": SAID,
        "ts": LATER,
        "event_ts": LATER,
    },
    {**MESSAGES[3], "channel": "C1", "event_ts": TS},
    {"type": "agent_session_stopped", "channel": "C1", "user": "U1", "thread_ts": ROOT}
    | {"event_ts": LATER},
    {"type": "reaction_added", "user": "U1", "reaction": "x", "item_user": "UBOT"}
    | {"item": {"type": "message", "channel": "C1", "ts": ROOT}, "event_ts": LATER},
    {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2", "event_ts": TS},
    {"type": "member_left_channel", "user": "UBOT", "channel": "C1", "team": "T1", "event_ts": TS},
    {"type": "channel_archive", "channel": "C1", "user": "U1", "event_ts": TS},
)
BODIES = tuple(
    {
        "token": "verification",
        "team_id": "T1",
        "api_app_id": "A1",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1700000000,
        "authorizations": [
            {"enterprise_id": None, "team_id": "T1", "user_id": "UBOT", "is_bot": True}
            | {"is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-x",
    }
    for event in EVENTS
)
BUTTON = {"t": f"C1:{ROOT}", "s": "r1", "d": "0123"}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ann", "name": "ann", "team_id": "T1"},
    "api_app_id": "A1",
    "token": "verification",
    "container": {"type": "message", "message_ts": TS, "channel_id": "C1", "is_ephemeral": False}
    | {"thread_ts": ROOT},
    "trigger_id": "12.34.abc",
    "team": {"id": "T1", "domain": "acme"},
    "enterprise": None,
    "is_enterprise_install": False,
    "channel": {"id": "C1", "name": "infra"},
    "message": SAID,
    "state": {"values": {}},
    "response_url": "https://hooks.slack.com/actions/T1/1/x",
    "actions": [
        {"type": "button", "block_id": "b", "action_id": "approve", "value": json.dumps(BUTTON)}
        | {"text": {"type": "plain_text", "text": "Approve"}, "action_ts": LATER}
    ],
}
HOME_OPENED = {
    "type": "event_callback",
    "team_id": "T1",
    "event": {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"},
}
SUBMISSION = {
    "type": "view_submission",
    "team": {"id": "T1"},
    "user": {"id": "U1", "team_id": "T1"},
    "trigger_id": "12.35.abc",
    "view": {"id": "V1", "callback_id": "form", "private_metadata": json.dumps(BUTTON)}
    | {"state": {"values": {"words": {"words": {"value": "not on a Friday"}}}}},
}
CLICKS = (
    CLICK,
    {
        **CLICK,
        "actions": [
            {"type": "overflow", "action_id": "menu", "action_ts": LATER}
            | {"selected_option": {"value": json.dumps(BUTTON), "text": {"text": "Only mentions"}}}
        ],
    },
    {
        **{name: part for name, part in CLICK.items() if name not in ("channel", "message")},
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": "modal"},
    },
    SUBMISSION,
    {"type": "block_suggestion", "team": {"id": "T1"}, "user": {"id": "U1"}, "value": "a"},
)
COMMAND = {
    "token": "verification",
    "team_id": "T1",
    "team_domain": "acme",
    "channel_id": "C1",
    "channel_name": "infra",
    "user_id": "U1",
    "user_name": "ann",
    "command": "/neo",
    "text": "--plan upgrade &lt;web&gt; for <@U1|ann> --stack web/prod",
    "api_app_id": "A1",
    "is_enterprise_install": "false",
    "response_url": "https://hooks.slack.com/commands/T1/1/x",
    "trigger_id": "12.34.abc",
}
VERIFICATION = {"token": "x", "challenge": "3eZbrw1aB10Fw2w", "type": "url_verification"}

CHANNEL = {"id": "C1", "name": "infra", "is_channel": True, "is_member": True, "is_im": False}
USER = {
    "id": "U1",
    "name": "ann",
    "real_name": "Ann",
    "profile": {"display_name": "ann", "real_name": "Ann"},
}
SHARES = {"public": {"C1": [{"ts": TS, "channel_name": "infra"}]}, "private": {}}
ANSWERS: tuple[dict[str, Any], ...] = (
    {"ok": True, "messages": list(MESSAGES), "has_more": False}
    | {"response_metadata": {"next_cursor": ""}},
    {"ok": True, "channels": [CHANNEL], "response_metadata": {"next_cursor": "bmV4dA=="}},
    {"ok": True, "channel": CHANNEL, "ts": TS, "message": SAID},
    {"ok": True, "channel": "C1", "ts": TS, "message": MESSAGES[4]},
    {"ok": True, "user": USER},
    {"ok": True, "url": "https://acme.slack.com/", "team": "acme", "user": "neo", "team_id": "T1"}
    | {"user_id": "UBOT", "bot_id": "B1", "enterprise_id": None, "is_enterprise_install": False},
    {"ok": True, "bot": {"id": "B1", "app_id": "A1", "user_id": "UBOT", "name": "neo"}},
    {"ok": True, "file": {**FILE, "shares": SHARES}, "files": [{**FILE, "shares": SHARES}]},
    {"ok": True, "file_id": "F1", "upload_url": "https://files.slack.com/upload/v1/x"},
    {"ok": False, "error": "ratelimited"},
    {"ok": False, "error": "channel_not_found", "needed": "x", "provided": "y"},
    {"ok": True, "users": ["U1", "U2"]},
)
ENVELOPES: tuple[dict[str, Any], ...] = (
    *(
        {"envelope_id": "e1", "type": "events_api", "payload": body, "retry_attempt": 0}
        | {"retry_reason": "", "accepts_response_payload": False}
        for body in BODIES
    ),
    *({"envelope_id": "e1", "type": "interactive", "payload": click} for click in CLICKS),
    {"envelope_id": "e1", "type": "slash_commands", "payload": COMMAND}
    | {"accepts_response_payload": True},
)
LINK_FRAMES: tuple[dict[str, Any], ...] = (
    {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}
    | {"debug_info": {"host": "applink-1", "approximate_connection_time": 18060}},
    {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "wss-1"}},
)


def _console_events() -> tuple[dict[str, Any], ...]:
    """Return the events of the recorded streams, as far as they are JSON objects."""
    found: list[dict[str, Any]] = []
    for file in NEO_FILES:
        for frame in file.read_text().split("\n\n"):
            data = "".join(
                line.removeprefix("data: ")
                for line in frame.split("\n")
                if line.startswith("data: {")
            )
            if data.endswith("}"):
                found.append(json.loads(data))
    return tuple(found)


TODOS = {"todos": [{"content": "Look", "status": "completed", "index": 0}, {"content": "Do"}]}
CONSOLE_EVENTS: tuple[dict[str, Any], ...] = (
    *_console_events(),
    {
        "type": "agentResponse",
        "id": "e20",
        "eventBody": {
            "type": "assistant_message",
            "content": "I plan.",
            "is_final": False,
            "tool_calls": [{"id": "c9", "name": "todo__TodoWrite", "args": TODOS}],
        },
    },
    {
        "type": "agentResponse",
        "id": "e21",
        "eventBody": {"type": "user_approval_request", "id": "apr-3", "message": "# Plan\n- a"}
        | {"approval_type": "plan_exit", "context": {"plan_description": "# Plan\n\n1. Look"}},
    },
)
TASK: dict[str, Any] = {
    "id": "task-1",
    "name": "Upgrade cluster",
    "status": "running",
    "createdAt": "2026-10-05T09:00:00Z",
    "createdBy": {"name": "Ada", "githubLogin": "ada", "avatarUrl": "https://a.example/a.png"},
    "approvalMode": "manual",
    "permissionMode": "default",
    "planMode": False,
    "isShared": True,
    "role": "",
    "runtimePhase": "running",
    "lastHeartbeat": "2026-10-05T09:00:05Z",
    "source": "slack",
    "taskType": "default",
    "contextUsedTokens": 100,
    "contextWindowTokens": 200000,
    "tokensUsed": 1200,
    "pendingInputCount": 0,
}
TASK_PAGE: dict[str, Any] = {"tasks": [TASK, {**TASK, "id": "task-2"}], "continuationToken": "x"}
EVENT_PAGE: dict[str, Any] = {"events": [*CONSOLE_EVENTS[:12]], "continuationToken": None}
BUDGET: dict[str, Any] = {
    "windowKind": "monthly",
    "exhausted": False,
    "windowEnd": 1800000000,
    "baseAllowanceTokens": 1000000,
    "effectiveAllowanceTokens": 1000000,
    "consumedTokens": 10,
    "consumedCents": 12,
}
PULUMI_USER: dict[str, Any] = {
    "githubLogin": "ada",
    "name": "Ada",
    "organizations": [{"githubLogin": "acme", "name": "Acme"}, {"githubLogin": "ada"}],
}
REFUSAL: dict[str, Any] = {"code": 409, "message": "Conflict: a request is ongoing"}
