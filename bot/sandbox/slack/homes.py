"""The Home tabs of the app: it publishes one for each person, who opens it and presses its buttons.

Source: Slack's "App Home", and the references of `views.publish` and `app_home_opened`.
"""

import json

from bot.clock import Clock
from bot.sandbox.slack.modals import BLOCKS_PER_VIEW, IN_VIEWS, VIEW_BYTES
from bot.sandbox.slack.rules import many, one_of, shape, string, tagged
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused, as_object

_HOME = shape(
    {
        "type": one_of("home"),
        "blocks": many(tagged(IN_VIEWS), BLOCKS_PER_VIEW, at_least=0),
    },
    {
        "private_metadata": string(3000, at_least=0),
        "callback_id": string(255),
        "external_id": string(255),
    },
)


class Homes:
    """The Home tabs of one workspace."""

    def __init__(self, clock: Clock, bot_id: str) -> None:
        self.views: dict[str, JSON] = {}
        """What each person's shows, by user."""
        self.published: dict[str, int] = {}
        """How often each was published."""
        self._clock = clock
        self._bot_id = bot_id

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {"views.publish": self.publish}

    def publish(self, args: Args) -> JSON:
        """`views.publish`: set what a person's Home shows."""
        user, view = args.require("user_id"), as_object(args.structure("view", "invalid_arguments"))
        if view is None:
            raise Refused("invalid_arguments")
        if problems := [*_HOME(view, "/view")]:
            raise Refused("invalid_arguments", tuple(map(str, problems)))
        if len(json.dumps(view)) > VIEW_BYTES:
            raise Refused("view_too_large")
        self.views[user] = view
        self.published[user] = self.published.get(user, 0) + 1
        return {"view": self.as_json(user)}

    def as_json(self, user: str) -> JSON:
        """Return a Home as Slack tells of it."""
        more: JSON = {"id": f"VH{user}", "bot_id": self._bot_id, "state": {"values": {}}}
        return {"private_metadata": "", "callback_id": "", **self.views[user], **more}

    def opened(self, user: str, channel: str, tab: str) -> JSON:
        """Return the event of somebody looking at a tab of the app."""
        event: JSON = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
        event["event_ts"] = f"{self._clock.now():.6f}"
        return event | ({"view": self.as_json(user)} if user in self.views else {})
