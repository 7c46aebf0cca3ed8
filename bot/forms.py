"""What a click opens at once: the forms for words, and the review while it is being read."""

from typing import NamedTuple

from bot import actions
from bot.conversation.anew import is_of_earlier_task
from bot.conversation.talk import Talk
from bot.errors import MalformedInput
from bot.ids import ApprovalRequestId, ButtonValue, ThreadRef, number_in
from bot.ownership.edges import Edges
from bot.render.forms import answer_form, rename_form
from bot.render.review import loading
from bot.slack.desks import Opening
from bot.slack.inbound import Clicked
from bot.store.approvals import Approvals, ApprovalState
from bot.store.records import Records
from bot.view import View


class _About(NamedTuple):
    """What a click is about: its conversation as it is now."""

    talk: Talk
    view: View | None


class Forms:
    """Knows what clicks open; any replica does."""

    def __init__(self, edges: Edges) -> None:
        self._records = Records(edges.lease)
        self._approvals = Approvals(edges.lease)

    async def opened_by(self, click: Clicked) -> Opening | None:
        """Return what a click opens; None for one that goes straight into the inbox.

        Whoever clicks gets the form, and is told when it is sent if they may not decide: who may
        can be a matter of groups, of which Slack would have to be asked first. A form is for what
        waits and was seen as it is; other clicks go into the inbox, where they are answered.
        Raises `StoreUnavailable`.
        """
        if click.view_id:
            return None  # its modal is there, and shows what comes of it
        match click.action_id:
            case actions.REVIEW:
                return Opening(loading(), goes_on=True) if _value(click) else None
            case actions.DENY | actions.ANSWER:
                return await self._for_words(click)
            case actions.LISTEN:
                return await self._for_title(click)
            case _:
                return None

    async def _for_words(self, click: Clicked) -> Opening | None:
        value = _value(click)
        about = await self._about(value) if value else None
        if value is None or about is None or about.talk.task_id is None:
            return None
        request = ApprovalRequestId(value.subject)
        kept = await self._approvals.get(about.talk.task_id, request)
        if kept is None or kept.state is not ApprovalState.OPEN or kept.digest != value.digest:
            return None
        shown = about.view.approval(request) if about.view else None
        message, question = shown.message if shown else "", click.action_id == actions.ANSWER
        meant = value.model_copy(update={"home": click.in_home}).encode()
        return Opening(answer_form(meant, message=message, question=question))

    async def _for_title(self, click: Clicked) -> Opening | None:
        """Open it for the task's owner: nobody else shall type a title that is refused then."""
        value = _value(click)
        what, _, turn = value.subject.partition(":") if value else ("", "", "")
        about = await self._about(value) if value and what == actions.RENAME else None
        if about is None or about.view is None or click.user != about.talk.owner:
            return None
        if is_of_earlier_task(about.talk, number_in(turn)):
            return None
        return Opening(rename_form(click.value, title=about.view.title))

    async def _about(self, value: ButtonValue) -> _About | None:
        """Return what a button is about; None where nobody has spoken there, or it is not ours."""
        try:
            thread = ThreadRef.parse(value.thread)
        except MalformedInput:
            return None
        fields = await self._records.load(await self._records.resolve(thread.key()))
        if "talk" not in fields:
            return None
        view = View.read(fields["view"]) if "view" in fields else None
        return _About(Talk.read(fields["talk"]), view)


def _value(click: Clicked) -> ButtonValue | None:
    try:
        return ButtonValue.decode(click.value)
    except MalformedInput:
        return None
