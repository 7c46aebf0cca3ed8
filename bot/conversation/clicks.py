"""What a click on one of our buttons means in its conversation."""

from collections.abc import Awaitable, Callable
from typing import Literal

import structlog

from bot import actions
from bot.approvals import facts
from bot.audit.record import AuditKind, Fact
from bot.conversation import amending, control_sentences, hear, releasing, sentences
from bot.conversation.anew import is_of_earlier_task
from bot.conversation.choices import Choices
from bot.conversation.click import Answering, Click
from bot.conversation.controls import Controls
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import SEEN, React, to_clicker
from bot.conversation.errands import Errands
from bot.conversation.listening import listening
from bot.conversation.means import Means
from bot.conversation.stop_requests import StopRequests
from bot.conversation.talk import Talk
from bot.conversation.whereabouts import Whereabouts
from bot.ids import ApprovalRequestId, number_in
from bot.slack.inbound import Clicked, Controlled
from bot.slack.mrkdwn import Mrkdwn, mention

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Clicks:
    """Answers the clicks of one conversation; each finishes its inbox entry."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        *,
        deciding: Deciding,
        stops: StopRequests,
        answering: Answering,
        controls: Controls,
        whereabouts: Whereabouts,
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._stops = stops
        self._controls = controls
        self._answering = answering
        self._whereabouts = whereabouts
        choices = Choices(means, desk, errands, deciding=deciding, answering=answering)
        self._answers = self._all(choices)

    def _all(self, choices: Choices) -> dict[str, Callable[[Talk, Click], Awaitable[None]]]:
        """Return what answers each of our buttons and menus."""
        return {
            actions.APPROVE: choices.approve,
            actions.DENY: choices.ask_for_words,
            actions.DENY_FORM: choices.deny,
            actions.DENY_PLAINLY: choices.deny,
            actions.OPTION: choices.option,
            actions.ANSWER: choices.ask_for_words,
            actions.ANSWER_FORM: choices.deny,
            actions.REVIEW: self._answering.review,
            actions.PAGE: self._answering.review,
            actions.STOP: self._stops.click,
            actions.FORCE_STOP: self._stops.force,
            actions.TRY_AGAIN: self._try_again,
            actions.SEND_LATE: self._send_late,
            actions.SEND_HELD: choices.send_held,
            actions.SEND_WHICH: choices.send_which,
            actions.SEND_EDIT: self._send_edit,
            actions.LISTEN: self._thread_menu,
            actions.TASK: self._task_menu,
            actions.RENAME_FORM: self._rename,
            actions.CONTINUE_HERE: self._whereabouts.continue_here,
            actions.SHARE_LINK: self._share,
        }

    async def hear(self, entry: str, clicked: Clicked, refusal: Mrkdwn | None) -> None:
        """Take a click in; `refusal` is why who clicked may not use the bridge, if they may not."""
        click, talk = Click.read(clicked, entry), self._desk.talk
        reviews = actions.kind_of(clicked.action_id) in _REVIEWS
        if refusal is not None and not reviews:
            if talk and click:
                await self.refuse(talk, click)
            await self._errands.refuse(to_clicker(clicked, refusal))
            await self._desk.finish(entry)
        elif click is None:
            await self._errands.run([to_clicker(clicked, sentences.UNKNOWN_BUTTON)])
            await self._desk.finish(entry)
        elif talk is None:
            await self._answering.only_say(click, sentences.UNKNOWN_BUTTON)
        else:
            await self.take(talk, click)

    async def take(self, talk: Talk, click: Click) -> None:
        """Do what the button says, for whoever may."""
        action = actions.kind_of(click.clicked.action_id)
        answer = self._answers.get(action)
        if answer is None:
            await self._desk.finish(click.entry)
            return
        if action not in _FOR_OTHERS_TOO and click.clicked.user != talk.owner:
            await self.refuse(talk, click)
            await self._answering.only_say(click, sentences.not_owner(mention(talk.owner)))
            return
        await answer(talk, click)

    async def refuse(self, talk: Talk, click: Click) -> None:
        """Record that somebody may not do what they wanted to; the caller says so."""
        user, value = click.clicked.user, click.value
        action = actions.kind_of(click.clicked.action_id)
        if action in actions.STOPS:
            await self._stops.refuse(user, click.entry)
        elif action in _DECISIONS:
            held = next((h for h in talk.held if h.item.ts == value.subject), None)
            request = held.request_id if held else ApprovalRequestId(value.subject)
            subject = facts.Subject(talk.task_id, request, value.digest)
            fact = facts.refusal(subject, facts.NOT_ALLOWED, who=user)
            await self._means.audit.append(fact, once=click.entry)
        elif action in {actions.TASK, actions.SHARE_LINK}:
            shares = action == actions.SHARE_LINK or value.subject == actions.SHARE
            kind = AuditKind.LINK_SHARED if shares else AuditKind.MODE_CHANGED
            task = talk.task_id or ""
            fact = Fact(kind=kind, who=user, task=task, outcome=facts.NOT_ALLOWED)
            await self._means.audit.append(fact, once=click.entry)

    async def _try_again(self, talk: Talk, click: Click) -> None:
        start = talk.start
        if start is None or not start.failed or click.value.subject != str(talk.attempts):
            await self._answering.only_say(click, sentences.NO_LONGER_OPEN)
            return
        after = await self._desk.change(releasing.start_again, entry=click.entry)
        marked = after.start.items if after.start else after.queue
        await self._errands.run(React(item.ts, SEEN) for item in marked if item.mark == SEEN)

    async def _send_late(self, talk: Talk, click: Click) -> None:
        if not any(item.ts == click.value.subject for item in talk.late):
            await self._answering.only_say(click, sentences.NO_LONGER_OPEN)
            return
        _, item = releasing.release_late(talk, click.value.subject, click.clicked.user)
        if item is None:
            await self._answering.only_say(click, sentences.NOT_YOURS)
            return
        view = await self._desk.view()

        def sent(talk: Talk) -> hear.Hearing:
            return hear.enqueue(releasing.release_late(talk, item.ts, item.user)[0], view, item)

        await self._desk.change(lambda talk: sent(talk).talk, entry=click.entry)
        await self._errands.run(sent(talk).effects)

    async def _send_edit(self, talk: Talk, click: Click) -> None:
        ts, edited_ts, user = click.value.subject, click.value.digest, click.clicked.user
        edit = amending.edit_of(talk, ts, edited_ts)
        if edit is None:
            await self._answering.only_say(click, sentences.NO_LONGER_OPEN)
        elif edit.user != user:
            await self._answering.only_say(click, sentences.NOT_YOURS)
        else:
            await self._desk.change(
                lambda talk: amending.send_edit(talk, ts, edited_ts, user), entry=click.entry
            )
            await self._errands.run([to_clicker(click.clicked, sentences.EDIT_SENT)])

    async def _thread_menu(self, talk: Talk, click: Click) -> None:
        what, _, turn = click.value.subject.partition(":")
        if what == actions.RETRY:
            await self._control(talk, click, do="retry", turn=number_in(turn))
        elif what == actions.BEGIN_ANEW:
            await self._control(talk, click, do="begin_anew", turn=number_in(turn))
        elif what == actions.RENAME:
            await self._answering.title_form(talk, click, number_in(turn))
        else:
            await self._listen(talk, click)

    async def _task_menu(self, talk: Talk, click: Click) -> None:
        """Change a mode, which more people than the owner may, or share the task."""
        wanted, turn = click.value.subject, number_in(click.value.digest)
        if is_of_earlier_task(talk, turn):
            await self._answering.only_say(click, control_sentences.NO_TASK)
        elif wanted == actions.SHARE:
            await self._share(talk, click)
        else:
            await self._control(talk, click, do="change", mode=wanted)

    async def _rename(self, talk: Talk, click: Click) -> None:
        if is_of_earlier_task(talk, number_in(click.value.subject.partition(":")[2])):
            await self._answering.only_say(click, control_sentences.NO_TASK)
        else:
            await self._control(talk, click, do="change", title=click.clicked.words)

    async def _control(  # noqa: PLR0913 -- what may be asked for, each named
        self,
        talk: Talk,
        click: Click,
        *,
        do: Literal["change", "share", "retry", "begin_anew"],
        mode: str = "",
        title: str = "",
        turn: int = 0,
    ) -> None:
        asked = Controlled(
            thread=self._errands.place,
            user=click.clicked.user,
            do=do,
            approval_mode=mode,
            permission_mode=mode,
            title=title,
            turn=turn,
        )
        await self._controls.take_from_admitted(talk, asked, click.entry)

    async def _listen(self, _talk: Talk, click: Click) -> None:
        """Let Neo hear every reply in this thread, or only what mentions the bot."""
        quiet = click.value.subject == actions.MENTIONS
        at = click.clicked.action_ts
        await self._desk.change(lambda talk: listening(talk, at, quiet=quiet), entry=click.entry)
        self._means.wakes.relay(self._desk.thread)
        said = sentences.MENTIONS_ONLY if quiet else sentences.EVERY_REPLY
        await self._errands.run([to_clicker(click.clicked, said)])

    async def _share(self, talk: Talk, click: Click) -> None:
        await self._control(talk, click, do="share")


_REVIEWS = frozenset({actions.REVIEW, actions.PAGE})
"""What everybody may use who sees the channel: nothing comes of it."""

_BY_POLICY = frozenset(
    {
        actions.APPROVE,
        actions.DENY,
        actions.DENY_FORM,
        actions.DENY_PLAINLY,
        actions.OPTION,
        actions.ANSWER,
        actions.ANSWER_FORM,
        actions.SEND_WHICH,
    }
)
"""By which the policy says, when it is decided, who may."""

_CONTROLS = frozenset({actions.LISTEN, actions.TASK, actions.SHARE_LINK})
"""What some of those may use who are not the owner, or where their refusal is a record."""

_FOR_OTHERS_TOO = (
    _REVIEWS | _BY_POLICY | actions.STOPS | _CONTROLS | {actions.SEND_LATE, actions.SEND_EDIT}
)
"""What more people than the owner may use."""

_DECISIONS = _BY_POLICY | {actions.SEND_HELD}
"""What decides about an approval."""
