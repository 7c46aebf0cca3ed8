"""What the inbound side tells, and a pause of everything, put into the view for the cards. Pure."""

from bot.told import Told
from bot.view import TurnState, View


def heard(view: View, told: Told) -> View:
    """Return the view with what was told: a stop, decisions, a move, who hears and who may read."""
    turn = view.turn
    if turn and turn.ended_at is None:
        stopping = turn.stop_taken or turn.number == told.stopping
        view = view if stopping == turn.stopping else view.with_turn(stopping=stopping)
    if told.moves != view.moves:
        view = _continued(view) if view.unreachable else view
        view = view.model_copy(update={"moves": told.moves})
    if told.renamed.times != view.renames:
        renamed = {"title": told.renamed.title, "renames": told.renamed.times}
        view = view.model_copy(update=renamed).with_turn()
    if told.quiet != view.quiet:
        view = _asked_again(view.model_copy(update={"quiet": told.quiet}).with_turn())
    if told.shared != view.shared:
        view = _asked_again(view.model_copy(update={"shared": told.shared}))
    for approval in view.open_approvals:
        decision = told.decisions.get(approval.request_id)
        if decision != approval.decision:
            changed = {"decision": decision, "card": approval.card.changed()}
            view = view.with_approval(approval.model_copy(update=changed))
    return view


def learnt(before: View, current: View, after: View) -> View:
    """Return the view `after` an event, its card due if what it shows was learnt meanwhile.

    The card of a turn that began was posted as things were `before`; `current` they were when that
    was done. A card at rest stays as it is.
    """
    known = ((v.facts, v.offers, v.quiet) for v in (before, current))
    is_same = next(known) == next(known)
    return after if is_same or after.state is TurnState.IDLE else after.with_turn()


def paused(view: View, by: str) -> View:
    """Return the view knowing who has paused all approvals, with the cards that say so due."""
    if by == view.paused_by:
        return view
    return _asked_again(view.model_copy(update={"paused_by": by}))


def _continued(view: View) -> View:
    """Return the view as it goes on elsewhere or, come back, in its old place: every card is due.

    Elsewhere the progress card is found missing and stays behind; the message that offered to go
    on has its button and link. What waits for somebody is posted anew.
    """
    return _asked_again(view.model_copy(update={"unreachable": ""}).with_turn())


def _asked_again(view: View) -> View:
    """Return the view with the card of everything that waits for somebody due."""
    for approval in view.open_approvals:
        changed = {"card": approval.card.changed()}
        view = view.with_approval(approval.model_copy(update=changed))
    return view
