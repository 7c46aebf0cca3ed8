"""Inputs from outside, generated from a seed: likely ones, damaged ones, and spiteful ones."""

import json
import random
from collections.abc import Callable
from typing import Any

BIG = 12_000
"""Characters of a long text: what the bridge still lays out in full."""

BIG_SHARE = 0.04

FRAGMENTS = (
    *("a", "word ", "\n", "\n\n", " ", "\t", "\\", "`", "```", "~~~", "``` py\n", "*", "**", "_"),
    *("|", "|a", "|a|b|\n", "|-", "|-|-|\n", ":-:|", "> ", "- ", "1. ", "# ", "---\n", "===\n"),
    *("[", "]", "[a](", "[a]: x\n", "![", "(", ")", "<", ">", "<@U1>", "<@UBOT> ", "<@UBOT|x>,"),
    *("<!channel>", "<!subteam^S1|@x>", "<!date^1^{date}|d>", "<#C1|x>", "<#C1>", "&amp;", "&"),
    *("<https://a.b|c>", "https://app.pulumi.com/acme/p/s", "github.com/a/b", "git@h:a/b.git "),
    *("--stack=p/s ", "--mode plan ", "-- ", "--", "\u2014", "stop ", "status", "channel quiet"),
    *("\r", "\r\n", "\u2028", "\x00", "\ud800", "\U0001f600", "\u0301", "\u202e", "\ufeff"),
    *("<script>", "$(x)", "{", "}", '"', "'", ",", ".", "/", "@", ":", "-", "0", "99999999999"),
)

NAMES = (
    *("type", "subtype", "event", "event_id", "channel", "user", "text", "ts", "thread_ts"),
    *("edited", "files", "message", "previous_message", "deleted_ts", "event_ts", "container"),
    *("actions", "action_id", "action_ts", "value", "message_ts", "channel_id", "id", "team_id"),
    *("team", "enterprise", "authorizations", "is_enterprise_install", "command", "user_id"),
    *("trigger_id", "channel_name", "payload", "challenge", "view", "token", "eventBody", "actor"),
    *("content", "timestamp", "tool_calls", "name", "is_final", "context", "git_diff", "todos"),
    *("approval_request_id", "approval_type", "sensitivity", "isSynthetic", "t", "s", "d"),
)

VALUES = (
    *("message", "app_mention", "message_changed", "message_deleted", "event_callback"),
    *("block_actions", "url_verification", "channel_archive", "channel_id_changed", "/neo"),
    *("member_left_channel", "agent_session_stopped", "C1", "D1", "U1", "UBOT", "T1", "approve"),
    *("1700000000.000100", "1700000009.000200", "agentResponse", "userInput", "triggerUserInput"),
    *("assistant_message", "user_message", "user_approval_request", "exec_tool_call", "cancelled"),
    *("tool_response", "todo_list", "set_task_name", "error", "warning", "2026-11-22T00:00:00Z"),
)

EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "event": {"type": "message", "channel": "C1", "user": "U1", "text": "<@UBOT> hi"}
    | {"ts": "1700000000.000100", "thread_ts": "1700000000.000000"},
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "container": {"message_ts": "1700000000.000200", "channel_id": "C1"},
    "actions": [{"action_id": "approve", "value": "v", "action_ts": "1700000009.000100"}],
}
COMMAND = {
    "command": "/neo",
    "text": "do it",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "channel_name": "infra",
    "trigger_id": "1.2.x",
}
NEO: dict[str, Any] = {
    "type": "agentResponse",
    "id": "e1",
    "eventBody": {"type": "assistant_message", "content": "hi", "is_final": True, "tool_calls": []}
    | {"timestamp": "2026-11-22T00:00:00Z"},
}
BUTTON = {"t": "C1:1700000000.000100", "s": "r1", "d": "0123"}


class Inputs:
    """An endless supply; the same seed gives the same inputs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def text(self) -> str:
        """Return words and marks in any order, now and then a long text of one pattern."""
        some = "".join(self.chance.choices(FRAGMENTS, k=self.chance.randint(0, 30)))
        if self.chance.random() < BIG_SHARE:
            pattern = "".join(self.chance.choices(FRAGMENTS, k=self.chance.randint(1, 6)))
            some += pattern * (BIG // len(pattern))
            if self.chance.random() < 0.5:
                turns = [self.chance.choice(FRAGMENTS) * 300 for _ in range(30)]
                some = "".join(turns) + some
        return some[:BIG]

    def json(self, depth: int = 4) -> Any:
        """Return a JSON value made of our networks' words."""
        kind = self.chance.randrange(8 if depth else 5)
        match kind:
            case 0:
                return self.chance.choice((None, True, False, 0, -1, 1.5, 10**30, 1e308))
            case 1 | 2:
                return self.chance.choice(VALUES)
            case 3:
                return self.text() if self.chance.random() < 0.3 else ""
            case 4:
                return self.chance.choice(NAMES)
            case 5:
                return [self.json(depth - 1) for _ in range(self.chance.randint(0, 3))]
            case _:
                return self.object(depth - 1)

    def object(self, depth: int = 4) -> dict[str, Any]:
        """Return a JSON object."""
        count = self.chance.randint(0, 5)
        return {self.chance.choice(NAMES): self.json(depth) for _ in range(count)}

    def like(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Return a sample with some of its parts changed, lost, or joined by others."""
        copy: dict[str, Any] = json.loads(json.dumps(sample))
        for _ in range(self.chance.randint(0, 4)):
            self._change(self._place_in(copy))
        return copy

    def damaged(self, raw: bytes) -> bytes:
        """Return bytes, in some cases cut, doubled, or with other bytes among them."""
        for _ in range(self.chance.choice((0, 0, 1, 2, 5))):
            at, to = sorted(self.chance.choices(range(len(raw) + 1), k=2))
            new = self.chance.choice((b"", self.chance.randbytes(3), raw[at:to] * 2, b"[" * 2000))
            raw = raw[:at] + new + raw[self.chance.choice((at, to)) :]
        return raw

    def raw(self, sample: dict[str, Any]) -> bytes:
        """Return a sample, changed, as bytes of JSON, or of something near it."""
        body = self.like(sample) if self.chance.random() < 0.8 else self.object()
        return self.damaged(json.dumps(body).encode())

    def one_of(self, *choices: Callable[[], Any]) -> Any:
        """Return what one of them makes."""
        return self.chance.choice(choices)()

    def _place_in(self, value: dict[str, Any]) -> dict[str, Any]:
        while True:
            inner: list[dict[str, Any]] = [v for v in value.values() if isinstance(v, dict) and v]
            if not inner or self.chance.random() < 0.4:
                return value
            value = self.chance.choice(inner)

    def _change(self, value: dict[str, Any]) -> None:
        names = [*value, self.chance.choice(NAMES)]
        name = self.chance.choice(names)
        if self.chance.random() < 0.25:
            value.pop(name, None)
        else:
            value[name] = self.one_of(self.json, self.text, lambda: self.json(1))
