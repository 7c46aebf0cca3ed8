"""Puts one thread's relay together, from what is stored of it and what is outside."""

import random
from collections.abc import Callable

from bot.conversation.means import Wakes
from bot.conversation.talk import Talk
from bot.delivery.files import Files
from bot.delivery.posts import Posts
from bot.ids import TaskId, ThreadRef
from bot.neo.stream import follow
from bot.neo.wire import Task
from bot.ownership.edges import Edges
from bot.policy.modes import bound_of
from bot.relay.deliver import Deliverer
from bot.relay.desk import Desk
from bot.relay.facts import Facts, facts_of
from bot.relay.keeper import CardKeeper
from bot.relay.relay import Relay
from bot.relay.requests import Requests
from bot.relay.status import SessionStatus
from bot.relay.vital_signs import VitalSigns
from bot.store.approvals import Approvals
from bot.store.records import Records
from bot.view import View


class Assembly:
    """Makes relays; those of one owner post by the same means."""

    def __init__(  # noqa: PLR0913 -- what its relays share, each named
        self,
        edges: Edges,
        records: Records,
        wakes: Wakes,
        *,
        posts: Posts,
        files: Files,
        paused_by: Callable[[], str],
        live_cards: Callable[[], int],
    ) -> None:
        self._edges = edges
        self._records = records
        self._wakes = wakes
        self._posts = posts
        self._files = files
        self._paused_by = paused_by
        self._live_cards = live_cards
        self._approvals = Approvals(edges.lease)

    async def open(
        self, thread: ThreadRef, told: Callable[[], Task | None], *, handed_over: bool
    ) -> Relay | None:
        """Return the relay of a thread that has a task and a place to post to.

        `told` returns the task as Neo listed it last. `handed_over`: the last owner may still have
        calls on the wire.
        """
        fields = await self._records.load(thread.key())
        talk = Talk.read(fields["talk"]) if "talk" in fields else None
        if talk is None or talk.task_id is None:
            return None
        view = talk.view_in(fields)
        if view and view.unreachable and talk.moves == view.moves:
            return None
        desk = Desk(
            self._records,
            thread,
            view or self._first_view(talk, talk.task_id),
            on_change=lambda: self._wakes.conversation(thread),
        )
        await desk.told()
        finished = await self._records.done_events(thread.key())
        return self._build(desk, finished, told, handed_over=handed_over)

    def _first_view(self, talk: Talk, task_id: TaskId) -> View:
        url = self._edges.neo.console_url(task_id) or ""
        before, renames = talk.left.turns, talk.renamed.times
        return View(
            task_id=task_id,
            owner=talk.owner,
            console_url=url,
            turns_before=before,
            renames=renames,
        )

    def _build(
        self,
        desk: Desk,
        finished: set[str],
        told: Callable[[], Task | None],
        *,
        handed_over: bool,
    ) -> Relay:
        edges, task_id = self._edges, desk.view.task_id
        return Relay(
            desk,
            follow=lambda cursor: follow(
                edges.neo,
                edges.identity,
                task_id,
                cursor,
                clock=edges.clock,
                sleep=edges.sleep,
                rng=random.Random(),  # noqa: S311 -- spreads reconnects, guards nothing
                stats=edges.streams,
            ),
            neo=edges.neo,
            identity=edges.identity,
            deliverer=Deliverer(desk, self._posts, self._files, edges.clock),
            keeper=self._keeper(desk),
            status=SessionStatus(desk, door=edges.door, memory=edges.memory, clock=edges.clock),
            vital_signs=self._vital_signs(desk),
            facts=lambda: self._facts(desk, told()),
            paused_by=self._paused_by,
            requests=self._requests(desk),
            finished=finished,
            clock=edges.clock,
            sleep=edges.sleep,
            settle=edges.timing.longest if handed_over else 0.0,
            linger=edges.patience.linger,
        )

    def _keeper(self, desk: Desk) -> CardKeeper:
        edges = self._edges
        return CardKeeper(
            desk,
            posts=self._posts,
            door=edges.door,
            live_cards=self._live_cards,
            clock=edges.clock,
        )

    def _requests(self, desk: Desk) -> Requests:
        edges = self._edges
        return Requests(
            desk,
            approvals=self._approvals,
            policy=edges.policy,
            channels=edges.channels,
            known=edges.groups,
            person=edges.identity.person,
            time=edges.store.time,
            clock=edges.clock,
        )

    def _facts(self, desk: Desk, task: Task | None) -> Facts | None:
        """Return what Neo told last of the task; an earlier one of the thread is none of ours."""
        if task is None or task.id != desk.view.task_id:
            return None
        channel = self._edges.channels.of(desk.thread.channel)
        return facts_of(task, bound_of(self._edges.policy, channel))

    def _vital_signs(self, desk: Desk) -> VitalSigns:
        edges, task_id = self._edges, desk.view.task_id
        return VitalSigns(
            desk,
            lambda: edges.neo.get_task(edges.identity, task_id),
            clock=edges.clock,
            sleep=edges.sleep,
            quiet=edges.patience.quiet,
            every=edges.patience.look_at_runtime,
        )
