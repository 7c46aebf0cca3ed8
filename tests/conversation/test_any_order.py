"""Messages, edits and deletions in any order, any number of times, make the same batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.small_talk import is_stop
from bot.conversation.amending import edit, forget
from bot.conversation.batching import batch_text, in_order
from bot.conversation.hear import hear
from bot.conversation.talk import Talk, ts_order
from bot.ids import Ts
from bot.slack.inbound import Deleted, Edited
from conversation.people import THREAD, running_talk, said, ts, view

TEXTS = st.text(min_size=1).filter(lambda text: bool(text.strip()) and not is_stop(text))
"""Anything that says something: a message without words is left by Slack only for its files.

And not the word that stops the turn, which is not for Neo.
"""


@dataclass(frozen=True)
class Say:
    number: int
    text: str


@dataclass(frozen=True)
class Edit:
    number: int
    version: int
    text: str


@dataclass(frozen=True)
class Delete:
    number: int


Act = Say | Edit | Delete


@st.composite
def acts(draw: st.DrawFn, messages: int = 5) -> list[Act]:
    """Return what happened to a few messages, as it is delivered: in any order, partly twice."""
    happened: list[Act] = []
    for number in range(1, draw(st.integers(1, messages)) + 1):
        happened.append(Say(number, draw(TEXTS)))
        edits = draw(st.lists(TEXTS, max_size=4))
        happened += [Edit(number, version, text) for version, text in enumerate(edits)]
        happened += [Delete(number)] if draw(st.booleans()) else []
    twice = draw(st.lists(st.sampled_from(happened), max_size=6))
    return draw(st.permutations([*happened, *twice]))


def played(delivered: Sequence[Act]) -> Talk:
    talk = running_talk()
    for act in delivered:
        match act:
            case Say(number, text):
                talk = hear(talk, view(), said(number, text)).talk
            case Edit(number, version, text):
                edited = Edited(
                    thread=THREAD,
                    user=said(number).heard.user,
                    ts=ts(number),
                    edited_ts=Ts(f"{200 + version}.000000"),
                    text="",
                )
                talk = edit(talk, edited, text)
            case Delete(number):
                talk = forget(talk, Deleted(thread=THREAD, ts=ts(number)))
    return talk


def expected(delivered: Sequence[Act]) -> str:
    """Return the simple model's answer: the last version of what was not deleted."""
    gone = {act.number for act in delivered if isinstance(act, Delete)}
    texts: list[str] = []
    for number in sorted({act.number for act in delivered} - gone):
        first = (a.text for a in delivered if isinstance(a, Say) and a.number == number)
        edits = [a for a in delivered if isinstance(a, Edit) and a.number == number]
        latest = max(edits, key=lambda edit: edit.version, default=None)
        texts.append(latest.text if latest else next(first))
    return "\n\n".join(texts)


@settings(max_examples=300)
@given(acts())
def test_any_order_of_deliveries_gives_the_batch_of_what_was_said_in_the_end(
    delivered: list[Act],
) -> None:
    queue = in_order(played(delivered).queue)
    assert batch_text(queue, {}, company=False) == expected(delivered)


def test_of_a_busy_message_no_amendment_makes_room_for_another() -> None:
    edits = [Edit(1, version, "often") for version in range(300)]
    delivered = [Delete(2), *edits, Say(2, "gone"), Say(1, "first")]
    assert [item.text for item in played(delivered).queue] == ["often"]


@given(st.lists(st.integers(1, 10**11), unique=True, min_size=2))
def test_timestamps_are_ordered_as_numbers(seconds: list[int]) -> None:
    stamps = [f"{s}.000001" for s in seconds]
    assert sorted(stamps, key=ts_order) == [f"{s}.000001" for s in sorted(seconds)]
