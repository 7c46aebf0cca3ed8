"""What the policy's tests draw from: people, groups, rules."""

from datetime import UTC
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.ids import UserId
from bot.policy.rules import Asking, Rule, Window

ANN, BOB, CYD, DAN = map(UserId, ("U0ANN", "U0BOB", "U0CYD", "W0DAN"))
PEOPLE = (ANN, BOB, CYD, DAN)
PLATFORM, OPS = "S0PLATFORM", "S0OPS"

deciders = st.lists(
    st.sampled_from(["owner", *PEOPLE, PLATFORM, OPS]), min_size=1, unique=True
).map(tuple)
members = st.frozensets(st.sampled_from(PEOPLE))
groups = st.fixed_dictionaries({PLATFORM: members, OPS: members})


def _some(*values: str) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values), min_size=1)


rules = st.builds(
    Rule,
    channels=_some("C1", "C2"),
    stacks=_some("*/prod", "pay*/*", "a/b").map(lambda each: each and tuple(sorted(each))),
    projects=_some("pay*", "a").map(lambda each: each and tuple(sorted(each))),
    sensitivity=_some("sensitive", "regular"),
    approval_types=_some("general", "plan_exit"),
    deciders=deciders,
    quorum=st.integers(1, 4),
    requester_counts=st.booleans(),
)
askings = st.builds(
    Asking,
    channel=st.frozensets(st.sampled_from(["C1", "C2", "D3"]), min_size=1),
    stacks=st.lists(st.sampled_from(["pay/prod", "acme/pay/dev", "a/b", "prod"])).map(tuple),
    projects=st.lists(st.sampled_from(["payments", "a", "b"])).map(tuple),
    sensitivity=st.sampled_from(["sensitive", "regular", "grave", ""]),
    approval_type=st.sampled_from(["general", "plan_exit", "another"]),
)
zones = st.sampled_from(
    [UTC, *map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Kolkata"))]
)
windows = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 1439),
    end=st.integers(1, 1440),
    time_zone=zones,
).filter(lambda window: window.start != window.end)
