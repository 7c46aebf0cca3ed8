"""Declines a message that asks for a task in a way in which none can be started."""

from bot.commands import Problem
from bot.conversation import sentences
from bot.conversation.batching import Items, in_order
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Unreact, Whisper
from bot.conversation.errands import Errands
from bot.conversation.talk import Item, Talk
from bot.ids import Ts

NO_TEXT = Problem("Say what Neo should do, too.")


async def decline(
    talk: Talk, item: Item, problem: Problem, *, desk: TalkDesk, errands: Errands
) -> None:
    """Start nothing that nobody asked for in this way; they may say it again."""
    place, dropped = talk.place or talk.thread, dropped_with(talk, item)
    root = Ts("") if item.ts == place.root else place.root
    said = sentences.declined(problem.sentence, dropped)
    key = f"{talk.thread.key()}/declined/{item.ts}"
    await errands.run([Whisper(item.user, said, place.channel, root, key=key)])
    # What came meanwhile was not named: it stays.
    after = await desk.change(lambda talk: declined(talk, (item, *dropped)))
    gone = (i for i in talk.queue if i not in after.queue)
    await errands.run(Unreact(i.ts, i.mark) for i in gone if i.mark)


def dropped_with(talk: Talk, item: Item) -> Items:
    """Return what goes with a message that starts nothing: what was said to it by the way.

    Nothing, where something else there starts a task: what people say to each other does not.
    """
    rest = tuple(other for other in in_order(talk.queue) if other != item)
    return () if any(other.opens for other in rest) else rest


def declined(talk: Talk, dropped: Items) -> Talk:
    """Return the talk without messages that do not go to Neo."""
    return talk.model_copy(update={"queue": tuple(i for i in talk.queue if i not in dropped)})
