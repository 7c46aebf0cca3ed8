"""The workspace's Web API: one shared connection pool, one call, one seam for failures."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackFeatureMissing, SlackUnauthorized
from bot.slack.failure import FAILURES, from_status, map_slack_error
from bot.slack.shape import as_object, text
from bot.tls import trusted

CALL_TIMEOUT = 15.0
"""Seconds one Web API call may take, connecting and reading included."""

SLACK_API_URL = "https://slack.com/api/"

_JSON_METHODS = ("chat.", "agents.", "views.")
"""Methods that are sent a JSON body; the others take query arguments (as slack_sdk does)."""

_READS = frozenset(
    {
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.replies",
        "files.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.conversations",
        "users.info",
    }
)


class Call(Protocol):
    """Calls one Web API method and returns Slack's answer (`ok: true`).

    Raises `SlackError` for everything else.
    """

    async def __call__(
        self, method: str, arguments: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        """Call `method` once."""
        ...


class _Answer(Protocol):
    data: object


class _Client(Protocol):
    """The part of `AsyncWebClient` in use; slack_sdk's own annotations are incomplete."""

    async def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        params: dict[str, object] | None = None,
        json: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> _Answer: ...


class SlackSession:
    """Open it inside a running event loop, and `close()` it."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = SLACK_API_URL,
        proxy: str | None = None,
        call_timeout: float = CALL_TIMEOUT,
    ) -> None:
        self.call_timeout = call_timeout
        self.base_url = base_url
        self.proxy = proxy
        self.tls = trusted()
        # slack_sdk does not enforce its own `timeout=` on a session that it is given.
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=call_timeout))
        self.client = AsyncWebClient(
            token,
            base_url=base_url,
            ssl=self.tls,
            session=self._http,
            retry_handlers=[],  # the default one posts a message twice when an answer is lost
        )
        self.client.proxy = proxy  # the constructor reads the environment, blind to NO_PROXY

    async def call(
        self, method: str, arguments: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        """Call one Web API method once, with the bot's token.

        Raises `SlackError`.
        """
        given = dict(arguments or {})
        as_json = method.startswith(_JSON_METHODS) and method not in _READS
        try:
            answer = await cast("_Client", self.client).api_call(
                method,
                http_verb="GET" if method in _READS else "POST",
                json=given if as_json else None,
                params=None if as_json else given,
            )
        except FAILURES as error:
            raise map_slack_error(error) from error
        return as_object(answer.data)

    async def open_connection(self, app_token: str) -> str:
        """Return a new Socket Mode URL, whose ticket is good for one connection.

        Raises `SlackUnauthorized` for a bad app token or a wrong kind of token, or another
        `SlackError`.
        """
        headers = {"Authorization": f"Bearer {app_token}"}
        try:
            answer = await cast("_Client", self.client).api_call(
                "apps.connections.open", headers=headers
            )
        except FAILURES as error:
            mapped = map_slack_error(error)
            if isinstance(mapped, SlackFeatureMissing):  # another token, or one without the scope
                raise SlackUnauthorized(mapped.code) from error
            raise mapped from error
        return text(as_object(answer.data), "url")

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the URL that `files.getUploadURLExternal` gave.

        Raises `SlackError`.
        """
        try:
            async with self._http.post(url, data=content, ssl=self.tls, proxy=self.proxy) as answer:
                status = answer.status
        except FAILURES as error:
            raise map_slack_error(error) from error
        if status != 200:
            raise from_status(status)

    @asynccontextmanager
    async def get(self, url: str) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Ask for `url` with the bot's token, as Slack's files want it; a redirect is an answer.

        It is the caller who knows that the host is Slack's own. Raises `SlackError`, for failures
        while the answer is read in the block too.
        """
        headers = {"Authorization": f"Bearer {self.client.token}"}
        try:
            async with self._http.get(
                url, headers=headers, allow_redirects=False, ssl=self.tls, proxy=self.proxy
            ) as answer:
                yield answer
        except FAILURES as error:
            raise map_slack_error(error) from error

    async def close(self) -> None:
        """Close the pool; calls under way fail."""
        await self._http.close()


def proxy_from_environment(url: str) -> str | None:
    """Return the proxy for `url` by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, if any."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme) or None
