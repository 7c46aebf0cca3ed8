"""Messages, edits and deletions in any order, any number of times, make the same batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.amending import edit, forget
from bot.conversation.batching import batch_text, in_order
from bot.conversation.hear import hear
from bot.conversation.talk import Talk, ts_order
from bot.ids import Ts
from bot.slack.inbound import Deleted, Edited
from conversation.people import THREAD, running_talk, said, ts, view


@dataclass(frozen=True)
class Say:
    number: int


@dataclass(frozen=True)
class Edit:
    number: int
    version: int


@dataclass(frozen=True)
class Delete:
    number: int


Act = Say | Edit | Delete


@st.composite
def acts(draw: st.DrawFn) -> list[Act]:
    """Return what happened to a few messages, as it is delivered: in any order, partly twice."""
    happened: list[Act] = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        happened.append(Say(number))
        happened += [Edit(number, version) for version in range(draw(st.integers(0, 3)))]
        happened += [Delete(number)] if draw(st.booleans()) else []
    twice = draw(st.lists(st.sampled_from(happened), max_size=4))
    return draw(st.permutations([*happened, *twice]))


def played(delivered: Sequence[Act]) -> Talk:
    talk = running_talk()
    for act in delivered:
        match act:
            case Say(number):
                talk = hear(talk, view(), said(number, f"m{number}")).talk
            case Edit(number, version):
                edited = Edited(
                    thread=THREAD,
                    user=said(number).heard.user,
                    ts=ts(number),
                    edited_ts=Ts(f"{200 + version}.000000"),
                    text="",
                )
                talk = edit(talk, edited, f"m{number}v{version}")
            case Delete(number):
                talk = forget(talk, Deleted(thread=THREAD, ts=ts(number)))
    return talk


def expected(delivered: Sequence[Act]) -> str:
    """Return the simple model's answer: the last version of what was not deleted."""
    gone = {act.number for act in delivered if isinstance(act, Delete)}
    texts: list[str] = []
    for number in sorted({act.number for act in delivered} - gone):
        versions = [a.version for a in delivered if isinstance(a, Edit) and a.number == number]
        texts.append(f"m{number}v{max(versions)}" if versions else f"m{number}")
    return "\n\n".join(texts)


@settings(max_examples=300)
@given(acts())
def test_any_order_of_deliveries_gives_the_batch_of_what_was_said_in_the_end(
    delivered: list[Act],
) -> None:
    queue = in_order(played(delivered).queue)
    assert batch_text(queue, {}, company=False) == expected(delivered)


@given(st.lists(st.integers(1, 10**11), unique=True, min_size=2))
def test_timestamps_are_ordered_as_numbers(seconds: list[int]) -> None:
    stamps = [f"{s}.000001" for s in seconds]
    assert sorted(stamps, key=ts_order) == [f"{s}.000001" for s in sorted(seconds)]
