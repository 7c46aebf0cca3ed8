import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ids import Installation
from bot.store import replies
from bot.store.keys import RULES, Keys, Kind, Rule, rule_of

DAYS = 24 * 3600


@given(st.sampled_from(Kind), st.text(), st.from_regex(r"[TE][A-Z0-9]{1,12}", fullmatch=True))
def test_every_key_finds_its_rule_again(kind: Kind, rest: str, installation: str) -> None:
    keys = Keys(Installation(installation))
    assert rule_of(keys.of(kind, rest)) is RULES[kind]
    assert rule_of(keys.of(kind)) is RULES[kind]
    assert keys.of(kind, rest) == keys.stem(kind) + rest


@pytest.mark.parametrize("key", ["", "conv:C1:1.2", "ns:{T1}:", "ns:{T1}:convs:C1", "other"])
def test_a_key_that_is_not_in_the_table_has_no_rule(key: str) -> None:
    assert rule_of(key) is None


def test_every_kind_has_a_rule() -> None:
    assert set(RULES) == set(Kind)


@pytest.mark.parametrize(
    ("rule", "remaining", "allowed"),
    [
        (Rule("permanent", None), None, True),
        (Rule("permanent", None), 5.0, False),
        (Rule("refreshed", 180 * DAYS), None, False),
        (Rule("refreshed", 180 * DAYS), 180 * DAYS - 60, True),
        (Rule("refreshed", 180 * DAYS), 7 * DAYS, False),
        (Rule("refreshed", 180 * DAYS), 181 * DAYS, False),
        (Rule("at most", 300, exact=False), 10.0, True),
        (Rule("until closed", 180 * DAYS, or_permanent=True), None, True),
    ],
)
def test_a_lifetime_is_held_against_its_rule(
    rule: Rule, remaining: float | None, *, allowed: bool
) -> None:
    assert rule.allows(remaining) is allowed


@given(st.dictionaries(st.text(), st.text()))
def test_a_hash_is_read_from_its_flat_answer(fields: dict[str, str]) -> None:
    flat: list[replies.Reply] = [part for pair in fields.items() for part in pair]
    assert replies.fields(flat) == fields
