"""What an edit or a deletion changes of a message: what waits, and what was sent. Pure."""

from collections.abc import Sequence

from bot.conversation.items import Amended, Item, ts_order
from bot.conversation.talk import AMENDED_KEPT, EDITS_KEPT, Talk
from bot.ids import Ts, UserId
from bot.slack.inbound import Deleted, Edited

EDITED = "I edited an earlier message of mine. It now says:\n\n"
"""What an edit begins with that Neo gets as a message of its own."""


def edit(talk: Talk, edited: Edited, text: str, *, aside: bool = False) -> Talk:
    """Change a message that still waits; what Neo already has stays as it was sent.

    One that is said to somebody else now (`aside`) waits no more.
    """
    now = Amended(ts=edited.ts, edited_ts=edited.edited_ts, text=text, aside=aside)
    return _amend(talk, now)


def forget(talk: Talk, deleted: Deleted) -> Talk:
    """Drop a deleted message that still waits."""
    return _amend(talk, Amended(ts=deleted.ts))


def latest(talk: Talk, item: Item) -> Item | None:
    """Return a message as it is now, where its edit or deletion was heard first; None when gone."""
    amended = _amendment(talk, item.ts)
    return amended.of(item) if amended else item


def is_known(talk: Talk, ts: Ts) -> bool:
    """Whether a message waits, or was sent."""
    waiting = (*talk.queue, *talk.late, *talk.returned, *(held.item for held in talk.held))
    return talk.is_sent(ts) or any(item.ts == ts for item in waiting)


def is_news(talk: Talk | None, edited: Edited) -> bool:
    """Whether it is by this edit that the bot hears of a message which is said to it.

    Where nothing has begun, the message may not have been heard even if it mentioned the bot
    before: it may still be on its way, or was refused for what this edit puts right.
    """
    if talk is None or not talk.has_begun:
        return edited.mentions_bot or edited.dm
    return edited.mentions_bot and not edited.mentioned_before and not is_known(talk, edited.ts)


def is_given_back(talk: Talk | None, edited: Edited) -> bool:
    """Whether an edit before this one took a message away from the bot, which waits no more."""
    known = _amendment(talk, edited.ts) if talk else None
    if talk is None or known is None or not known.aside or is_known(talk, edited.ts):
        return False
    return ts_order(known.edited_ts) < ts_order(edited.edited_ts)


def comes_too_late(talk: Talk, edited: Edited) -> bool:
    """Whether Neo has the message as it was: a start that failed goes out as it is then.

    An edit that a later one, or the deletion, has overtaken is not what the message says.
    """
    if _is_overtaken(talk, edited):
        return False
    start = talk.start
    if start and start.failed and not start.is_uncertain:
        return edited.ts in talk.sent
    return talk.is_sent(edited.ts)


def _is_overtaken(talk: Talk, edited: Edited) -> bool:
    known = _amendment(talk, edited.ts)
    if known is None:
        return False
    return known.is_deletion or ts_order(known.edited_ts) > ts_order(edited.edited_ts)


def with_edit(talk: Talk, edited: Edited, text: str) -> Talk:
    """Keep an edit that came too late, until its author says whether Neo gets it."""
    item = Item(ts=edited.ts, user=edited.user, text=text, edited_ts=edited.edited_ts)
    others = (i for i in talk.edits if i.ts != edited.ts)
    return talk.model_copy(update={"edits": (*others, item)[-EDITS_KEPT:]})


def send_edit(talk: Talk, ts: str, edited_ts: str, by: UserId) -> Talk:
    """Let an edit of `by` wait as a message of its own; unchanged if it is not there.

    It stands where it was edited: what was said in between came before it.
    """
    edit = edit_of(talk, ts, edited_ts)
    if edit is None or edit.user != by:
        return talk
    item = Item(ts=edit.edited_ts, user=by, text=EDITED + edit.text)
    edits = tuple(i for i in talk.edits if i is not edit)
    return talk.model_copy(update={"edits": edits, "queue": (*talk.queue, item)})


def edit_of(talk: Talk, ts: str, edited_ts: str) -> Item | None:
    """Return an edit that waits for its author's word; None for one that a later one replaced."""
    return next((i for i in talk.edits if (i.ts, i.edited_ts) == (ts, edited_ts)), None)


def _amend(talk: Talk, amended: Amended) -> Talk:
    held = tuple(
        h.model_copy(update={"item": item}) for h in talk.held if (item := amended.of(h.item))
    )
    before = _amendment(talk, amended.ts)
    others = (other for other in talk.amended if other is not before)
    both = amended.after(before) if before else amended
    changes: dict[str, object] = {
        "queue": _amended(talk.queue, amended),
        "late": _amended(talk.late, amended),
        "returned": _amended(talk.returned, amended),
        "held": held,
        "amended": (*others, both)[-AMENDED_KEPT:],
    }
    if talk.start and talk.start.failed:
        items = _amended(talk.start.items, amended)
        changes["start"] = talk.start.model_copy(update={"items": items})
    return talk.model_copy(update=changes)


def _amendment(talk: Talk, ts: Ts) -> Amended | None:
    return next((amended for amended in talk.amended if amended.ts == ts), None)


def _amended(items: Sequence[Item], amended: Amended) -> tuple[Item, ...]:
    return tuple(after for item in items if (after := amended.of(item)))
