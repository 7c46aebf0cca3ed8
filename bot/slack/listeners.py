"""What Slack sends, into the inbox: parse, store, then ack.

One middleware answers every request: Bolt spends time on each listener it has to try, would
never ack what none of them matches, and fails on odd payloads when it fills in a listener's
arguments.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import SlackError, StoreUnavailable
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Clicked, Received, SlashCommand, Unsupported
from bot.slack.ops import ChatPostEphemeral, Content
from bot.slack.parse import parse_action, parse_command, parse_event
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from bot.slack.shape import as_object, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOT_TAKEN = "That could not be recorded just now, so nothing was done. Please click again."
"""What a person reads whose click could not be stored: Slack does not send clicks again."""

NOTICE_TIMEOUT = 1.0
"""Seconds for that sentence, so that the ack is still within Slack's three."""

COMMAND_NOT_TAKEN = "That could not be recorded, nothing was done, please try again."
"""What a person reads whose command could not be stored."""

COMMAND_UNSURE = (
    "That took too long: it may have been recorded all the same. Please look before you try again."
)
"""What a person reads whose command was given up in the middle, or ended in an error of ours."""

COMMAND_REFUSED = "Only members of this workspace can use this command."
COMMAND_UNREADABLE = "Slack sent that command in a form that cannot be read, nothing was done."

COMMAND_TIMEOUT = 2.5
"""Seconds for the answer to a command, so that the ack is still within Slack's three."""

Observe = Callable[[str, str], None]
"""Told the kind of each request (`event`, `action`, `command`, `other`) and its outcome: `stored`
(of a command: answered), `ignored`, or `refused` because the store did not answer in time."""


class Intake(Protocol):
    """Where parsed input goes."""

    async def take(self, received: Received) -> None:
        """Store it, unless its marks are known. What is not for the bot is dropped here.

        Raises `StoreUnavailable` when it cannot be stored.
        """
        ...


class CommandDesk(Protocol):
    """Where slash commands are answered."""

    async def answer(self, command: SlashCommand) -> str:
        """Return the mrkdwn that only the person sees at once, "" for nothing.

        What shall happen is stored before this returns. It has `COMMAND_TIMEOUT` seconds and may
        be cancelled then. Raises `StoreUnavailable` when nothing was stored.
        """
        ...


class NoCommands:
    """Answers every command with what to do instead."""

    def __init__(self, bot: BotIdentity) -> None:
        self._bot = bot

    async def answer(self, command: SlashCommand) -> str:  # noqa: ARG002 # they are all the same
        """Point at the mention."""
        return f"Not available as a command: mention <@{self._bot.bot_user_id}> in a channel."


def _unobserved(_kind: str, _outcome: str) -> None:
    """Do nothing."""


def build_app(
    session: SlackSession,
    bot: BotIdentity,
    intake: Intake,
    observe: Observe = _unobserved,
    desk: CommandDesk | None = None,
) -> AsyncApp:
    """Return a Bolt app that stores what it hears and acks only then.

    It is the same behind a socket (`SocketLink`) and behind HTTP (`HttpIntake`). Without a `desk`
    commands are answered with what to do instead.
    """
    listener = _Listener(SlackSender(session), bot, intake, desk or NoCommands(bot), observe)
    return AsyncApp(
        client=session.client,
        logger=_bolt_logger(),
        process_before_response=True,
        # Before Bolt looks who may: that fails on odd payloads, and the answer is known.
        before_authorize=listener,
        authorize=_fixed_authorize(bot, session.client.token or ""),
        # Checked on the raw bytes where they arrive: Bolt would look for a secret of its own.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        # The parser knows our own posts, and it hears when one of them is deleted.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )


class _Listener(AsyncMiddleware):
    def __init__(
        self,
        sender: SlackSender,
        bot: BotIdentity,
        intake: Intake,
        desk: CommandDesk,
        observe: Observe,
    ) -> None:
        self._sender = sender
        self._bot = bot
        self._intake = intake
        self._desk = desk
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
        if "command" in body:
            return _said_to_one(await self._command(body))
        self._observe("other", "ignored")
        return _answer_to_other(body)

    async def _event(self, body: Mapping[str, object]) -> BoltResponse:
        stored = await self._store("event", parse_event(body, self._bot))
        return BoltResponse(status=200 if stored else 503)

    async def _action(self, body: Mapping[str, object]) -> BoltResponse:
        parsed = parse_action(body, self._bot)
        if not await self._store("action", parsed):
            await self._say_not_taken(parsed)
        return BoltResponse(status=200)

    async def _command(self, body: Mapping[str, object]) -> str:
        command = parse_command(body, self._bot)
        if isinstance(command, Unsupported):
            log.info("slack_command_ignored", reason=command.reason)
            self._observe("command", "ignored")
            return COMMAND_REFUSED if command.reason == "external user" else COMMAND_UNREADABLE
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT):
                said = await self._desk.answer(command)
        except StoreUnavailable:
            log.warning("slack_command_not_stored", marks=command.marks)
            said, outcome = COMMAND_NOT_TAKEN, "refused"
        except Exception:  # a time-out, or a mistake of ours: the person must not be left waiting
            log.exception("slack_command_failed", marks=command.marks)
            said, outcome = COMMAND_UNSURE, "refused"
        else:
            outcome = "stored"
        self._observe("command", outcome)
        return said

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


def _said_to_one(sentence: str) -> BoltResponse:
    """Ack a command; an empty ack shows nothing at all, not even what was typed."""
    if not sentence:
        return BoltResponse(status=200)
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": sentence})


def _answer_to_other(body: Mapping[str, object]) -> BoltResponse:
    """Ack what the bridge does not use."""
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
