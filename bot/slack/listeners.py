"""What Slack sends, into the inbox: parse, store, then ack.

One middleware answers every request: Bolt spends time on each listener it has to try, would
never ack what none of them matches, and fails on odd payloads when it fills in a listener's
arguments.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import structlog
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import Accepted, StoreUnavailable
from bot.ids import UserId
from bot.slack.answers import (
    COMMAND_NOT_TAKEN,
    COMMAND_REFUSED,
    COMMAND_UNREADABLE,
    COMMAND_UNSURE,
    answer_to_other,
    not_submitted,
    said_to_one,
)
from bot.slack.desks import CommandDesk, FormDesk, HomeDesk, Intake, NoCommands, NoForms, NoHomes
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Clicked, Outsider, Received, Unsupported
from bot.slack.notices import NOTICE_TIMEOUT, MayTell, Notices
from bot.slack.opening import ModalOpener
from bot.slack.ops import Content
from bot.slack.parse import parse_action, parse_command, parse_event
from bot.slack.parse_views import home_opened_by, parse_submission
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from bot.slack.shape import as_object, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ANSWER_TIMEOUT = 2.5
"""Seconds for whatever Slack waits for, so that the ack is within its three; a store that hangs is
given up by others later."""

Observe = Callable[[str, str], None]
"""Told the kind of each request (`event`, `action`, `form`, `command`, `home`, `other`) and its
outcome: `stored` (of a command: answered; of a click: or it opened a form), `ignored`, or
`refused` because the store did not answer in time."""


def _unobserved(_kind: str, _outcome: str) -> None:
    """Do nothing."""


async def _never(_user: UserId) -> bool:
    return False


def build_app(  # noqa: PLR0913 -- its surroundings, by name
    session: SlackSession,
    bot: BotIdentity,
    intake: Intake,
    observe: Observe = _unobserved,
    desk: CommandDesk | None = None,
    *,
    forms: FormDesk | None = None,
    homes: HomeDesk | None = None,
    may_tell: MayTell = _never,
) -> AsyncApp:
    """Return a Bolt app that stores what it hears and acks only then.

    It is the same behind a socket (`SocketLink`) and behind HTTP (`HttpIntake`). Without a `desk`
    commands are answered with what to do instead; without `forms` no click opens one, without
    `homes` no Home tab is filled in. People of other organisations are told that they are not
    served, when they `may_tell`.
    """
    sender = SlackSender(session)
    listener = _Listener(
        bot,
        intake,
        desk=desk or NoCommands(bot),
        modals=ModalOpener(sender, forms or NoForms()),
        homes=homes or NoHomes(),
        observe=observe,
        notices=Notices(sender, may_tell),
    )
    return AsyncApp(
        name="neo-slack",  # else Bolt looks for one in the stack, by reading sources: 40 ms
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
    def __init__(  # noqa: PLR0913 -- its surroundings, by name
        self,
        bot: BotIdentity,
        intake: Intake,
        *,
        desk: CommandDesk,
        modals: ModalOpener,
        homes: HomeDesk,
        observe: Observe,
        notices: Notices,
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._desk = desk
        self._modals = modals
        self._homes = homes
        self._observe = observe
        self._notices = notices

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
        if text(body, "type") == "view_submission":
            return await self._submission(body)
        if "command" in body:
            return said_to_one(await self._command(body))
        self._observe("other", "ignored")
        return answer_to_other(body)

    async def _event(self, body: Mapping[str, object]) -> BoltResponse:
        if home := home_opened_by(body, self._bot):
            # Nothing to store: should this be lost, it is there when it is opened again.
            self._homes.opened(home)
            self._observe("home", "stored")
            return BoltResponse(status=200)
        failure = await self._store("event", parse_event(body, self._bot), ANSWER_TIMEOUT)
        return BoltResponse(status=503 if failure else 200)

    async def _action(self, body: Mapping[str, object]) -> BoltResponse:
        began, parsed = _now(), parse_action(body, self._bot)
        if isinstance(parsed, Received) and isinstance(parsed.input, Clicked):
            left = await self._modals.open(parsed, parsed.input, text(body, "trigger_id"))
            if left is None:
                self._observe("action", "stored")
                return BoltResponse(status=200)
            parsed = left
        rest = ANSWER_TIMEOUT - NOTICE_TIMEOUT - (_now() - began)
        failure = await self._store("action", parsed, rest)
        if failure and isinstance(parsed, Received) and isinstance(parsed.input, Clicked):
            await self._notices.not_taken(parsed.input, failure)
        return BoltResponse(status=200)

    async def _submission(self, body: Mapping[str, object]) -> BoltResponse:
        """Store a form, which Slack sends once; what could not be is said in it, and it stays."""
        failure = await self._store("form", parse_submission(body, self._bot), ANSWER_TIMEOUT)
        if failure:
            return not_submitted(failure.accepted is Accepted.NO)
        return BoltResponse(status=200)

    async def _command(self, body: Mapping[str, object]) -> str | Content:
        command = parse_command(body, self._bot)
        if isinstance(command, Unsupported):
            log.info("slack_command_ignored", reason=command.reason)
            self._observe("command", "ignored")
            return COMMAND_REFUSED if command.reason == "external user" else COMMAND_UNREADABLE
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                said = await self._desk.answer(command)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning(
                "slack_command_not_stored", marks=command.marks, why=str(error) or "too late"
            )
            surely = isinstance(error, StoreUnavailable) and error.accepted is Accepted.NO
            said, outcome = COMMAND_NOT_TAKEN if surely else COMMAND_UNSURE, "refused"
        except Exception:  # a mistake of ours: the person must not be left waiting
            log.exception("slack_command_failed", marks=command.marks)
            said, outcome = COMMAND_UNSURE, "refused"
        else:
            outcome = "stored"
        self._observe("command", outcome)
        return said

    async def _store(
        self, kind: str, parsed: Received | Unsupported, seconds: float
    ) -> StoreUnavailable | None:
        """Store it in so many seconds; return why it is not stored, or may not be."""
        if isinstance(parsed, Unsupported):
            log.debug("slack_input_ignored", kind=kind, reason=parsed.reason)
            self._observe(kind, "ignored")
            if isinstance(parsed, Outsider):
                await self._notices.turn_away(parsed)
            return None
        try:
            async with asyncio.timeout(seconds):
                await self._intake.take(parsed)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("slack_input_not_stored", kind=kind, marks=parsed.marks)
            self._observe(kind, "refused")
            return error if isinstance(error, StoreUnavailable) else StoreUnavailable("too late")
        self._observe(kind, "stored")
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()


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
