"""What a click opens at once: the forms for words, and the review while it is being read."""

from bot import actions
from bot.conversation.talk import Talk
from bot.errors import MalformedInput
from bot.ids import ApprovalRequestId, ButtonValue, ThreadRef
from bot.ownership.edges import Edges
from bot.render.forms import answer_form
from bot.render.review import loading
from bot.slack.desks import Opening
from bot.slack.inbound import Clicked
from bot.store.approvals import Approvals, ApprovalState
from bot.store.records import Records
from bot.view import View

_FORMS = frozenset({actions.DENY, actions.ANSWER})


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
        if click.action_id == actions.REVIEW:
            return Opening(loading(), goes_on=True)
        if click.action_id not in _FORMS:
            return None
        return await self._form(click)

    async def _form(self, click: Clicked) -> Opening | None:
        try:
            value = ButtonValue.decode(click.value)
            thread = ThreadRef.parse(value.thread)
        except MalformedInput:
            return None
        fields = await self._records.load(await self._records.resolve(thread.key()))
        talk = Talk.read(fields["talk"]) if "talk" in fields else None
        if talk is None or talk.task_id is None:
            return None
        kept = await self._approvals.get(talk.task_id, ApprovalRequestId(value.subject))
        if kept is None or kept.state is not ApprovalState.OPEN or kept.digest != value.digest:
            return None
        shown = View.read(fields["view"]).approval(value.subject) if "view" in fields else None
        message, question = shown.message if shown else "", click.action_id == actions.ANSWER
        return Opening(answer_form(click.value, message=message, question=question))
