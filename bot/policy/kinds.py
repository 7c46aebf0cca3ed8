"""What each value of a policy file must look like; a wrong one is refused with a sentence."""

import re
from collections.abc import Callable
from datetime import UTC, time, tzinfo
from typing import Annotated, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from bot.policy.times import DAY, DAY_MINUTES, MINUTE, minutes_in, seconds_in

_T = TypeVar("_T")

OWNER = "owner"
"""The decider who is whoever started the task."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, as `date.weekday` counts them."""

LONGEST_WAIT = 365 * DAY


def wrong(sentence: str) -> PydanticCustomError:
    """Return a validation error whose message is `sentence`, without pydantic's prefix."""
    return PydanticCustomError("policy", "{sentence}", {"sentence": sentence})


def _listed(value: object) -> object:
    """Take one value for a list of it; an empty list would match nothing, ever."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and not value:
        raise wrong("must not be empty: leave it out where it does not matter")
    if not isinstance(value, list | tuple | frozenset):
        raise wrong("must be a list")
    return cast("object", value)


def _like(pattern: str, sentence: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise wrong(sentence)
        return text

    return AfterValidator(check)


def _read(read: Callable[[object], _T | None], sentence: str) -> BeforeValidator:
    def check(value: object) -> _T:
        understood = read(value)
        if understood is None:
            raise wrong(sentence)
        return understood

    return BeforeValidator(check)


def _duration(value: object) -> int | None:
    seconds = seconds_in(value) if isinstance(value, str) else None
    return seconds if seconds and MINUTE <= seconds <= LONGEST_WAIT else None


def _time_of_day(value: object) -> int | None:
    if isinstance(value, time):  # TOML has times of day of its own, without quotes
        whole = not (value.second or value.microsecond)
        return value.hour * 60 + value.minute if whole else None
    return minutes_in(value) if isinstance(value, str) else None


def _start(value: object) -> int | None:
    minutes = _time_of_day(value)
    return None if minutes == DAY_MINUTES else minutes


def _end(value: object) -> int | None:
    minutes = _time_of_day(value)
    return DAY_MINUTES if minutes == 0 else minutes


def _day(value: object) -> int | None:
    return DAYS.index(value) if isinstance(value, str) and value in DAYS else None


def _zone(value: object) -> tzinfo | None:
    if value == "UTC":  # also where the machine has no time zones installed
        return UTC
    try:
        return ZoneInfo(value) if isinstance(value, str) else None
    except (LookupError, OSError, ValueError):  # unknown; a folder; outside of the zones' folder
        return None


_Channel = Annotated[
    str, _like(r"[CGD][A-Z0-9]+", "must be the id of a Slack channel, such as C0123456789")
]
_User = Annotated[
    str, _like(r"[UW][A-Z0-9]+", "must be the id of a Slack user, such as U0123456789")
]
_Decider = Annotated[
    str,
    _like(
        rf"{OWNER}|[UWS][A-Z0-9]+",
        f"must be `{OWNER}`, or the id of a Slack user (U..., W...) or user group (S...)",
    ),
]
_Stack = Annotated[
    str, _like(r"[^/\s]+/[^/\s]+", "must be a pattern for project/stack, such as `*/prod`")
]
_Project = Annotated[
    str, _like(r"[^/\s]+", "must be a pattern for a project's name, such as `payments-*`")
]
_Sensitivity = Annotated[
    str, _like(r"sensitive|regular", "must be `sensitive` or `regular`, as Neo says")
]
_ApprovalType = Annotated[
    str,
    _like(
        r"general|tool_permission|plan_exit",
        "must be `general`, `tool_permission` or `plan_exit`, as Neo says",
    ),
]
_Day = Annotated[
    int, Field(ge=0, le=6), _read(_day, "must be `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`")
]

Channels = Annotated[frozenset[_Channel], BeforeValidator(_listed)]
Users = Annotated[frozenset[_User], BeforeValidator(_listed)]
Deciders = Annotated[tuple[_Decider, ...], BeforeValidator(_listed)]
Stacks = Annotated[tuple[_Stack, ...], BeforeValidator(_listed)]
Projects = Annotated[tuple[_Project, ...], BeforeValidator(_listed)]
Sensitivities = Annotated[frozenset[_Sensitivity], BeforeValidator(_listed)]
ApprovalTypes = Annotated[frozenset[_ApprovalType], BeforeValidator(_listed)]
Quorum = Annotated[int, Field(strict=True, ge=1)]
YesOrNo = Annotated[bool, Field(strict=True)]
Seconds = Annotated[
    int, _read(_duration, "must be a duration such as `30m`, `4h` or `1d12h`, 1 minute to a year")
]
Target = Annotated[
    str,
    _like(
        r"[UWSCG][A-Z0-9]+",
        "must be the id of a Slack user (U..., W...), user group (S...) or channel (C..., G...)",
    ),
]
Days = Annotated[frozenset[_Day], BeforeValidator(_listed)]
Start = Annotated[int, _read(_start, "must be a time of day such as `16:00`")]
End = Annotated[int, _read(_end, "must be a time of day such as `08:00`, or `24:00`")]
Zone = Annotated[
    tzinfo,
    _read(_zone, "must be a time zone by its IANA name, such as `Europe/Berlin`"),
    PlainSerializer(str),
]
ApprovalMode = Literal["manual", "balanced", "auto"]
PermissionMode = Literal["read-only", "default"]
