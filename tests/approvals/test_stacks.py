"""Which stacks a task is about, by what people named and what Neo added to its context."""

from bot.approvals.stacks import MOST, stacks_in, with_stacks
from bot.neo.events import Entity


def test_only_whole_names_of_stacks_are_taken() -> None:
    entities = [
        Entity("stack", {"project": "pay", "name": "prod"}),
        Entity("repository", {"project": "pay", "name": "dev"}),
        Entity("stack", {"name": "prod"}),
        Entity("stack", {"project": 7, "name": "prod"}),
    ]
    assert stacks_in(entities) == ("pay/prod",)


def test_what_was_named_first_is_kept_however_many_come() -> None:
    many = [f"p/{n}" for n in range(2 * MOST)]
    kept = with_stacks(["pay/prod"], ["a/b", "pay/prod", *many])
    assert kept[:3] == ("pay/prod", "a/b", "p/0")
    assert len(kept) == MOST
