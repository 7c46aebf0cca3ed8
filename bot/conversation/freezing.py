"""What waits becomes a write: its bytes, its timestamp and its ids are fixed in one script."""

from collections.abc import Callable, Mapping

from bot.conversation.batching import Items, batch_text, in_order
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.talk import Talk


async def freeze(
    means: Means,
    desk: TalkDesk,
    talk: Talk,
    make: Callable[[Talk, Items, str, float], Mapping[str, object]],
) -> Talk:
    """Fix what waits now in one script: its text, its timestamp, its ids.

    `make(talk, items, text, instant)` returns the changes of the talk beside the queue's. Returns
    the talk unchanged when something was edited or deleted while names were read: whoever did it
    wakes this lane again.
    """
    items, company = in_order(talk.queue), len(talk.speakers) > 1
    users = sorted({item.user for item in items if company})
    names = {str(user): await means.reader.user_name(user) for user in users}
    text, now = batch_text(items, names, company=company), means.clock.now()

    def frozen(talk: Talk) -> Talk:
        if any(item not in talk.queue for item in items):
            return talk
        # Stamped here, on the latest talk: a stop may have been stamped meanwhile.
        instant = talk.next_instant(now)
        rest = tuple(item for item in talk.queue if item not in items)
        return talk.with_said(instant, **make(talk, items, text, instant), queue=rest)

    return await desk.change(frozen)
