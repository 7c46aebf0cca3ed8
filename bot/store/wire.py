"""One connection to the server, and the seam where its errors become ours."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import (
    AuthenticationError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from bot.errors import Accepted, ConfigurationProblem, LeaseLost, StoreError, StoreUnavailable

Reply = str | int | list["Reply"] | None
"""A RESP2 answer: maps are flat lists of field and value."""

Command = Sequence[bytes]
"""A command's name and arguments."""

_BAD_URL = (
    "REDIS_URL cannot be used: it is redis://host:port/number, rediss://... or unix:///path, "
    "with special characters of a password percent-encoded"
)
_AWAY = ("MISCONF", "BUSY ", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN")
"""First words of refusals that time or an operator may heal; nothing was done."""


class ScriptMissing(StoreError):
    """The server does not have the script (it was restarted); send it whole."""


class WrongPassword(StoreUnavailable):
    """The server turned us away; waiting does not heal that, though a rotation may."""


class Line:
    """One connection, for one caller at a time; it connects when it is used.

    Whatever goes wrong closes the connection: an answer that nobody read must not be taken for the
    answer to the next command. When the caller is cancelled redis-py does that; tests watch it.
    """

    def __init__(self, url: str) -> None:
        self._connection = _connection(url)
        self._closed = False

    async def exchange(
        self, commands: Sequence[Command], seconds: float
    ) -> list[Reply | StoreError]:
        """Send commands in one write and return an answer or a refusal for each.

        Raises `StoreUnavailable` after `seconds` or when the connection breaks; once there was
        one, whether the commands were carried out is then unknown.
        """
        accepted = Accepted.NO
        try:
            async with asyncio.timeout(seconds):
                await self._connect()
                packed = self._connection.pack_commands(commands)
                accepted = Accepted.UNKNOWN
                await self._connection.send_packed_command(packed, check_health=False)
                return [await self._answer() for _ in commands]
        except (RedisError, OSError) as error:
            await self._drop()
            raise _unavailable(error, seconds, accepted) from error

    async def ask(self, command: Command, seconds: float) -> Reply:
        """Carry out one command. Raises as `exchange`, and `StoreError` for a refusal."""
        (answer,) = await self.exchange([command], seconds)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    async def close(self) -> None:
        """Close the connection for good; who still waits for an answer is told."""
        self._closed = True
        await self._connection.disconnect()

    async def _connect(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed", accepted=Accepted.NO)
        # A server that was restarted has closed the idle connection: notice that now, not by
        # losing a command on it.
        if self._connection.is_connected and await self._connection.can_read():
            await self._drop()
        await self._connection.connect()

    async def _answer(self) -> Reply | StoreError:
        try:
            return cast("Reply", await self._connection.read_response())
        except ResponseError as error:
            return _refusal(error)

    async def _drop(self) -> None:
        await self._connection.disconnect(nowait=True)


def _connection(url: str) -> AbstractConnection:
    try:
        options = cast("dict[str, Any]", parse_url(url))
        make: Callable[..., AbstractConnection] = options.pop("connection_class", Connection)
        return make(**(options | _OPTIONS))
    except (ValueError, TypeError):
        # Neither the URL nor the error is shown: both may hold the password.
        raise ConfigurationProblem([_BAD_URL]) from None


_OPTIONS: dict[str, Any] = {
    # Not redis-py's own timeouts: on Python 3.11 they swallow a task's cancellation.
    # `Line.exchange` has the timeout.
    "socket_timeout": None,
    "socket_connect_timeout": None,
    "protocol": 2,
    "decode_responses": True,
    "encoding_errors": "replace",
    "driver_info": None,
}


def _unavailable(error: Exception, seconds: float, accepted: Accepted) -> StoreUnavailable:
    # Over a Unix socket redis-py wraps what went wrong while it connects.
    if isinstance(error, AuthenticationError) or isinstance(error.__cause__, AuthenticationError):
        return WrongPassword(f"the store turned us away: {error}", accepted=accepted)
    reason = str(error) or f"no answer within {seconds:g} s"
    return StoreUnavailable(f"the store does not answer: {reason}", accepted=accepted)


def _refusal(error: ResponseError) -> StoreError:
    text = str(error)
    if text.startswith("FENCED"):
        return LeaseLost("another process owns the installation now")
    if isinstance(error, NoScriptError):
        return ScriptMissing(text)
    kinds = (OutOfMemoryError, ReadOnlyError, MasterDownError)
    if isinstance(error, kinds) or text.startswith(_AWAY):
        return StoreUnavailable(f"the store refuses writes: {text}", accepted=Accepted.NO)
    return StoreError(text)
