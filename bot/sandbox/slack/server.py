"""A real Slack on the loopback: its Web API and both ways of delivery, people, journals, faults."""

import random
from collections.abc import Sequence
from typing import Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.sandbox.slack import events
from bot.sandbox.slack.deliveries import Deliveries, Delivery
from bot.sandbox.slack.faults import SlackFaults
from bot.sandbox.slack.homes import Homes
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.methods.chat import Chat
from bot.sandbox.slack.methods.conversations import Conversations
from bot.sandbox.slack.methods.files import Files
from bot.sandbox.slack.methods.people import Directory
from bot.sandbox.slack.methods.reactions import Reactions
from bot.sandbox.slack.methods.sessions import Sessions
from bot.sandbox.slack.modals import Modals
from bot.sandbox.slack.model import Bot
from bot.sandbox.slack.people import People
from bot.sandbox.slack.posts import Posts
from bot.sandbox.slack.responses import ResponseUrls
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.web import Call, WebApi
from bot.sandbox.slack.wire import JSON, Answer, Args
from bot.sandbox.slack.workspace import Workspace

BOT_TOKEN = "xoxb-fake-sandbox-token"  # noqa: S105 - obviously fake
APP_TOKEN = "xapp-fake-sandbox-token"  # noqa: S105 - obviously fake
SIGNING_SECRET = "fake-sandbox-signing-secret"  # noqa: S105 - obviously fake
UPLOAD_BYTES = 64 * 1024 * 1024
"""The largest request the server reads."""


class SlackSandbox(People):
    """One Slack workspace with our app installed, served on 127.0.0.1 while the context is open.

    Payloads go to the app's sockets, or by signed HTTP after `deliver_to`.

    `retry_delays` and `ack_deadline` are seconds; `seed` makes the choice of a connection for each
    payload repeatable. Rate limits are off unless `enforce_limits`, so that tests are fast.
    """

    def __init__(  # noqa: PLR0913 - one keyword per knob, each with a default
        self,
        *,
        team_id: str = "T0SANDBOX",
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        clock: Clock | None = None,
        retry_delays: Sequence[float] = (0, 60, 300),
        ack_deadline: float = 3.0,
        enforce_limits: bool = False,
        seed: int = 0,
        port: int = 0,
    ) -> None:
        clock = clock or SystemClock()
        bot = Bot(team_id)
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        rng = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
        self._sockets = Sockets(app_id=bot.app_id, rng=rng, on_frame=self._on_frame)
        self._posts: Posts | None = None
        self._ack_deadline = ack_deadline
        self._deliveries = Deliveries(
            self._send, clock=clock, retry_delays=retry_delays, ack_deadline=ack_deadline
        )
        self.faults = SlackFaults(self._deliveries, self._sockets)
        self.workspace = Workspace(bot, clock, self._tell)
        self._files = Files(self.workspace)
        self._responses = ResponseUrls(self.workspace)
        self.modals, self.homes = Modals(clock, bot.bot_id), Homes(clock, bot.bot_id)
        self._web = WebApi(
            self._methods(),
            tokens=(bot_token, app_token),
            faults=self.faults,
            limits=Limits(clock) if enforce_limits else None,
            clock=clock,
        )
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=UPLOAD_BYTES)
        app.router.add_route("*", "/api/{method}", self._web.handle)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_post("/upload/v1/{file_id}", self._upload)
        app.router.add_get("/files/{file_id}", self._download)
        app.router.add_get("/files/{file_id}/download", self._download)
        app.router.add_post("/response/{ticket}", self._responses.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.workspace.base_url = f"http://{host}:{port}/"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._web.closing.set()
        await self._deliveries.close()
        await self._sockets.drop(None)
        if self._posts is not None:
            await self._posts.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def deliver_to(self, request_url: str) -> None:
        """Switch to HTTP mode: post every payload to this URL from now on.

        Raises `LookupError` when the app does not return the challenge there: Slack refuses such a
        URL too.
        """
        posts = Posts(
            request_url,
            self.signing_secret,
            clock=self.workspace.clock,
            timeout=self._ack_deadline,
        )
        try:
            await posts.verify()
        except BaseException:
            await posts.close()
            raise
        before, self._posts = self._posts, posts
        if before is not None:
            await before.close()

    @property
    def api_url(self) -> str:
        """The Web API's base URL, with the slash the SDK needs at its end."""
        return f"{self.workspace.base_url}api/"

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.workspace.bot.team_id

    @property
    def bot_user_id(self) -> str:
        """The user that mentions name."""
        return self.workspace.bot.user_id

    @property
    def bot_id(self) -> str:
        """The bot, as its messages name it."""
        return self.workspace.bot.bot_id

    @property
    def app_id(self) -> str:
        """The app."""
        return self.workspace.bot.app_id

    @property
    def calls(self) -> list[Call]:
        """Every Web API call, oldest first."""
        return self._web.calls

    @property
    def connections(self) -> int:
        """How many sockets are open now."""
        return len(self._sockets)

    def mention(self, text: str) -> str:
        """Return a text that mentions the bot."""
        return f"<@{self.bot_user_id}> {text}"

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one Web API method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def _methods(self) -> dict[str, Answer]:
        families = (Chat, Conversations, Directory, Reactions, Sessions)
        methods = {"apps.connections.open": self._open_connection}
        methods |= {**self._files.methods(), **self.modals.methods(), **self.homes.methods()}
        for family in families:
            methods |= family(self.workspace).methods()
        return methods

    def _open_connection(self, _args: Args) -> JSON:
        base = self.workspace.base_url.replace("http", "ws", 1)
        ticket = self._sockets.issue_ticket()
        return {"url": f"{base}link/?ticket={ticket}&app_id={self.app_id}"}

    def _tell(self, event: JSON) -> None:
        bot, now = self.workspace.bot, self.workspace.clock.now()
        shared = self.workspace.is_shared(event.get("channel"))
        self._deliveries.offer("events_api", events.event_callback(event, bot, now, shared=shared))

    async def _send(self, delivery: Delivery, attempt: int) -> str:
        if self._posts is not None:
            return await self._posts.send(delivery, attempt)
        return await self._sockets.send(delivery.frame(attempt))

    def _on_frame(self, frame: JSON) -> None:
        self._deliveries.on_frame(frame)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file, content = await self._files.take_bytes(request)
        fault = self.faults.take("upload", {"file": request.match_info["file_id"]})
        if fault is None:
            return self._files.store_bytes(file, content)
        return await self._web.suffer(
            request, fault, lambda: self._files.store_bytes(file, content)
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        authorized = request.headers.get("Authorization") == f"Bearer {self.bot_token}"
        file = request.match_info["file_id"]
        fault = self.faults.take("download", {"file": file})
        if fault is None:
            return self._files.download(file, authorized=authorized)
        return await self._web.suffer(
            request, fault, lambda: self._files.download(file, authorized=authorized)
        )
