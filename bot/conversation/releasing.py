"""What waited for somebody's word: late messages, held replies and failed starts. Pure."""

from collections.abc import Iterable

from bot.conversation.effects import SEEN
from bot.conversation.items import Item, ts_order
from bot.conversation.talk import Held, Talk
from bot.ids import Ts, UserId


def release_late(talk: Talk, ts: str, by: UserId) -> tuple[Talk, Item | None]:
    """Take a late message of `by` out of those that were asked about; None if it is not there."""
    item = next((i for i in talk.late if i.ts == ts and i.user == by), None)
    if item is None:
        return talk, None
    return talk.model_copy(update={"late": tuple(i for i in talk.late if i is not item)}), item


def stopped(talk: Talk, at: Ts) -> Talk:
    """Give back what was said before a stop of the moment `at`: all, where that is not known.

    What comes later, but was said before it, is given back when it comes.
    """
    talk = talk.model_copy(update={"stopped_at": max(talk.stopped_at, at, key=ts_order)})
    back = tuple(i for i in talk.queue if not at or talk.was_stopped_after(i))
    rest = tuple(i for i in talk.queue if i not in back)
    return talk.model_copy(update={"returned": (*talk.returned, *back), "queue": rest})


def given_back(talk: Talk, items: Iterable[Item]) -> Talk:
    """Let messages that were given back wait for their authors' word."""
    back = [item for item in talk.returned if item in tuple(items)]
    rest = tuple(item for item in talk.returned if item not in back)
    late = (*talk.late, *map(_asked_about, back))
    return talk.model_copy(update={"returned": rest, "late": late})


def _asked_about(item: Item) -> Item:
    return item.model_copy(update={"mark": "", "given_back": item.given_back + 1})


def release_held(talk: Talk, held: Held) -> Talk:
    """Take a reply out of those that wait for the owner's word."""
    return talk.model_copy(
        update={"held": tuple(h for h in talk.held if h.item.ts != held.item.ts)}
    )


def start_again(talk: Talk) -> Talk:
    """Take a failed start up again.

    Where no task can have come of it, with what was edited and said since. Where one can, the same
    bytes, so that it is still recognised should it appear.
    """
    start = talk.start
    if start is None or not start.failed:
        return talk
    items = tuple(i.model_copy(update={"mark": SEEN if i.opens else ""}) for i in start.items)
    if start.is_uncertain:
        again = {"failed": "", "told": False, "insisted": True, "items": items}
        start, queue = start.model_copy(update=again), talk.queue
    else:
        start, queue = None, (*items, *talk.queue)
    attempts = talk.attempts + (start is not None)
    return talk.model_copy(update={"start": start, "queue": queue, "attempts": attempts})
