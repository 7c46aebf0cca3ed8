"""Modals: the app opens one with the trigger of what a person did, the person submits or closes it.

Source: Slack's "Modals" and the reference of `views.open` and `views.update`. One at a time for
each person; the app pushes none yet.
"""

import itertools
import json
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.sandbox.slack.blockkit import BLOCKS, plain
from bot.sandbox.slack.rules import boolean, many, number, one_of, shape, string, tagged
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused, as_object

TRIGGER_SECONDS = 3.0
BLOCKS_PER_VIEW = 100
VIEW_BYTES = 250_000

_TEXT_INPUT = shape(
    {},
    {
        "action_id": string(255),
        "initial_value": string(3000, at_least=0),
        "placeholder": plain(150),
        "multiline": boolean,
        "min_length": number(0, 3000),
        "max_length": number(1, 3000),
        "focus_on_load": boolean,
    },
)
_INPUT = shape(
    {"label": plain(2000), "element": tagged({"plain_text_input": _TEXT_INPUT})},
    {
        "block_id": string(255),
        "hint": plain(2000),
        "optional": boolean,
        "dispatch_action": boolean,
    },
)
_IN_MESSAGES_ONLY = frozenset({"markdown", "table", "context_actions"})
"""Blocks whose reference names no other surface."""

IN_VIEWS = {kind: rule for kind, rule in BLOCKS.items() if kind not in _IN_MESSAGES_ONLY}

_VIEW = shape(
    {
        "type": one_of("modal"),
        "title": plain(24),
        "blocks": many(tagged({**IN_VIEWS, "input": _INPUT}), BLOCKS_PER_VIEW, at_least=0),
    },
    {
        "submit": plain(24),
        "close": plain(24),
        "private_metadata": string(3000, at_least=0),
        "callback_id": string(255),
        "external_id": string(255),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)


@dataclass(slots=True, eq=False)
class Modal:
    """One modal that somebody sees, or saw."""

    id: str
    user: str
    view: JSON
    is_open: bool = True
    versions: int = field(default=1)
    """How often its content was set."""

    def set(self, view: JSON) -> None:
        """Show something else in it."""
        self.view = view
        self.versions += 1

    def as_json(self, bot_id: str, values: JSON | None = None) -> JSON:
        """Return the view as Slack tells of it, with what was entered."""
        more = {"id": self.id, "bot_id": bot_id, "state": {"values": values or {}}}
        return {"private_metadata": "", "callback_id": "", **self.view, **more}


class Modals:
    """The modals of one workspace."""

    def __init__(self, clock: Clock, bot_id: str) -> None:
        self.modals: dict[str, Modal] = {}
        """By id, oldest first, closed ones too."""
        self._clock = clock
        self._bot_id = bot_id
        self._triggers: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()
        self._numbers = itertools.count(1)

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {"views.open": self.open, "views.update": self.update}

    def arm(self, trigger: str, user: str) -> None:
        """Let the app open a modal for what `user` did just now."""
        self._triggers[trigger] = (user, self._clock.now())

    def open(self, args: Args) -> JSON:
        """`views.open`: show a modal to whom the trigger belongs."""
        user = self._spend(args.require("trigger_id"))
        view = checked(args.structure("view", "invalid_arguments"))
        if view.get("external_id") and self._named(view["external_id"]):
            raise Refused("duplicate_external_id")
        for modal in self.modals.values():
            modal.is_open = modal.is_open and modal.user != user
        modal = Modal(f"V{next(self._numbers):08d}", user, view)
        self.modals[modal.id] = modal
        return {"view": modal.as_json(self._bot_id)}

    def update(self, args: Args) -> JSON:
        """`views.update`: show something else in a modal that is still open."""
        name = args.text("external_id")
        modal = self._named(name) if name else self.modals.get(args.require("view_id"))
        if modal is None or not modal.is_open:
            raise Refused("not_found")
        modal.set(checked(args.structure("view", "invalid_arguments")))
        return {"view": modal.as_json(self._bot_id)}

    def _named(self, name: str) -> Modal | None:
        return next((m for m in self.modals.values() if m.view.get("external_id") == name), None)

    def shown(self, user: str, modal_id: str) -> Modal:
        """Return a modal that somebody sees.

        Raises `LookupError`.
        """
        modal = self.modals.get(modal_id)
        if modal is None or not modal.is_open or modal.user != user:
            raise LookupError(f"{user} sees no modal {modal_id}")
        return modal

    def settle(self, modal: Modal, response: JSON | None) -> JSON:
        """Do what the app answered to a submission; return the problems by block, if any."""
        answer = response or {}
        match answer.get("response_action"):
            case "errors":
                return as_object(answer.get("errors")) or {}
            case "update":
                modal.set(checked(answer.get("view")))
            case _:
                modal.is_open = False
        return {}

    def _spend(self, trigger: str) -> str:
        if trigger in self._used:
            raise Refused("exchanged_trigger_id")
        if trigger not in self._triggers:
            raise Refused("invalid_trigger_id")
        user, at = self._triggers.pop(trigger)
        self._used.add(trigger)
        if self._clock.now() - at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        return user


def checked(value: object) -> JSON:
    """Return a view that Slack takes.

    Raises `Refused`.
    """
    view = as_object(value)
    if view is None:
        raise Refused("invalid_arguments")
    if problems := [*_VIEW(view, "/view")]:
        raise Refused("invalid_arguments", tuple(map(str, problems)))
    kinds = {block["type"] for block in view["blocks"]}
    if "input" in kinds and "submit" not in view:
        raise Refused("invalid_arguments", ("`submit` is required with an input block",))
    inputs = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    if any(len(e.get("initial_value", "")) > e.get("max_length", 3000) for e in inputs):
        raise Refused("invalid_arguments", ("`initial_value` is longer than `max_length`",))
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    return view
