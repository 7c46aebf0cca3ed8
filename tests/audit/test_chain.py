"""The chain: whatever is done to it afterwards breaks it, at the place where it was done."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import GENESIS, Break, Entry, Head, after, chained, end, follow


def chain_of(records: Sequence[str]) -> tuple[list[Entry], Head]:
    """Return the entries of a chain, and its head."""
    entries, head = list[Entry](), Head()
    for record in records:
        entries.append(chained(head, record))
        head = after(head, entries[-1])
    return entries, head


def found(entries: Sequence[Entry], kept: Head | None) -> Head | Break:
    """Return what a walk over the entries finds."""
    walked = follow(Head(), entries)
    return walked if isinstance(walked, Break) else end(walked, kept)


def place_of(entries: Sequence[Entry], kept: Head | None) -> int:
    """Return at which entry the chain is found broken."""
    where = found(entries, kept)
    assert isinstance(where, Break), "the chain is whole"
    assert str(where.n) in where.why
    return where.n


RECORDS = st.lists(st.text(), min_size=1, max_size=12)


@st.composite
def chains_with_a_place(draw: st.DrawFn) -> tuple[list[Entry], Head, int]:
    """A chain and the number of one of its entries."""
    entries, head = chain_of(draw(RECORDS))
    return entries, head, draw(st.integers(1, len(entries)))


Placed = tuple[list[Entry], Head, int]


@given(RECORDS)
def test_what_was_appended_is_whole_and_ends_at_the_head(records: list[str]) -> None:
    entries, head = chain_of(records)
    assert found(entries, head) == head
    assert head.n == len(records)


def test_no_entries_are_a_whole_chain() -> None:
    assert found([], Head()) == Head(0, GENESIS)


@given(chains_with_a_place(), st.text())
def test_a_changed_record_is_named(placed: Placed, other: str) -> None:
    entries, head, n = placed
    if other != entries[n - 1].record:
        entries[n - 1] = Entry(other, entries[n - 1].hash)
        assert place_of(entries, head) == n


@given(chains_with_a_place(), st.text())
def test_a_record_that_was_changed_together_with_its_hash_is_named_or_the_next(
    placed: Placed, other: str
) -> None:
    entries, head, n = placed
    if other != entries[n - 1].record:
        before = follow(Head(), entries[: n - 1])
        assert isinstance(before, Head)
        entries[n - 1] = chained(before, other)
        assert place_of(entries, head) == min(n + 1, len(entries))


@given(chains_with_a_place())
def test_a_removed_record_is_named(placed: Placed) -> None:
    entries, head, n = placed
    del entries[n - 1]
    assert place_of(entries, head) == n


@given(chains_with_a_place())
def test_a_cut_off_end_is_named_by_its_first_record(placed: Placed) -> None:
    entries, head, n = placed
    assert place_of(entries[: n - 1], head) == n


@given(chains_with_a_place(), st.integers(0, 11))
def test_records_that_changed_places_are_named_by_the_first(placed: Placed, other: int) -> None:
    entries, head, n = placed
    first, last = sorted((n - 1, other % len(entries)))
    if first != last:
        entries[first], entries[last] = entries[last], entries[first]
        assert place_of(entries, head) == first + 1


@given(chains_with_a_place(), st.text(), st.text())
def test_an_inserted_record_is_named(placed: Placed, record: str, digest: str) -> None:
    entries, head, n = placed
    entries.insert(n - 1, Entry(record, digest))
    assert place_of(entries, head) == n


@given(chains_with_a_place(), st.text())
def test_a_record_that_was_inserted_with_a_fitting_hash_is_named_by_the_next(
    placed: Placed, record: str
) -> None:
    entries, head, n = placed
    before = follow(Head(), entries[: n - 1])
    assert isinstance(before, Head)
    entries.insert(n - 1, chained(before, record))
    assert place_of(entries, head) == n + 1


@given(chains_with_a_place(), st.text())
def test_a_record_that_was_added_behind_the_bridges_back_is_named(
    placed: Placed, record: str
) -> None:
    entries, head, _ = placed
    assert place_of([*entries, chained(head, record)], head) == len(entries) + 1


@given(chains_with_a_place())
def test_a_chain_without_a_readable_head_is_not_whole(placed: Placed) -> None:
    entries, _, _ = placed
    assert isinstance(found(entries, None), Break)
    assert isinstance(found(entries, Head()), Break)


@given(chains_with_a_place())
def test_heads_and_entries_are_read_as_they_were_written(placed: Placed) -> None:
    entries, head, _ = placed
    assert Head.read(head.text()) == head
    assert [Entry.read(entry.text()) for entry in entries] == entries


@pytest.mark.parametrize(
    "text", ["0", "1", f"0 {GENESIS}", f"01 {GENESIS}", f"1 {GENESIS} ", "x y"]
)
def test_what_is_no_head_is_not_read_as_one(text: str) -> None:
    assert Head.read(text) is None


def test_nothing_at_all_is_the_beginning() -> None:
    assert Head.read("") == Head()


def test_the_hash_is_the_one_that_the_readme_tells_how_to_compute() -> None:
    # printf '%064d%s' 0 '{"a":1}' | sha256sum
    known = "fc6cee09194dd2578bd7664604fcb72a539066fd34544cea0009c43eb6cdc289"
    assert chained(Head(), '{"a":1}').hash == known
