"""Reading back: identity, threads, histories, names, groups, and messages by their key."""

import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.errors import (
    SlackFeatureMissing,
    SlackGone,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.ids import Installation, Ts, UserId
from bot.sandbox.faults import ApiError, DropAfter, DropBefore, ServerError
from bot.sandbox.slack import SlackSandbox
from bot.slack.groups import MEMBERS_FRESH
from bot.slack.inbound import Heard, Received
from bot.slack.names import FRESH, KEPT, Names
from bot.slack.ops import ChatPostMessage, Content
from bot.slack.reader import (
    CHANNEL_KINDS,
    MEMBER_FRESH,
    Absent,
    DeletionSeen,
    Found,
    SlackReader,
    as_heard,
    find_key,
    identify,
)
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from slack_caller import (
    BOT,
    SleepingClock,
    open_session,
    open_session_at,
    open_workspace,
    serve,
)


async def reader_of(session: SlackSession) -> SlackReader:
    return SlackReader(session.call, await identify(session.call), SystemClock())


async def post(session: SlackSession, text: str, thread: str | None = None, key: str = "") -> Ts:
    op = ChatPostMessage("C1", Content(text), Ts(thread) if thread else None, key=key)
    return (await SlackSender(session).send(op)).ts


def now() -> float:
    return SystemClock().now()


async def test_the_bot_learns_who_it_is() -> None:
    async with open_workspace() as (slack, session):
        bot = await identify(session.call)
    assert (bot.team_id, bot.installation) == (slack.team_id, slack.team_id)
    assert (bot.bot_user_id, bot.bot_id) == (slack.bot_user_id, slack.bot_id)
    assert (bot.app_id, bot.name) == (slack.app_id, "neo")


async def test_an_install_for_the_organisation_is_known_by_the_enterprise() -> None:
    async def handle(_request: web.Request) -> web.Response:
        who = {"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": True}
        who |= {"bot_id": "B1", "user_id": "U1", "user": "neo"}
        return web.json_response({"ok": True, **who, "bot": {"app_id": "A1"}})

    async with serve(handle) as url, open_session_at(url) as session:
        bot = await identify(session.call)
    assert (bot.installation, bot.team_id, bot.enterprise_id) == ("E1", "T1", "E1")


async def test_a_persons_token_is_refused() -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1", "user": "ann"})

    async with serve(handle) as url, open_session_at(url) as session:
        with pytest.raises(SlackRejected, match="not_a_bot_token"):
            await identify(session.call)


async def test_a_bad_app_token_is_told() -> None:
    async with open_workspace() as (slack, session):
        assert (await session.open_connection(slack.app_token)).startswith("ws://")
        for bad in ("xapp-fake-other", slack.bot_token):
            with pytest.raises(SlackUnauthorized):
                await session.open_connection(bad)


async def test_a_thread_is_read_in_order_over_many_pages() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "root")
        replies = [await slack.say("U1", "C1", str(n), root) for n in range(250)]
        reader = await reader_of(session)
        messages = await reader.replies("C1", Ts(root))
        assert [message.ts for message in messages] == [root, *replies]
        assert len(slack.calls_of("conversations.replies")) == 2
        since = await reader.replies("C1", Ts(root), Ts(replies[-2]))
        assert [message.ts for message in since][-2:] == replies[-2:]
        assert replies[0] not in [message.ts for message in since]


async def test_a_history_is_read_from_a_time_on() -> None:
    async with open_workspace() as (slack, session):
        said = [await slack.say("U1", "C1", str(n)) for n in range(5)]
        await slack.say("U1", "C1", "a reply", said[0])
        reader = await reader_of(session)
        messages = await reader.history("C1", Ts(said[1]))
        assert [message.ts for message in messages] == said[1:]
        messages = await reader.history("C1", Ts(said[1]), Ts(said[3]))
        assert [message.ts for message in messages] == said[1:4]


async def test_a_long_history_loses_its_oldest_pages() -> None:
    async with open_workspace() as (slack, session):
        said = [await slack.say("U1", "C1", str(n)) for n in range(250)]
        reader = await reader_of(session)
        messages = await reader.history("C1", Ts("0.0"), pages=1)
        assert [message.ts for message in messages] == said[50:]


async def test_a_message_whose_answer_was_lost_is_found_by_its_key() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "hi")
        reader, since = await reader_of(session), now()
        slack.faults.add("chat.postMessage", DropAfter())
        with pytest.raises(SlackUnavailable):
            await post(session, "answer", root, key="k1")
        found = await reader.find_key("C1", Ts(root), "k1", since)
        assert found == Found(ts=Ts(slack.thread("C1", root)[-1].ts), edited_ts=Ts(""))


async def test_a_root_message_is_found_by_its_key() -> None:
    async with open_workspace() as (_, session):
        ts = await post(session, "root", key="k1")
        found = await (await reader_of(session)).find_key("C1", None, "k1", now())
        assert found == Found(ts=ts, edited_ts=Ts(""))


async def test_a_message_that_was_never_posted_is_absent() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "hi")
        reader = await reader_of(session)
        slack.faults.add("chat.postMessage", DropBefore())
        with pytest.raises(SlackUnavailable):
            await post(session, "answer", root, key="k1")
        await post(session, "another", root, key="k2")
        assert await reader.find_key("C1", Ts(root), "k1", now()) == Absent()


async def test_a_key_older_than_the_margin_is_not_looked_for() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "hi")
        await post(session, "answer", root, key="k1")
        reader = await reader_of(session)
        assert isinstance(await reader.find_key("C1", Ts(root), "k1", now() + 59), Found)
        assert await reader.find_key("C1", Ts(root), "k1", now() + 61) == Absent()


async def test_the_key_of_another_app_is_not_ours() -> None:
    async with open_workspace() as (_, session):
        await post(session, "root", key="k1")
        messages = await (await reader_of(session)).history("C1", Ts("0.0"))
    assert find_key(messages, "k1", "A0OTHER") == Absent()
    assert isinstance(find_key(messages, "k1", messages[0].app_id), Found)


async def test_a_thread_without_its_root_counts_as_a_deletion() -> None:
    async with open_workspace() as (slack, session):
        alone, talked = [await slack.say("U1", "C1", text) for text in ("alone", "talked")]
        await post(session, "reply", talked)
        reader = await reader_of(session)
        assert await reader.thread_exists("C1", Ts(alone))
        assert await reader.thread_exists("C1", Ts(talked))
        for root in (alone, talked):
            await slack.delete("U1", "C1", root)
            assert await reader.find_key("C1", Ts(root), "k1", now()) == DeletionSeen()
            assert not await reader.thread_exists("C1", Ts(root))


async def test_a_channel_that_cannot_be_read_is_not_taken_for_an_absent_message() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", "hi")
        reader = await reader_of(session)
        slack.faults.add("conversations.replies", ApiError("channel_not_found"), times=2)
        with pytest.raises(SlackGone):
            await reader.find_key("C1", Ts(root), "k1", now())
        with pytest.raises(SlackGone):
            await reader.thread_exists("C1", Ts(root))


async def test_what_is_read_late_is_heard_like_what_is_delivered() -> None:
    async with open_workspace() as (slack, session):
        root = await slack.say("U1", "C1", slack.mention("deploy"))
        await post(session, "ours", root)
        bot, reader = await identify(session.call), await reader_of(session)
        first, own = [as_heard(each, "C1", bot) for each in await reader.replies("C1", Ts(root))]
    assert isinstance(first, Received)
    assert isinstance(first.input, Heard)
    assert first.input.found_late
    assert first.input.mentions_bot
    assert first.input.thread.root == root
    assert not isinstance(own, Received)


async def test_the_bot_knows_its_channels_by_their_kinds() -> None:
    async with open_workspace() as (slack, session):
        slack.add_channel("C9", "elsewhere", ["U1"], bot_is_member=False)
        dm, reader = slack.dm("U1"), await reader_of(session)
        found = [await reader.bot_channels(kind) for kind in CHANNEL_KINDS]
        assert found == [["C1"], [], [], [dm]]


async def test_names_are_asked_for_once() -> None:
    async with open_workspace() as (slack, session):
        reader = await reader_of(session)
        names = {await reader.user_name(UserId("U1")) for _ in range(3)}
        assert names == {"ann"}
        assert await reader.channel_name("C1") == "infra"
        assert len(slack.calls_of("users.info")) == 1


async def test_a_name_that_slack_does_not_tell_is_the_id() -> None:
    async with open_workspace() as (_, session):
        assert await (await reader_of(session)).user_name(UserId("U404")) == "U404"


def test_names_grow_old_and_are_bounded() -> None:
    clock = SleepingClock()
    names = Names(clock)
    names.put("U1", "ann")
    for number in range(KEPT - 1):
        names.put(f"V{number}", "x")
    assert names.get("U1") == "ann"  # and so the least recently used is V0
    names.put("U2", "bob")
    assert names.get("V0") is None
    assert names.get("U1") == "ann"
    clock.time += FRESH + 1
    assert names.get("U1") is None


async def test_a_bad_bot_token_is_told() -> None:
    async with SlackSandbox() as slack, open_session(slack, token="xoxb-fake-other") as session:
        with pytest.raises(SlackUnauthorized):
            await identify(session.call)


async def test_the_bot_knows_where_it_is_a_member_and_asks_once_a_minute() -> None:
    async with open_workspace() as (slack, session):
        clock = SleepingClock()
        reader = SlackReader(session.call, await identify(session.call), clock)
        slack.add_channel("C2", "elsewhere", ["U1"], bot_is_member=False)
        assert await reader.is_member(slack.dm("U1"))
        assert not await reader.is_member("C9")
        assert [await reader.is_member("C2") for _ in range(2)] == [False, False]
        await slack.add_bot("C2")
        assert await reader.is_member("C2")  # at once: the answer before was not remembered
        asked = len(slack.calls_of("conversations.info"))
        assert await reader.is_member("C2")
        assert len(slack.calls_of("conversations.info")) == asked
        await slack.remove_bot("C2")
        await clock.sleep(MEMBER_FRESH + 1)
        assert not await reader.is_member("C2")


async def test_the_members_of_a_group_are_asked_for_again_after_some_seconds() -> None:
    async with open_workspace() as (slack, session):
        clock = SleepingClock()
        reader = SlackReader(session.call, await identify(session.call), clock)
        slack.add_user("W2", "bob")
        slack.set_group("S1", ["U1", "W2"])
        assert await reader.group_members("S1") == {"U1", "W2"}
        slack.set_group("S1", ["W2"])
        assert await reader.group_members("S1") == {"U1", "W2"}
        assert len(slack.calls_of("usergroups.users.list")) == 1
        await clock.sleep(MEMBERS_FRESH + 1)
        assert await reader.group_members("S1") == {"W2"}
        slack.set_group("S1", ["U1"])
        assert await reader.group_members("S1", anew=True) == {"U1"}
        assert await reader.group_members("S1") == {"U1"}


async def test_a_group_is_named_by_its_handle_or_by_its_id_where_slack_does_not_tell() -> None:
    async with open_workspace() as (slack, session):
        reader = await reader_of(session)
        slack.set_group("S1", ["U1"], handle="platform")
        slack.set_group("S2", [])
        assert [await reader.group_name(group) for group in ("S1", "S1", "S2", "S9")] == [
            *("platform", "platform", "s2", "S9")
        ]
        slack.faults.missing["usergroups."] = "missing_scope"
        assert await (await reader_of(session)).group_name("S1") == "S1"


async def test_nobody_is_in_a_group_that_slack_does_not_know() -> None:
    async with open_workspace() as (_, session):
        assert await (await reader_of(session)).group_members("S404") == frozenset()


async def test_who_is_in_a_group_is_never_guessed_from_an_older_answer() -> None:
    async with open_workspace() as (slack, session):
        clock = SleepingClock()
        reader = SlackReader(session.call, await identify(session.call), clock)
        slack.set_group("S1", ["U1"])
        assert await reader.group_members("S1") == {"U1"}
        await clock.sleep(MEMBERS_FRESH + 1)
        slack.faults.add("usergroups.users.list", ServerError())
        with pytest.raises(SlackUnavailable):
            await reader.group_members("S1")
        slack.faults.missing["usergroups."] = "missing_scope"
        with pytest.raises(SlackFeatureMissing):
            await reader.group_members("S1")
        slack.faults.missing["usergroups."] = "plan_upgrade_required"
        with pytest.raises(SlackRejected):
            await reader.group_members("S1")


async def test_with_the_token_of_an_organisation_slack_is_told_in_which_workspace() -> None:
    asked: list[dict[str, object]] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        return web.json_response({"ok": True, "users": ["U1", None, 7]})

    async with serve(handle) as url, open_session_at(url) as session:
        org = BOT.model_copy(update={"installation": Installation("E1"), "enterprise_id": "E1"})
        members = [
            await SlackReader(session.call, bot, SystemClock()).group_members("S1")
            for bot in (org, BOT)
        ]
    assert members == [{"U1"}] * 2
    assert asked == [{"usergroup": "S1", "team_id": "T1"}, {"usergroup": "S1"}]
