"""Which ids mean the same channel, after it got new ones."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels import ChannelIds

ids = st.sampled_from([f"C{number}" for number in range(8)])
moves = st.lists(st.tuples(ids, ids), max_size=8)


async def nothing() -> dict[str, str]:
    """Return what the store knows where no channel has moved."""
    return {}


def reached(start: str, steps: list[tuple[str, str]]) -> set[str]:
    """Return every id that leads to `start`, or that it leads to, step by step."""
    found, before = {start}, set[str]()
    while found != before:
        before = {*found}
        found |= {each for step in steps if found & {*step} for each in step}
    return found


@given(moves, ids)
def test_a_channel_has_every_id_that_it_ever_had_and_no_other(
    steps: list[tuple[str, str]], asked: str
) -> None:
    channels = ChannelIds(nothing)
    for old, new in steps:
        channels.moved(old, new)

    assert channels.of(asked) == reached(asked, steps)


async def test_what_another_process_heard_is_learned_beside_what_this_one_did() -> None:
    async def stored() -> dict[str, str]:
        return {"C3": "C2", "C9": "C8"}

    channels = ChannelIds(stored)
    channels.moved("C1", "C2")
    assert channels.of("C3") == {"C3"}
    await channels.learn()
    assert channels.of("C1") == channels.of("C3") == {"C1", "C2", "C3"}
    assert channels.of("C8") == {"C8", "C9"}
