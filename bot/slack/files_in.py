"""Downloads the files that people attach; the bot's token goes to Slack's own hosts only."""

from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp

from bot.errors import SlackRejected
from bot.slack.failure import from_status
from bot.slack.inbound import FileRef
from bot.slack.session import SlackSession

MOST_REDIRECTS = 3

_SLACK = "slack.com"
_PORTS = {"http": 80, "https": 443}


class FilesIn:
    """Reads files by the addresses that Slack's messages name, with the bot's token."""

    def __init__(self, session: SlackSession) -> None:
        self._session = session

    async def download(self, file: FileRef, limit: int) -> bytes:
        """Return a file's bytes.

        Raises `SlackRejected` with `file_without_address`, `file_elsewhere` (not on a host of
        Slack's), `file_too_large` (more than `limit` bytes), `file_not_readable` (a login page:
        the app lacks `files:read`, or may not see the file) or `http_404`, or another `SlackError`.
        """
        if not file.url:
            raise SlackRejected("file_without_address")
        if file.size > limit:
            raise SlackRejected("file_too_large")
        url = file.url
        for _ in range(MOST_REDIRECTS + 1):
            if not is_slacks_own(url, self._session.base_url):
                raise SlackRejected("file_elsewhere")
            async with self._session.get(url) as answer:
                target = answer.headers.get("Location", "")
                if not (300 <= answer.status < 400 and target):
                    return await _content(answer, limit)
            url = _joined(url, target)
        raise SlackRejected("file_elsewhere")


def is_slacks_own(url: str, base_url: str) -> bool:
    """Tell whether the bot's token may go to `url`.

    That is https to slack.com or a host below it, at its usual port, or the very place where the
    Web API is: `base_url`.
    """
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
        origin, own = _origin(parts), _origin(base)
    except ValueError:
        return False
    scheme, host, port = origin
    # What parsers of URLs disagree about: ours looks here, another one goes there.
    if "@" in parts.netloc or not (host.isascii() and url.isprintable()) or set(url) & {"\\", " "}:
        return False
    slacks = host == _SLACK or host.endswith(f".{_SLACK}")
    return origin == own or (slacks and (scheme, port) == ("https", 443))


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise SlackRejected("file_elsewhere") from None


async def _content(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status == 429 or answer.status >= 500:
        raise from_status(answer.status)
    if answer.status != 200:
        raise SlackRejected(f"http_{answer.status}")
    if answer.content_type == "text/html":
        raise SlackRejected("file_not_readable")
    if (answer.content_length or 0) > limit:
        raise SlackRejected("file_too_large")
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > limit:
            raise SlackRejected("file_too_large")
    return bytes(content)
