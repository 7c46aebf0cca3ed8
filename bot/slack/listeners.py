"""What Slack sends, into the inbox: parse, store, then ack.

One middleware answers every request: Bolt spends time on each listener it has to try, would
never ack what none of them matches, and fails on odd payloads when it fills in a listener's
arguments.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, cast

import structlog
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import SlackError, StoreUnavailable
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Clicked, Received, Unsupported
from bot.slack.ops import ChatPostEphemeral, Content
from bot.slack.parse import parse_action, parse_event
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from bot.slack.shape import as_object, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOT_TAKEN = "That could not be recorded just now, so nothing was done. Please click again."
"""What a person reads whose click could not be stored: Slack does not send clicks again."""

NOTICE_TIMEOUT = 1.0
"""Seconds for that sentence, so that the ack is still within Slack's three."""

Observe = Callable[[str, str], None]
"""Told the kind of each request (`event`, `action`, `other`) and its outcome: `stored`,
`ignored`, or `refused` because the store did not answer."""


class Intake(Protocol):
    """Where parsed input goes."""

    async def take(self, received: Received) -> None:
        """Store it, unless its marks are known. What is not for the bot is dropped here.

        Raises `StoreUnavailable` when it cannot be stored.
        """
        ...


def _unobserved(_kind: str, _outcome: str) -> None:
    """Do nothing."""


def build_app(
    session: SlackSession, bot: BotIdentity, intake: Intake, observe: Observe = _unobserved
) -> AsyncApp:
    """Return a Bolt app that stores what it hears and acks only then."""
    listener = _Listener(SlackSender(session), bot, intake, observe)
    app = AsyncApp(
        client=session.client,
        logger=_bolt_logger(),
        process_before_response=True,
        authorize=_fixed_authorize(bot, session.client.token or ""),
        # The parser knows our own posts, and it hears when one of them is deleted.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    cast("_Middlewares", app).use(listener)
    return app


class _Middlewares(Protocol):
    def use(self, middleware: AsyncMiddleware) -> object: ...


class _Listener(AsyncMiddleware):
    def __init__(
        self, sender: SlackSender, bot: BotIdentity, intake: Intake, observe: Observe
    ) -> None:
        self._sender = sender
        self._bot = bot
        self._intake = intake
        self._observe = observe

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 # Bolt's interface
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002, ARG002 # Bolt's interface
    ) -> BoltResponse:
        """Answer one request; anything but a 200 is not acked, and Slack sends it again."""
        return await self._answer(as_object(req.body))

    async def _answer(self, body: Mapping[str, object]) -> BoltResponse:
        if "event" in body:
            return await self._event(body)
        if text(body, "type") == "block_actions":
            return await self._action(body)
        self._observe("other", "ignored")
        return _answer_to_other(body, self._bot)

    async def _event(self, body: Mapping[str, object]) -> BoltResponse:
        stored = await self._store("event", parse_event(body, self._bot))
        return BoltResponse(status=200 if stored else 503)

    async def _action(self, body: Mapping[str, object]) -> BoltResponse:
        parsed = parse_action(body, self._bot)
        if not await self._store("action", parsed):
            await self._say_not_taken(parsed)
        return BoltResponse(status=200)

    async def _store(self, kind: str, parsed: Received | Unsupported) -> bool:
        if isinstance(parsed, Unsupported):
            log.debug("slack_input_ignored", kind=kind, reason=parsed.reason)
            self._observe(kind, "ignored")
            return True
        try:
            await self._intake.take(parsed)
        except StoreUnavailable:
            log.warning("slack_input_not_stored", kind=kind, marks=parsed.marks)
            self._observe(kind, "refused")
            return False
        self._observe(kind, "stored")
        return True

    async def _say_not_taken(self, parsed: Received | Unsupported) -> None:
        if not isinstance(parsed, Received) or not isinstance(parsed.input, Clicked):
            return
        click = parsed.input
        notice = ChatPostEphemeral(
            click.thread.channel, click.user, Content(NOT_TAKEN), click.thread.root
        )
        try:
            async with asyncio.timeout(NOTICE_TIMEOUT):
                await self._sender.send(notice)
        except (SlackError, TimeoutError) as error:
            log.warning("notice_not_sent", error=str(error))


def _answer_to_other(body: Mapping[str, object], bot: BotIdentity) -> BoltResponse:
    """Ack what the bridge does not use, with a sentence where Slack shows one."""
    if "command" in body:
        sentence = f"Not available as a command: mention <@{bot.bot_user_id}> in a channel instead."
        return BoltResponse(status=200, body={"text": sentence})
    if text(body, "type") == "block_suggestion":
        return BoltResponse(status=200, body={"options": []})
    return BoltResponse(status=200)


def _fixed_authorize(bot: BotIdentity, token: str) -> Callable[[], Awaitable[AuthorizeResult]]:
    """Return an `authorize` that asks nobody: `auth.test` was done at start."""
    result = AuthorizeResult(
        enterprise_id=bot.enterprise_id,
        team_id=bot.team_id,
        bot_user_id=bot.bot_user_id,
        bot_id=bot.bot_id,
        bot_token=token,
    )

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


def _bolt_logger() -> logging.Logger:
    """Return Bolt's logger, with a level: Bolt formats debug lines where none is set.

    Its warnings are about tokens in the environment that it does not need.
    """
    logger = logging.getLogger("bot.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger
