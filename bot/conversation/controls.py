"""What people do with a whole task: its modes, its title, its link, a second try, its end."""

import structlog

from bot.conversation import anew
from bot.conversation import control_sentences as sentences
from bot.conversation.admitting import refusal
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Whisper
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.pending import Wish
from bot.conversation.sentences import not_owner
from bot.conversation.sharing import Sharing, link_again
from bot.conversation.talk import Talk
from bot.conversation.wishing import Wishing
from bot.ids import TaskId
from bot.neo.wire import TASK_NAME_LIMIT
from bot.policy.modes import Modes
from bot.slack.chars import one_line
from bot.slack.inbound import Controlled
from bot.slack.mrkdwn import Mrkdwn, mention
from bot.view import View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Controls:
    """Answers what people do with the task of one conversation; each finishes its inbox entry."""

    def __init__(
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        *,
        wishing: Wishing,
        sharing: Sharing,
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._wishing = wishing
        self._sharing = sharing

    async def take(self, entry: str, asked: Controlled) -> None:
        """Do what was typed, for whoever may."""
        talk = self._desk.talk
        refused = refusal(self._means, asked.user, asked.thread.channel)
        if refused is not None:
            place = self._errands.place
            await self._errands.refuse(Whisper(asked.user, refused, place.channel, place.root))
            await self._desk.finish(entry)
        elif talk is None:
            await self._desk.finish(entry)
        else:
            await self.take_from_admitted(talk, asked, entry)

    async def take_from_admitted(self, talk: Talk, asked: Controlled, entry: str) -> None:
        """Do what somebody who may use the bridge asks for."""
        match asked.do:
            case "change":
                await self._change(talk, asked, entry)
            case "share":
                await self._share(talk, asked, entry)
            case "retry":
                await self._retry(talk, asked, entry)
            case "begin_anew":
                await self._begin_anew(talk, asked, entry)

    async def _change(self, talk: Talk, asked: Controlled, entry: str) -> None:
        """Store the wish; whether somebody may change the modes depends on what they are then."""
        modes = Modes.told(asked.approval_mode, asked.permission_mode)
        if talk.task_id is None:
            await self._only_say(asked, sentences.NO_TASK, entry)
        elif asked.title and asked.user != talk.owner:
            await self._only_say(asked, not_owner(mention(talk.owner)), entry)
        else:
            wish = Wish(
                user=asked.user,
                entry=entry,
                asked_at=await self._means.store.time(),
                approval_mode=modes.approval,
                permission_mode=modes.permission,
                title=one_line(asked.title, TASK_NAME_LIMIT),
            )
            await self._wishing.take(wish)

    async def _share(self, talk: Talk, asked: Controlled, entry: str) -> None:
        """Store the wish of the owner; whoever else wants it is told, and recorded."""
        if talk.task_id is None:
            await self._only_say(asked, sentences.NO_TASK, entry)
        elif asked.user != talk.owner:
            await self._sharing.refuse(talk.task_id, asked.user, entry)
            await self._only_say(asked, not_owner(mention(talk.owner)), entry)
        elif talk.shared:
            url = self._means.neo.console_url(talk.task_id) or ""
            await self._only_say(asked, link_again(url), entry)
        else:
            await self._sharing.take(asked.user, entry)

    async def _retry(self, talk: Talk, asked: Controlled, entry: str) -> None:
        """Send the message of a failed turn once more, for whoever may also say it again."""
        view, now = await self._desk.view(), self._means.clock.now()
        why_not = anew.why_not_again(talk, view, asked.turn)
        if why_not is not None:
            await self._only_say(asked, why_not, entry)
            return

        def again(talk: Talk) -> Talk:
            may = anew.why_not_again(talk, view, asked.turn) is None  # nothing was said meanwhile
            return anew.trying_again(talk, asked.turn, now) if may else talk

        log.info("turn_tried_again", thread=talk.thread.key(), turn=asked.turn, by=asked.user)
        await self._desk.change(again, entry=entry)
        self._means.wakes.relay(self._desk.thread)

    async def _begin_anew(self, talk: Talk, asked: Controlled, entry: str) -> None:
        """Leave the task, which is told when it is so: what is said then is for the next one."""
        view = await self._desk.view()
        why_not = anew.why_not_anew(talk, view, asked.turn)
        if asked.user != talk.owner:
            await self._only_say(asked, not_owner(mention(talk.owner)), entry)
        elif why_not is not None or view is None:
            await self._only_say(asked, why_not or sentences.AT_WORK, entry)
        else:
            await self._leave(view, asked, entry)

    async def _leave(self, view: View, asked: Controlled, entry: str) -> None:
        def left(talk: Talk) -> Talk:
            may = anew.why_not_anew(talk, view, asked.turn) is None  # nothing was said meanwhile
            return anew.leaving(talk, view, asked.user) if may else talk

        after = await self._desk.change(left, entry=entry)
        if after.task_id is not None:
            await self._only_say(asked, sentences.AT_WORK, "")
        self._means.wakes.relay(self._desk.thread)

    async def tell_parting(self, talk: Talk, task: TaskId) -> float:
        """Say that the thread left its task, and where that is."""
        url = self._means.neo.console_url(task) or ""
        await self._errands.run([sentences.ends_here(talk, task, talk.next_by, url)])
        await self._desk.change(lambda talk: talk.model_copy(update={"parting": None}))
        return 0.0

    async def _only_say(self, asked: Controlled, said: Mrkdwn, entry: str) -> None:
        await self._errands.run([sentences.privately(asked.user, said, self._errands.place)])
        await self._desk.finish(entry)
