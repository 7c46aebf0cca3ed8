"""Which of the tasks at rest have moved, by their order and their signs."""

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from bot.ids import TaskId
from bot.neo.wire import Task
from bot.ownership.listing import Listing


def listing() -> Listing:
    nowhere = cast("Any", None)  # looking at a list needs neither network nor store
    return Listing(nowhere, nowhere, nowhere)


def task(name: str, tokens: int = 0, status: str = "idle", mode: str = "manual") -> Task:
    told = {"id": name, "tokensUsed": tokens, "status": status, "approvalMode": mode}
    return Task.model_validate(told)


def moved(seen: Listing, *tasks: Task) -> set[TaskId]:
    return {t.id for t in seen.moved(tasks)}


def test_at_first_everything_may_have_moved_and_then_nothing_has() -> None:
    seen = listing()

    assert moved(seen, task("a"), task("b")) == {"a", "b"}
    assert moved(seen, task("a"), task("b")) == set()


def test_a_task_moved_when_it_overtook_another_or_its_tokens_status_or_mode_changed() -> None:
    seen = listing()
    moved(seen, task("a"), task("b"), task("c"))

    assert moved(seen, task("c"), task("a"), task("b")) == {"c"}
    assert moved(seen, task("c"), task("a", tokens=5), task("b")) == {"a"}
    assert moved(seen, task("c"), task("a", tokens=5), task("b", status="running")) == {"b"}
    assert moved(seen, task("new"), task("c"), task("a", tokens=5)) == {"new"}
    assert moved(seen, task("new"), task("c", mode="auto"), task("a", tokens=5)) == {"c"}


names = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)


@given(names, st.data())
def test_a_task_with_new_events_moved_unless_it_passed_none_that_rests(
    order: list[str], data: st.DataObject
) -> None:
    """The list is ordered by last event; one that passed nobody shows by its tokens or status."""
    seen = listing()
    moved(seen, *map(task, order))
    active = data.draw(st.lists(st.sampled_from(order), unique=True))
    after = [*active, *(name for name in order if name not in active)]

    found = moved(seen, *map(task, after))

    resting = [name for name in order if name not in active]
    assert found <= set(active)
    for name in active:
        behind = order[: order.index(name)]
        assert name in found or not any(other in behind for other in resting)
