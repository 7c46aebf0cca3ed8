"""Downloads: from Slack's own hosts, with the token for nobody else, and never too much."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.errors import SlackRejected, SlackUnavailable
from bot.slack.files_in import FilesIn, is_slacks_own
from bot.slack.inbound import FileRef, Heard, Received
from bot.slack.parse import parse_event
from slack_caller import BOT, open_session, open_session_at, open_workspace, serve

API = "https://slack.com/api/"


@pytest.mark.parametrize(
    "url",
    [
        "https://files.slack.com/files-pri/T1-F1/plan.txt",
        "https://slack.com/files/plan.txt",
        "https://acme.enterprise.slack.com:443/x",
    ],
)
def test_the_token_goes_to_slack(url: str) -> None:
    assert is_slacks_own(url, API)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/plain-text",
        "https://files.slack.com:8443/x",
        "https://files.slack.com.example.org/x",
        "https://notslack.com/x",
        "https://drive.example.org/files.slack.com",
        "https://files.slack.com@example.org/x",
        "https://ann:word@files.slack.com/x",
        "https://example.org\\@files.slack.com/x",
        "https://example.org\n.slack.com/x",
        "https://example.org\uff0f.slack.com/x",
        "https://files.slack.com:x/",
        "ftp://files.slack.com/x",
        "//files.slack.com/x",
        "http://127.0.0.1:9/x",
        "https://[::1/x",
        "",
    ],
)
def test_the_token_goes_nowhere_else(url: str) -> None:
    assert not is_slacks_own(url, API)
    assert not is_slacks_own(url, "http://127.0.0.1:8080/api/")


def test_the_token_goes_where_the_web_api_is() -> None:
    assert is_slacks_own("http://127.0.0.1:8080/files/F1", "http://127.0.0.1:8080/api/")
    assert not is_slacks_own("https://127.0.0.1:8080/files/F1", "http://127.0.0.1:8080/api/")


async def test_a_file_that_a_person_attached_is_read() -> None:
    async with open_workspace() as (slack, session):
        await slack.say("U1", "C1", "look", files=[("plan.txt", b"a: 1\n")])
        parsed = parse_event(slack.deliveries[-1].payload, BOT)
        assert isinstance(parsed, Received)
        assert isinstance(parsed.input, Heard)
        (file,) = parsed.input.files
        assert (file.name, file.mimetype, file.size) == ("plan.txt", "text/plain", 5)
        files = FilesIn(session)
        assert await files.download(file, 5) == b"a: 1\n"
        with pytest.raises(SlackRejected, match="file_too_large"):
            await files.download(file, 4)
        with pytest.raises(SlackRejected, match="file_too_large"):  # whatever Slack said of it
            await files.download(file.model_copy(update={"size": -1}), 4)
        async with open_session(slack, token="xoxb-without-files-read") as other:
            with pytest.raises(SlackRejected, match="file_not_readable"):
                await FilesIn(other).download(file, 5)


Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def download(handle: Handle, limit: int = 100) -> bytes:
    async with serve(handle) as url, open_session_at(url, call_timeout=0.5) as session:
        return await FilesIn(session).download(ref(url.replace("/api/", "/files/F1")), limit)


def ref(url: str) -> FileRef:
    return FileRef(id="F1", name="a.txt", url=url)


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization", ""))
        return web.Response(text="stolen")

    async with serve(elsewhere) as other:

        async def handle(_request: web.Request) -> web.Response:
            raise web.HTTPFound(other)

        with pytest.raises(SlackRejected, match="file_elsewhere"):
            await download(handle)
    assert asked == []


async def test_a_redirect_within_slack_is_followed_a_few_times() -> None:
    async def once(request: web.Request) -> web.Response:
        if request.path.endswith("F1"):
            raise web.HTTPFound("/files/F1/download")
        assert request.headers["Authorization"].startswith("Bearer ")
        return web.Response(body=b"abc")

    async def forever(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path)

    assert await download(once) == b"abc"
    with pytest.raises(SlackRejected, match="file_elsewhere"):
        await download(forever)


async def test_what_says_nothing_of_its_size_is_cut_off_at_the_limit() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        while request.transport is not None:
            await answer.write(b"x" * 1000)
        return answer

    with pytest.raises(SlackRejected, match="file_too_large"):
        await download(endless, 5000)


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_file_that_is_gone_or_closed_is_told_from_a_slack_that_is_away(
    status: int,
) -> None:
    async def gone(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async def away(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    with pytest.raises(SlackRejected, match=f"http_{status}"):
        await download(gone)
    with pytest.raises(SlackUnavailable):
        await download(away)


async def test_a_file_without_an_address_or_with_a_foreign_one_is_refused() -> None:
    async with open_session_at("http://127.0.0.1:9/api/") as session:
        files = FilesIn(session)
        with pytest.raises(SlackRejected, match="file_without_address"):
            await files.download(ref(""), 1)
        with pytest.raises(SlackRejected, match="file_elsewhere"):
            await files.download(ref("https://drive.example.org/a.txt"), 1)
