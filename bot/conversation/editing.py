"""An edit of a message that waits counts; of one that Neo has, its author is asked in private."""

from bot.conversation import amending, sentences
from bot.conversation.amending import is_known
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Unreact
from bot.conversation.errands import Errands
from bot.conversation.hear import Said, is_meant
from bot.conversation.talk import Talk
from bot.slack.inbound import Edited


class Editing:
    """Takes the edits of one conversation."""

    def __init__(self, desk: TalkDesk, errands: Errands) -> None:
        self._desk = desk
        self._errands = errands

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
            # What starts a task may speak to somebody else, too.
            aside = said.to_other and (talk.task_id is not None or not said.is_addressed)
            after = amending.edit(talk, edited, said.text, aside=aside)
            offers = asks and amending.comes_too_late(talk, edited)
            return amending.with_edit(after, edited, said.text) if offers else after

        after = await self._desk.change(changed, entry=entry)
        edit = amending.edit_of(after, edited.ts, edited.edited_ts)
        if edit is not None:
            await self._errands.run([sentences.offer_edit(after, edit, edited.thread)])
        dropped = (i for i in talk.queue if i.ts == edited.ts and not is_known(after, i.ts))
        await self._errands.run(Unreact(i.ts, i.mark) for i in dropped if i.mark)
