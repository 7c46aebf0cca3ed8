"""Who may stop a task: its owner, and whoever may say no to what it asks."""

import pytest

from bot.ids import UserId
from bot.policy.file import parse
from bot.policy.rules import OWNER_ONLY, Policy
from bot.policy.stops import stop_rule
from bot.policy.votes import may_decide

ANN, BOB, CYD = UserId("U0ANN"), UserId("U0BOB"), UserId("U0CYD")
OPS = "S0OPS"

TWO_CHANNELS = parse(
    f'[[rule]]\nchannels = "C0INFRA"\nstacks = "*/prod"\ndeciders = ["{BOB}"]\n'
    f'[[rule]]\nchannels = "C0OTHER"\ndeciders = ["{OPS}"]\nrequester_counts = false\n'
)


@pytest.mark.parametrize(
    ("policy", "channel", "user", "may"),
    [
        (OWNER_ONLY, "C0INFRA", ANN, True),
        (OWNER_ONLY, "C0INFRA", BOB, False),
        (TWO_CHANNELS, "C0INFRA", ANN, True),
        (TWO_CHANNELS, "C0INFRA", BOB, True),
        (TWO_CHANNELS, "C0INFRA", CYD, False),
        (TWO_CHANNELS, "C0OTHER", ANN, True),
        (TWO_CHANNELS, "C0OTHER", BOB, False),
        (TWO_CHANNELS, "C0OTHER", CYD, True),
        (TWO_CHANNELS, "C0THIRD", BOB, False),
    ],
)
def test_it_is_the_owner_and_those_whom_the_rules_of_the_channel_name(
    policy: Policy, channel: str, user: UserId, *, may: bool
) -> None:
    rule = stop_rule(policy, frozenset({channel, "C0OLD"}))
    assert may_decide(rule, user, ANN, {OPS: frozenset({CYD})}) is may
