"""Ops as Slack receives them, and what is known when a call fails."""

import socket

import pytest
from aiohttp import web

from bot.errors import (
    Accepted,
    SlackError,
    SlackFeatureMissing,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.ids import Ts, UserId
from bot.sandbox.faults import DropAfter, DropBefore, Fault, Hang, RateLimited, ServerError
from bot.slack.blocks import verbatim
from bot.slack.ops import (
    AgentsSessionsSetStatus,
    ChatPostEphemeral,
    ChatPostMessage,
    ChatUpdate,
    Content,
    ConversationsOpen,
    FilesCompleteUpload,
    FilesGetUploadUrl,
    FilesUploadBytes,
    ReactionsAdd,
    ReactionsRemove,
    ViewsOpen,
    ViewsUpdate,
)
from bot.slack.sender import SlackSender
from bot.slack.session import proxy_from_environment
from bot.slack.views import modal
from slack_caller import open_session, open_session_at, open_workspace, serve

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


async def test_a_post_carries_its_key_and_lets_nothing_unfurl() -> None:
    async with open_workspace() as (slack, session):
        op = ChatPostMessage("C1", Content("hello", [SECTION]), key="task:e1:0")
        sent = await SlackSender(session).send(op)
        message = slack.message("C1", sent.ts)
        args = slack.calls[-1].args
    assert sent.channel == "C1"
    assert message.metadata == {
        "event_type": "neo_slack",
        "event_payload": {"key": "task:e1:0"},
    }
    assert (args["unfurl_links"], args["unfurl_media"], args["link_names"]) == (False,) * 3


async def test_a_reply_goes_to_its_thread() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "hi")
        await SlackSender(session).send(ChatPostMessage("C1", Content("yes?"), Ts(root)))
        assert [message.text for message in slack.thread("C1", root)] == ["hi", "yes?"]


async def test_an_update_tells_slacks_time_of_the_edit() -> None:
    async with open_workspace() as (slack, session):
        sender = SlackSender(session)
        posted = await sender.send(ChatPostMessage("C1", Content("one", [SECTION]), key="k"))
        updated = await sender.send(ChatUpdate("C1", posted.ts, Content("two"), key="k"))
        message = slack.message("C1", posted.ts)
    assert (message.text, message.blocks) == ("two", [])
    assert updated.ts == posted.ts
    assert updated.edited_ts > posted.ts


async def test_an_ephemeral_message_is_seen_by_one_person() -> None:
    async with open_workspace() as (slack, session):
        op = ChatPostEphemeral("C1", UserId("U1"), Content("only you"))
        await SlackSender(session).send(op)
        (seen,) = slack.ephemerals
    assert (seen.user, seen.text) == ("U1", "only you")


async def test_a_modal_is_opened_by_a_trigger_and_shows_something_else_later() -> None:
    async with open_workspace() as (slack, session):
        sender = SlackSender(session)
        trigger = (await slack.command("U1", "C1", "/neo", "x")).payload["trigger_id"]
        opened = await sender.send(ViewsOpen(trigger, modal("One", [verbatim("<!channel>")])))
        updated = await sender.send(ViewsUpdate(opened.view_id, modal("Two", [])))
        shown = slack.modals.modals[opened.view_id]
        with pytest.raises(SlackRejected, match="exchanged_trigger_id"):
            await sender.send(ViewsOpen(trigger, modal("Again", [])))
    assert updated.view_id == opened.view_id
    assert (shown.user, shown.view["title"]["text"], shown.view["blocks"]) == ("U1", "Two", [])


async def test_a_reaction_that_is_already_as_wished_counts_as_done() -> None:
    async with open_workspace() as (slack, session):
        sender = SlackSender(session)
        ts = Ts(await slack.say("U1", "C1", "hi"))
        await sender.send(ReactionsAdd("C1", ts, "eyes"))
        await sender.send(ReactionsAdd("C1", ts, "eyes"))
        assert slack.reactions("C1", ts) == {"eyes"}
        await sender.send(ReactionsRemove("C1", ts, "eyes"))
        await sender.send(ReactionsRemove("C1", ts, "eyes"))
        assert slack.reactions("C1", ts) == set()
        outcomes = [call.outcome for call in slack.calls]
    assert outcomes == ["ok", "already_reacted", "ok", "no_reaction"]


async def test_a_direct_message_is_opened_by_its_person() -> None:
    async with open_workspace() as (slack, session):
        sent = await SlackSender(session).send(ConversationsOpen(UserId("U1")))
        assert sent.channel == slack.dm("U1")


async def test_a_file_goes_up_in_three_steps() -> None:
    async with open_workspace() as (slack, session):
        sender = SlackSender(session)
        root = Ts(await slack.say("U1", "C1", "hi"))
        place = await sender.send(FilesGetUploadUrl("plan.diff", 3, "diff"))
        await sender.send(FilesUploadBytes(place.upload_url, b"+ a"))
        shared = await sender.send(FilesCompleteUpload(place.file_id, "Plan", "C1", root))
        last = slack.thread("C1", root)[-1]
    assert [file.content for file in last.files] == [b"+ a"]
    assert shared.ts in {"", last.ts}  # Slack shares a file in its own time


async def test_a_status_is_set_where_the_workspace_has_them() -> None:
    async with open_workspace() as (slack, session):
        root = Ts(await slack.say("U1", "C1", "hi"))
        op = AgentsSessionsSetStatus("C1", root, "processing", "Deploy")
        await SlackSender(session).send(op)
        assert [status.status for status in slack.sessions["C1", root]] == ["processing"]
        slack.faults.without_agent_features()
        with pytest.raises(SlackFeatureMissing):
            await SlackSender(session).send(op)


@pytest.mark.parametrize(
    ("fault", "posted"),
    [
        (DropBefore(), 0),
        (DropAfter(), 1),
        (ServerError(503), 0),
        (ServerError(500, after=True), 1),
        (Hang(), 0),
    ],
)
async def test_after_a_lost_answer_nothing_is_posted_again_and_nothing_is_claimed(
    fault: Fault, posted: int
) -> None:
    async with open_workspace() as (slack, _), open_session(slack, call_timeout=0.3) as session:
        slack.faults.add("chat.postMessage", fault)
        with pytest.raises(SlackUnavailable) as raised:
            await SlackSender(session).send(ChatPostMessage("C1", Content("once")))
        assert raised.value.accepted is Accepted.UNKNOWN
        assert len(slack.calls) == 1
        assert len(slack.messages("C1")) == posted


async def test_a_refused_connection_certainly_did_nothing() -> None:
    with socket.socket() as unused:  # bound and not listening: whoever connects is refused
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
        async with open_session_at(url) as session:
            with pytest.raises(SlackUnavailable) as raised:
                await SlackSender(session).send(ChatPostMessage("C1", Content("hi")))
    assert raised.value.accepted is Accepted.NO


async def test_a_rate_limit_says_when_to_come_back() -> None:
    async with open_workspace() as (slack, session):
        slack.faults.add("chat.postMessage", RateLimited(2.5))
        with pytest.raises(SlackRateLimited) as raised:
            await SlackSender(session).send(ChatPostMessage("C1", Content("hi")))
        assert raised.value.retry_after == 2.5
        assert len(slack.calls) == 1


async def test_a_closed_channel_is_told_from_a_bad_token() -> None:
    async with open_workspace() as (slack, session):
        op = ChatPostMessage("C1", Content("hi"))
        await slack.archive("C1")
        with pytest.raises(SlackGone, match="is_archived"):
            await SlackSender(session).send(op)
        async with open_session(slack, token="xoxb-fake-other") as stranger:
            with pytest.raises(SlackUnauthorized, match="invalid_auth"):
                await SlackSender(stranger).send(op)


@pytest.mark.parametrize(("fault", "code"), [(ServerError(500), "http_500"), (Hang(), "timed_out")])
async def test_a_file_that_does_not_go_up_is_told(fault: Fault, code: str) -> None:
    async with open_workspace() as (slack, _), open_session(slack, call_timeout=0.3) as session:
        place = await SlackSender(session).send(FilesGetUploadUrl("plan.txt", 1))
        slack.faults.add("upload", fault)
        with pytest.raises(SlackError) as raised:
            await SlackSender(session).send(FilesUploadBytes(place.upload_url, b"x"))
    assert raised.value.code == code


async def test_calls_share_their_connection() -> None:
    peers: list[object] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({"ok": True})

    async with serve(handle) as url, open_session_at(url) as session:
        for method in ("auth.test", "users.info", "chat.postMessage"):
            await session.call(method)
    assert len(peers) == 3
    assert len(set(peers)) == 1


def test_the_proxy_of_the_environment_is_not_used_for_hosts_that_it_excepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,.internal.example")
    assert proxy_from_environment("https://slack.com/api/") == "http://proxy.example:3128"
    assert proxy_from_environment("https://slack.internal.example/api/") is None
    assert proxy_from_environment("https://127.0.0.1:8080/api/") is None
