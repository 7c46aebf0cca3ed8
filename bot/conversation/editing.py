"""An edit of a message that waits counts; of one that Neo has, its author is asked in private."""

from bot.conversation import amending, sentences
from bot.conversation.amending import is_known
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Unreact
from bot.conversation.errands import Errands
from bot.conversation.hear import Said, is_meant
from bot.conversation.means import Means
from bot.conversation.talk import Talk
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import Ts, ts_seconds
from bot.slack.inbound import Edited


class Editing:
    """Takes the edits of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands

    async def is_gone(self, edited: Edited) -> bool:
        """Whether Slack has no such message any more: its deletion may have overtaken the edit."""
        place, just_before = edited.thread, Ts(f"{ts_seconds(edited.ts) - 1:.6f}")
        try:
            thread = await self._means.reader.replies(place.channel, place.root, just_before)
        except (SlackUnavailable, SlackRateLimited):
            raise
        except SlackError as error:
            # What Slack does not show at all is taken as it was told.
            return error.code == "thread_not_found"
        return not any(m.ts == edited.ts and not m.is_tombstone for m in thread)

    async def take(self, entry: str, edited: Edited, said: Said, *, admitted: bool) -> None:
        """Change what waits, or offer to send the edit; finishes the entry.

        `said` is the message as it is now; only who is `admitted` is offered anything.
        """
        talk = self._desk.talk
        if talk is None:
            await self._desk.finish(entry)
            return
        asks = admitted and bool(said.text) and is_meant(talk, said)

        def changed(talk: Talk) -> Talk:
            after = amending.edit(talk, edited, said.text, aside=_is_aside(talk, edited, said))
            offers = asks and amending.comes_too_late(talk, edited)
            return amending.with_edit(after, edited, said.text) if offers else after

        after = await self._desk.change(changed, entry=entry)
        edit = amending.edit_of(after, edited.ts, edited.edited_ts)
        if edit is not None:
            await self._errands.run([sentences.offer_edit(after, edit, edited.thread)])
        dropped = (i for i in talk.queue if i.ts == edited.ts and not is_known(after, i.ts))
        await self._errands.run(Unreact(i.ts, i.mark) for i in dropped if i.mark)


def _is_aside(talk: Talk, edited: Edited, said: Said) -> bool:
    """Whether the edit takes a message away from the bot: it is to somebody else, or to nobody.

    In a direct message none is; and what starts a task may speak to somebody else, too.
    """
    is_for_neo = said.is_addressed if talk.task_id is None else is_meant(talk, said)
    return (said.to_other or _is_withdrawn(talk, edited)) and not is_for_neo


def _is_withdrawn(talk: Talk, edited: Edited) -> bool:
    """Whether the mention is gone from a message, and no button of its author's is to send it."""
    asked_about = (*talk.late, *(talk.start.items if talk.start else ()))
    is_asked_about = any(item.ts == edited.ts for item in asked_about)
    return edited.mentioned_before and not (edited.mentions_bot or is_asked_about)
