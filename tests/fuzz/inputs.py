"""Inputs from outside, generated from a seed: likely ones, damaged ones, and spiteful ones."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

T = TypeVar("T")

LONG = 40_000
"""Characters of a long text: the longest message that Slack takes."""

HUGE = 1024 * 1024
"""Bytes of a huge one: the most that the HTTP endpoint takes."""

LONG_SHARE = 0.03
HUGE_SHARE = 0.0005

FRAGMENTS = (
    *("a", "word ", "\n", "\n\n", " ", "\t", "\\", "`", "```", "~~~", "``` py\n", "*", "**", "_"),
    *("|", "|a", "|a|b|\n", "|-", "|-|-|\n", ":-:|", "> ", "- ", "1. ", "# ", "---\n", "===\n"),
    *("[", "]", "[a](", "[a]: x\n", "![", "(", ")", "<", ">", "<@U1>", "<@UBOT> ", "<@UBOT|x>,"),
    *("<!channel>", "<!subteam^S1|@x>", "<!date^1^{date}|d>", "<#C1|x>", "<#C1>", "&amp;", "&"),
    *("<https://a.b|c>", "https://app.pulumi.com/acme/p/s", "github.com/a/b", "git@h:a/b.git "),
    *("--stack=p/s ", "--mode plan ", "-- ", "--", "\u2014", "stop ", "status", "channel quiet"),
    *("\r", "\r\n", "\u2028", "\x00", "\ud800", "\U0001f600", "\u0301", "\u202e", "\ufeff"),
    *("<script>", "$(x)", "{", "}", '"', "'", ",", ".", "/", "@", ":", "-", "0", "99999999999"),
    *("\x1b[2J", "\u0130", "\u00df", "\x85", "\U0010ffff", "\udc00\ud800", "%00", "\u2060"),
)

NAMES = (
    *("type", "subtype", "event", "event_id", "channel", "user", "text", "ts", "thread_ts"),
    *("edited", "files", "message", "previous_message", "deleted_ts", "event_ts", "container"),
    *("actions", "action_id", "action_ts", "value", "message_ts", "channel_id", "id", "team_id"),
    *("team", "enterprise", "authorizations", "is_enterprise_install", "command", "user_id"),
    *("trigger_id", "channel_name", "payload", "challenge", "view", "token", "eventBody", "actor"),
    *("content", "timestamp", "tool_calls", "name", "is_final", "context", "git_diff", "todos"),
    *("approval_request_id", "approval_type", "sensitivity", "isSynthetic", "t", "s", "d"),
    *("attachments", "blocks", "bot_id", "bot_profile", "size", "ok", "error", "messages"),
    *("metadata", "is_ext_shared_channel", "hidden", "response_urls", "function_data", "inputs"),
    *("envelope_id", "retry_attempt", "accepts_response_payload", "reason", "taskId", "tasks"),
)

VALUES = (
    *("message", "app_mention", "message_changed", "message_deleted", "event_callback"),
    *("block_actions", "url_verification", "channel_archive", "channel_id_changed", "/neo"),
    *("member_left_channel", "agent_session_stopped", "C1", "D1", "U1", "UBOT", "T1", "approve"),
    *("1700000000.000100", "1700000009.000200", "agentResponse", "userInput", "triggerUserInput"),
    *("assistant_message", "user_message", "user_approval_request", "exec_tool_call", "cancelled"),
    *("tool_response", "todo_list", "set_task_name", "error", "warning", "2026-11-22T00:00:00Z"),
    *("tombstone", "view_submission", "block_suggestion", "shortcut", "events_api", "interactive"),
)

ODD = (
    *("9" * 5000, "\u0669\u0661", "\u00b2", "nan", "-inf", "1e999", "0x10", "1_000", " 7 ", "-0"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:60-23:59", "1700000000", "true", "null"),
    *("\x00", "\ud83d", "\u2028", "\u202e", "..", "../../etc", "__class__", "constructor", "\n"),
    *("https://[::1", "https://a:99999999/", "https://\u2100.com", "//x", "javascript:x", "@deep"),
)
"""Texts where numbers, times, names and addresses belong; `@deep` nests where it is raw JSON."""

NUMBERS = (0, -1, 1.5, 2**31, 2**63, 10**30, -(10**400), 1e308, float("nan"), float("inf"))

DEEP = 150
"""Levels of a nested value; as raw JSON, where nobody's stack is ours, `FLOOR` of them."""

FLOOR = 20_000


def nested(levels: int) -> Any:
    """Return a value inside of so many lists and objects."""
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"event": value}
    return value


def as_another(value: Any) -> Any:
    """Return what a sloppy sender makes of a value: numbers as texts, lists for objects."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return float(value) if value.replace(".", "", 1).isdecimal() else {"text": value}
        case dict():
            return list(cast("dict[str, Any]", value).values())
        case list():
            return {str(at): item for at, item in enumerate(cast("list[Any]", value))}
        case _:
            return {}


def places(value: Any) -> list[Any]:
    """Return every object and list in a value, itself first."""
    found: list[Any] = []
    ahead: list[Any] = [value]
    while ahead:
        place = ahead.pop()
        if isinstance(place, dict | list):
            found.append(place)
            inner: Any = list(place.values()) if isinstance(place, dict) else place  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            ahead.extend(inner)
    return found


class Inputs:
    """An endless supply; the same seed gives the same inputs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0

    def fresh(self) -> int:
        """Return a number that was not there before, for ids that must not be known already."""
        self.count += 1
        return self.count

    def once_in(self, times: int) -> bool:
        """Tell whether this is the one time."""
        return self.chance.randrange(times) == 0

    def text(self) -> str:
        """Return words and marks in any order, now and then a long text of one pattern."""
        some = "".join(self.chance.choices(FRAGMENTS, k=self.chance.randint(0, 30)))
        return self._long(some) if self.chance.random() < LONG_SHARE else some

    def word(self) -> str:
        """Return a short text, likely or odd."""
        kind = self.chance.random()
        if kind < 0.5:
            return self.chance.choice(VALUES)
        return self.chance.choice(ODD) if kind < 0.8 else self.text()

    def json(self, depth: int = 4) -> Any:
        """Return a JSON value made of our networks' words."""
        if depth and self.chance.random() < 0.35:
            inner = self.several(lambda: self.json(depth - 1), 3)
            return inner if self.once_in(3) else self.object(depth - 1)
        scalars = (self.chance.choice(VALUES), self.chance.choice(NAMES), self.chance.choice(ODD))
        if self.once_in(6):
            return self.chance.choice((None, True, False, *NUMBERS))
        return self.text() if self.once_in(20) else self.chance.choice((*scalars, ""))

    def object(self, depth: int = 4) -> dict[str, Any]:
        """Return a JSON object."""
        count = self.chance.randint(0, 5)
        return {self.chance.choice(NAMES): self.json(depth) for _ in range(count)}

    def like(self, *samples: dict[str, Any]) -> dict[str, Any]:
        """Return one of the samples, with some of its parts changed, lost, or joined by others."""
        copy: dict[str, Any] = json.loads(json.dumps(self.chance.choice(samples)))
        changes = self.chance.choice((0, 1, 1, 1, 2, 2, 3, 5))
        for _ in range(changes):
            self._change(self.chance.choice(places(copy)))
        return copy

    def like_or_any(self, *samples: dict[str, Any]) -> dict[str, Any]:
        """Return something like a sample, in some cases an object that is like nothing."""
        return self.object() if self.once_in(8) else self.like(*samples)

    def several(self, make: Callable[[], T], most: int = 4) -> list[T]:
        """Return some of what `make` makes."""
        return [make() for _ in range(self.chance.randint(0, most))]

    def raw(self, *samples: dict[str, Any]) -> bytes:
        """Return a sample, changed, as bytes of JSON, or of something near it."""
        body = self.json() if self.once_in(10) else self.like(*samples)
        if self.chance.random() < HUGE_SHARE and isinstance(body, dict):
            self._swell(cast("dict[str, Any]", body))
        if self.chance.random() < 0.5:
            text = json.dumps(body)
        else:
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        raw = text.encode("utf-8", "surrogatepass")
        if b'"@deep"' in raw:
            raw = raw.replace(b'"@deep"', self._deep())
        return self.damaged(raw)

    def damaged(self, raw: bytes) -> bytes:
        """Return bytes, in some cases cut, doubled, or with other bytes among them."""
        for _ in range(self.chance.choice((0, 0, 0, 0, 0, 0, 1, 2, 5))):
            at, to = sorted(self.chance.choices(range(len(raw) + 1), k=2))
            new = self.chance.choice((b"", self._junk(), raw[at:to][:LONG] * 2))
            raw = raw[:at] + new + raw[self.chance.choice((at, to)) :]
        return raw

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return self.chance.choice(choices)

    def one_of(self, *makes: Callable[[], Any]) -> Any:
        """Return what one of them makes."""
        return self.chance.choice(makes)()

    def _long(self, some: str) -> str:
        pattern = "".join(self.chance.choices(FRAGMENTS, k=self.chance.randint(1, 6)))
        some += pattern * (LONG // len(pattern))
        if self.chance.random() < 0.5:
            turns = [self.chance.choice(FRAGMENTS) * 300 for _ in range(30)]
            some = "".join(turns) + some
        return some[: self.chance.choice((2000, 12_000, LONG))]

    def _swell(self, body: dict[str, Any]) -> None:
        """Put something into a body that makes it about as large as can be."""
        pattern = "".join(self.chance.choices(FRAGMENTS, k=3))
        few: list[Any] = [self.json(2), self.json(2)]
        some: tuple[Any, ...] = (
            pattern * (HUGE // 8 // len(pattern)),
            "a" * (HUGE - 5000),
            few * (HUGE // 2 // (1 + len(json.dumps(few)))),
            {str(n): n for n in range(HUGE // 20)},
        )
        body[self.chance.choice((*body, "text"))] = self.chance.choice(some)

    def _deep(self) -> bytes:
        levels = self.chance.choice((100, 300, 990, FLOOR))
        opening, closing = self.chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
        return opening * levels + b"1" + closing * levels

    def _junk(self) -> bytes:
        return self.chance.choice(
            (
                *(self.chance.randbytes(3), b"[" * FLOOR, b'{"a":' * 5000, b"\xed\xa0\x80"),
                *(b"9" * 5000, b"NaN", b'"\\ud800"', b'"\\u0000"', b"\x00", b"\xff", b"\\"),
                *(b"\xe2\x80\xa8", b"\xc2\x85", b'{"a":1,"a":2}', b"1e999", b"-", b"\xef\xbb\xbf"),
            )
        )

    def _change(self, place: Any) -> None:
        if isinstance(place, dict):
            place = cast("dict[str, Any]", place)
            self._change_member(place)
        elif isinstance(place, list):
            self._change_item(cast("list[Any]", place))

    def _change_member(self, place: dict[str, Any]) -> None:
        name = self.chance.choice([*place, self.chance.choice(NAMES)])
        if self.chance.random() < 0.25:
            place.pop(name, None)
        else:
            place[name] = self._instead_of(place.get(name))

    def _change_item(self, place: list[Any]) -> None:
        at = self.chance.randrange(len(place) + 1)
        kind = self.chance.random()
        if kind < 0.2:
            del place[at:]
        elif kind < 0.4:
            place *= self.chance.choice((2, 20))
        elif at < len(place):
            place[at] = self._instead_of(place[at])
        else:
            place.append(self.json(2))

    def _instead_of(self, value: Any) -> Any:
        return self.one_of(
            *(self.json, self.text, self.word, lambda: as_another(value)),
            *(lambda: [value], lambda: None, lambda: self._nested(value)),
        )

    def _nested(self, value: Any) -> Any:
        return nested(DEEP) if self.once_in(20) else {"id": value, "text": value}
