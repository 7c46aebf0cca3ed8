"""What people do in the modals that the app opens."""

from bot.sandbox.slack import events
from bot.sandbox.slack.deliveries import Deliveries, Delivery
from bot.sandbox.slack.homes import Homes
from bot.sandbox.slack.modals import Modal, Modals
from bot.sandbox.slack.text import interactive_elements
from bot.sandbox.slack.wire import JSON
from bot.sandbox.slack.workspace import Workspace

ACK_SECONDS = 3.5
"""The 3 s that an app has, and the way there and back."""


class InModals:
    """Acts as people do in a modal, and in the Home tab."""

    workspace: Workspace
    modals: Modals
    homes: Homes
    _deliveries: Deliveries

    async def submit(self, user: str, modal_id: str, values: JSON) -> JSON:
        """Submit a modal; return the problems that the app found, by block.

        `values` are as in Slack's `state.values`. Raises `LookupError` when there is no such modal,
        or no answer in time.
        """
        modal = self.modals.shown(user, modal_id)
        delivery = self._on_view("view_submission", modal, values)
        if not await delivery.is_acked(ACK_SECONDS):
            raise LookupError("the app did not answer in time")
        return self.modals.settle(modal, delivery.response)

    async def press(self, user: str, modal_id: str, action_id: str) -> Delivery:
        """Press a button in a modal and return the delivery.

        Raises `LookupError` when there is no such modal or button.
        """
        modal = self.modals.shown(user, modal_id)
        shown = modal.as_json(self.workspace.bot.bot_id)
        return self._press(user, shown, element_of(modal.view["blocks"], action_id, None))

    async def open_home(self, user: str, tab: str = "home") -> None:
        """Look at a tab of the app; it hears of that."""
        direct = self.workspace.open_dm(user)
        self.workspace.hear(direct, self.homes.opened(user, direct.id, tab))

    async def press_home(self, user: str, label: str, *, nth: int = 0) -> Delivery:
        """Press a button in one's Home by its label; of several, the one of that number.

        Raises `LookupError`.
        """
        row = interactive_elements(self.homes.views.get(user, {}).get("blocks", []))
        found = [e for e in row if e.get("text", {}).get("text") == label]
        if nth >= len(found):
            raise LookupError(f"no button {label!r} in the Home of {user}")
        return self._press(user, self.homes.as_json(user), found[nth])

    async def press_in_home(self, user: str, action_id: str, value: str) -> Delivery:
        """Press a button in one's Home that has this value: several have the same id.

        Raises `LookupError`.
        """
        for element in interactive_elements(self.homes.views.get(user, {}).get("blocks", [])):
            if (element["action_id"], element.get("value", "")) == (action_id, value):
                return self._press(user, self.homes.as_json(user), element)
        raise LookupError("that button is not there any more")

    def _press(self, user: str, view: JSON, element: JSON) -> Delivery:
        payload = events.interaction("block_actions", self.workspace.user(user), self.workspace.bot)
        self.modals.arm(payload["trigger_id"], user)
        action_ts = f"{self.workspace.clock.now():.6f}"
        payload["actions"] = [element | {"action_ts": action_ts}]
        payload["container"] = {"type": "view", "view_id": view["id"]}
        payload["view"] = view
        return self._deliveries.offer("interactive", payload)

    async def dismiss(self, user: str, modal_id: str) -> None:
        """Close a modal; the app hears of it where the view asks for that."""
        modal = self.modals.shown(user, modal_id)
        modal.is_open = False
        if modal.view.get("notify_on_close"):
            self._on_view("view_closed", modal, {})

    def _on_view(self, kind: str, modal: Modal, values: JSON) -> Delivery:
        bot = self.workspace.bot
        payload = events.interaction(kind, self.workspace.user(modal.user), bot)
        self.modals.arm(payload["trigger_id"], modal.user)
        payload["view"] = modal.as_json(bot.bot_id, values)
        return self._deliveries.offer("interactive", payload | {"is_cleared": False})


def element_of(blocks: list[JSON], action_id: str, value: str | None) -> JSON:
    """Return what can be pressed, by its `action_id`.

    With a `value`, as an old view had it: it need not be there any more. Raises `LookupError`.
    """
    for element in interactive_elements(blocks):
        if element["action_id"] == action_id:
            return element if value is None else element | {"value": value}
    if value is None:
        raise LookupError(f"nothing to press is called {action_id}")
    text = {"type": "plain_text", "text": action_id, "emoji": True}
    gone = {"type": "button", "block_id": "", "action_id": action_id}
    return gone | {"text": text, "value": value}
