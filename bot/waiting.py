"""What waits for a person, across threads: found, and listed with buttons that work there too."""

from collections.abc import Sequence

from bot.ids import UserId
from bot.ownership.edges import Edges
from bot.ownership.waiting import Mine, waiting_for
from bot.render.waiting_list import NOTHING, Row, waiting_list
from bot.slack.blocks import content, section
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Block, Content
from bot.store.approvals import Approvals
from bot.store.records import Records


async def approvals_of(edges: Edges, user: UserId) -> tuple[int, list[Block]]:
    """Return how much waits for a person, and the blocks that list it.

    Raises `StoreUnavailable`.
    """
    mine = await waiting_for(
        user,
        records=Records(edges.lease),
        approvals=Approvals(edges.lease),
        policy=edges.policy,
        channels=edges.channels,
        known=edges.groups,
    )
    paused = await edges.pauses.standing() is not None
    rows = _rows(edges, mine)
    return len(rows), waiting_list(rows, now=edges.clock.now(), paused=paused)


async def approvals_answer(edges: Edges, user: UserId) -> Content:
    """Return the answer to `/neo approvals`."""
    count, blocks = await approvals_of(edges, user)
    if not count:
        return content(NOTHING, section(NOTHING))
    things = "1 thing waits" if count == 1 else f"{count} things wait"
    head = mrkdwn("*{things} for you:*", things=things)
    return content(head, section(head), *blocks)


def _rows(edges: Edges, mine: Sequence[Mine]) -> list[Row]:
    return [
        Row(
            view=each.waiting.view,
            approval=each.waiting.shown,
            thread=each.waiting.talk.thread.key(),
            channel=each.waiting.place.channel,
            card=each.waiting.card_at(edges.bot),
            others=each.others,
            groups=each.groups,
        )
        for each in mine
    ]
