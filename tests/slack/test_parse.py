"""Slack payloads as values: who is heard, what is ignored, and by which marks it is known."""

from typing import Any

import pytest

from bot.ids import ThreadRef, Ts, UserId
from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Deleted,
    Edited,
    FileRef,
    Heard,
    Outsider,
    Received,
    SessionStopped,
    SlashCommand,
    Unsupported,
)
from bot.slack.parse import parse_action, parse_command, parse_event, parse_message
from slack_caller import BOT

TS, ROOT, LATER = "1700000000.000200", "1700000000.000100", "1700000009.000300"


def message(**fields: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "text": "hi", "ts": TS, "channel": "C1"} | fields


def body(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event} | fields


def received(event: dict[str, Any], **fields: Any) -> Received:
    parsed = parse_event(body(event, **fields), BOT)
    assert isinstance(parsed, Received), parsed
    return parsed


def heard(event: dict[str, Any], **fields: Any) -> Heard:
    value = received(event, **fields).input
    assert isinstance(value, Heard)
    return value


def refusal(event: dict[str, Any], **fields: Any) -> str:
    parsed = parse_event(body(event, **fields), BOT)
    assert isinstance(parsed, Unsupported), parsed
    return parsed.reason


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "ts": LATER,
        "message": after,
        "previous_message": before,
    }


def click(**fields: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "trigger_id": "1.2.x",
        "container": {"message_ts": TS, "channel_id": "C1", "thread_ts": ROOT},
        "channel": {"id": "C1"},
        "message": {"ts": TS, "thread_ts": ROOT},
        "actions": [{"action_id": "approve", "value": "v", "action_ts": LATER}],
    } | fields


def test_a_message_starts_its_own_thread_and_a_reply_belongs_to_its_root() -> None:
    assert heard(message()).thread == ThreadRef(channel="C1", root=Ts(TS))
    assert heard(message(thread_ts=ROOT)).thread == ThreadRef(channel="C1", root=Ts(ROOT))


def test_a_mention_seen_by_two_subscriptions_has_one_message_mark() -> None:
    said = "<@UBOT> deploy"
    mention = received(message(type="app_mention", text=said), event_id="Ev1")
    plain = received(message(text=said, channel_type="channel"), event_id="Ev2")
    assert mention.input == plain.input
    assert mention.marks == ("event:Ev1", f"message:C1:{TS}")
    assert plain.marks == ("event:Ev2", f"message:C1:{TS}")


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [("<@UBOT> hi", True), ("so <@UBOT|neo>?", True), ("<@UBOTTER> hi", False), ("UBOT", False)],
)
def test_a_mention_is_read_from_the_text_alone(text: str, mentioned: bool) -> None:  # noqa: FBT001 - a table
    assert heard(message(text=text)).mentions_bot is mentioned
    assert heard(message(text=text, type="app_mention")).mentions_bot is mentioned


def test_a_direct_message_is_known_by_its_channel() -> None:
    assert heard(message(channel="D1")).dm
    assert not heard(message(channel="C1")).dm


def test_files_are_told_even_without_text() -> None:
    plan = {"id": "F1", "name": "plan.txt", "mimetype": "text/plain", "filetype": "text"}
    plan |= {"size": 12, "url_private": "https://files.slack.com/a", "url_private_download": ""}
    files = [plan, {"id": "F2", "title": "A picture", "size": "12"}, {"id": "F3", "size": -5}, 7]
    assert heard(message(subtype="file_share", text="", files=files)).files == (
        FileRef(
            id="F1",
            name="plan.txt",
            mimetype="text/plain",
            filetype="text",
            size=12,
            url="https://files.slack.com/a",
        ),
        FileRef(id="F2", name="A picture"),
        FileRef(id="F3", name="F3"),
    )


def test_a_reply_also_sent_to_the_channel_is_heard() -> None:
    assert heard(message(subtype="thread_broadcast", thread_ts=ROOT)).thread.root == ROOT


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"user": "UBOT"}, "our own"),
        ({"bot_id": "B1"}, "our own"),
        ({"bot_id": "B2"}, "another bot"),
        ({"user": "USLACKBOT"}, "another bot"),
        ({"subtype": "bot_message", "bot_id": "B2"}, "another bot"),
        ({"subtype": "channel_join"}, "a service message"),
        ({"subtype": "channel_topic"}, "a service message"),
        ({"streaming_state": "in_progress"}, "still streaming"),
        ({"hidden": True}, "hidden"),
        ({"user": None}, "malformed"),
        ({"ts": "yesterday"}, "malformed"),
        ({"ts": 1700000000.0002}, "malformed"),
        ({"channel": ""}, "malformed"),
    ],
)
def test_what_no_person_says_to_us_is_ignored(fields: dict[str, Any], reason: str) -> None:
    assert refusal(message(**fields)) == reason


def test_half_an_emoji_can_be_stored() -> None:
    assert heard(message(text="ok \ud83d")).text == "ok ?"


def test_an_unknown_event_is_ignored() -> None:
    assert refusal({"type": "emoji_changed"}) == "an event we do not act on"


@pytest.mark.parametrize(
    ("fields", "shared"),
    [({"user_team": "T2"}, True), ({"source_team": "T2"}, False), ({"team": "T2"}, True)],
)
def test_people_of_another_organisation_are_not_heard(fields: dict[str, Any], shared: bool) -> None:  # noqa: FBT001 - a table
    assert refusal(message(**fields), is_ext_shared_channel=shared) == "external user"


@pytest.mark.parametrize(
    ("fields", "root"),
    [
        ({"text": "<@UBOT> hi"}, ""),
        ({"text": "<@UBOT> hi", "thread_ts": ROOT}, ROOT),
        ({"channel": "D1"}, ""),
    ],
)
def test_people_of_another_organisation_who_mean_the_bot_are_told(
    fields: dict[str, Any], root: str
) -> None:
    said = message(user_team="T2", **fields)
    parsed = parse_event(body(said), BOT)
    assert parsed == Outsider(user=UserId("U1"), channel=said["channel"], root=Ts(root))
    assert isinstance(parse_event(body(said | {"bot_id": "B9"}), BOT), Unsupported)
    assert not isinstance(parse_event(body(said | {"bot_id": "B9"}), BOT), Outsider)


def test_what_somebody_does_is_said_too() -> None:
    assert heard(message(subtype="me_message", text="asks <@UBOT> for help")).mentions_bot


def test_people_of_our_own_workspace_are_heard_in_a_shared_channel() -> None:
    assert heard(message(user_team="T1", team="T1"), is_ext_shared_channel=True).user == "U1"


def test_people_of_a_sister_workspace_are_heard_in_a_grid() -> None:
    grid = BOT.model_copy(update={"enterprise_id": "E1"})
    sister = body(message(user_team="T2"))
    assert isinstance(parse_event(sister, grid), Received)
    assert isinstance(parse_event(sister | {"is_ext_shared_channel": True}, grid), Unsupported)


def test_an_edit_is_known_by_the_time_of_the_edit() -> None:
    edited = message(text="ho", thread_ts=ROOT, edited={"user": "U1", "ts": LATER})
    parsed = received(changed(message(), edited))
    assert parsed.input == Edited(
        thread=ThreadRef(channel="C1", root=Ts(ROOT)),
        user=edited["user"],
        ts=Ts(TS),
        edited_ts=Ts(LATER),
        text="ho",
    )
    assert parsed.marks == ("event:Ev1", f"edit:C1:{TS}:{LATER}")


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        ("deploy", "<@UBOT> deploy", (True, False)),
        ("<@UBOT> deploy", "<@UBOT|neo> deploy it", (True, True)),
        ("<@UBOT> deploy", "never mind", (False, True)),
    ],
)
def test_an_edit_says_whether_the_bot_is_mentioned_now_and_was_before(
    before: str, after: str, facts: tuple[bool, bool]
) -> None:
    edited = message(text=after, edited={"user": "U1", "ts": LATER})
    edit = received(changed(message(text=before), edited)).input
    assert isinstance(edit, Edited)
    assert (edit.mentions_bot, edit.mentioned_before) == facts
    assert not edit.dm


def test_an_edit_in_a_direct_message_says_so() -> None:
    edited = message(text="ho", edited={"user": "U1", "ts": LATER})
    edit = received(changed(message(), edited) | {"channel": "D1"}).input
    assert isinstance(edit, Edited)
    assert edit.dm


def command(**fields: Any) -> dict[str, Any]:
    form = {"command": "/neo", "text": "a &amp; b", "user_id": "U1", "team_id": "T1"}
    form |= {"channel_id": "C1", "channel_name": "infra", "trigger_id": "1.2.x"}
    return form | {"is_enterprise_install": "false"} | fields


def test_a_command_is_read_as_it_was_typed_and_known_by_its_trigger() -> None:
    parsed = parse_command(command(), BOT)
    assert parsed == SlashCommand(
        user=UserId("U1"),
        channel="C1",
        channel_name="infra",
        team="T1",
        command="/neo",
        text="a &amp; b",
        trigger_id="1.2.x",
        is_dm=False,
    )
    assert isinstance(parsed, SlashCommand)
    assert parsed.marks == ("command:1.2.x",)
    in_dm = parse_command(command(channel_id="D1", channel_name="directmessage", text=""), BOT)
    assert isinstance(in_dm, SlashCommand)
    assert in_dm.is_dm


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"trigger_id": ""}, "malformed"),
        ({"user_id": None}, "malformed"),
        ({"channel_id": 7}, "malformed"),
        ({"team_id": "T2"}, "external user"),
    ],
)
def test_a_command_that_is_not_for_us_is_refused(fields: dict[str, Any], reason: str) -> None:
    assert parse_command(command(**fields), BOT) == Unsupported(reason=reason)


def test_a_command_of_a_sister_workspace_is_heard_in_a_grid() -> None:
    grid = BOT.model_copy(update={"enterprise_id": "E1"})
    assert isinstance(parse_command(command(team_id="T2"), grid), SlashCommand)


@pytest.mark.parametrize(
    "after",
    [
        message(reply_count=1, latest_reply=LATER),
        message(text="ho"),  # no `edited`: not by a person
        message(edited={"user": "U1", "ts": LATER}, attachments=[{"title": "unfurled"}]),
    ],
)
def test_a_change_that_no_person_made_to_the_text_is_ignored(after: dict[str, Any]) -> None:
    assert refusal(changed(message(), after)) == "nothing changed in the text"


def test_an_edit_of_our_own_card_is_ignored() -> None:
    card = message(bot_id="B1", text="ho", edited={"user": "B1", "ts": LATER})
    assert refusal(changed(message(), card)) == "our own"


def test_a_deletion_names_the_thread_of_what_is_gone() -> None:
    event = message(subtype="message_deleted", hidden=True, ts=LATER, deleted_ts=TS)
    reply = received(event | {"previous_message": message(thread_ts=ROOT)})
    thread = ThreadRef(channel="C1", root=Ts(ROOT))
    assert reply.input == Deleted(thread=thread, ts=Ts(TS), of_person=True)
    assert reply.marks == ("event:Ev1", f"delete:C1:{TS}")
    root = received(event | {"previous_message": message(user="UBOT", bot_id="B1")})
    assert root.input == Deleted(thread=ThreadRef(channel="C1", root=Ts(TS)), ts=Ts(TS))


def test_a_root_that_became_a_tombstone_is_deleted() -> None:
    tombstone = message(subtype="tombstone", user="USLACKBOT", thread_ts=TS, hidden=True)
    thread = ThreadRef(channel="C1", root=Ts(TS))
    gone = Deleted(thread=thread, ts=Ts(TS), of_person=True)
    assert received(changed(message(), tombstone)).input == gone
    of_bot = changed(message(user="UBOT", bot_id="B1"), tombstone)
    assert received(of_bot).input == Deleted(thread=thread, ts=Ts(TS))


def test_slacks_own_stop_button_names_the_thread_and_who_pressed_it() -> None:
    event = {"type": "agent_session_stopped", "channel": "C1", "user": "U1", "thread_ts": ROOT}
    event |= {"streaming_message_ts": [], "event_ts": LATER}
    stopped = received(event)
    thread = ThreadRef(channel="C1", root=Ts(ROOT))
    assert stopped.input == SessionStopped(thread=thread, user=UserId("U1"), ts=Ts(LATER))
    assert stopped.marks == ("event:Ev1", f"stopped:C1:{ROOT}:{LATER}")
    odd = received(event | {"event_ts": "soon"})
    assert odd.input == SessionStopped(thread=thread, user=UserId("U1"))
    assert refusal(event | {"thread_ts": None}) == "malformed"
    assert refusal(event | {"user": ""}) == "malformed"


def test_a_channel_that_moves_is_followed() -> None:
    event = {"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C9"}
    assert received(event).input == ChannelMoved(old="G1", new="C9")


@pytest.mark.parametrize(
    "kind",
    ["channel_archive", "channel_deleted", "channel_left", "group_archive", "group_deleted"],
)
def test_a_channel_that_closes_is_told_with_its_reason(kind: str) -> None:
    closed = received({"type": kind, "channel": "C1", "event_ts": LATER})
    assert closed.input == ChannelClosed(channel="C1", reason=kind)
    assert closed.marks == ("event:Ev1", f"{kind}:C1:{LATER}")


def test_only_the_bot_itself_leaving_closes_a_channel() -> None:
    event = {"type": "member_left_channel", "channel": "C1", "user": "UBOT", "event_ts": LATER}
    assert received(event).input == ChannelClosed(channel="C1", reason="member_left_channel")
    assert refusal(event | {"user": "U1"}) == "somebody else left"


def test_a_click_carries_its_value_and_the_thread_of_its_message() -> None:
    parsed = parse_action(click(), BOT)
    assert isinstance(parsed, Received)
    assert parsed.input == Clicked(
        thread=ThreadRef(channel="C1", root=Ts(ROOT)),
        user=click()["user"]["id"],
        action_id="approve",
        value="v",
        message_ts=Ts(TS),
        action_ts=Ts(LATER),
    )
    assert parsed.marks == (f"click:U1:{TS}:approve:{LATER}", "trigger:1.2.x")


def test_a_click_on_a_root_belongs_to_the_thread_it_begins() -> None:
    parsed = parse_action(click(container={"message_ts": TS, "channel_id": "C1"}, message={}), BOT)
    assert isinstance(parsed, Received)
    assert isinstance(parsed.input, Clicked)
    assert parsed.input.thread.root == TS


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"container": {"type": "view"}}, "not a click on a button of ours"),
        ({"actions": []}, "not a click on a message"),
        (
            {"actions": [{"action_id": "link", "action_ts": LATER}]},
            "a link, or a button without a value",
        ),
    ],
)
def test_a_click_that_is_not_for_us_is_ignored(fields: dict[str, Any], reason: str) -> None:
    parsed = parse_action(click(**fields), BOT)
    assert parsed == Unsupported(reason=reason)


def test_a_click_of_another_organisation_is_told_where_it_was_made() -> None:
    parsed = parse_action(click(user={"id": "U9", "team_id": "T2"}), BOT)
    assert parsed == Outsider(user=UserId("U9"), channel="C1", root=Ts(ROOT))


def test_a_message_read_late_says_so_and_has_the_mark_of_its_delivery() -> None:
    late = parse_message(message(thread_ts=TS, team="T1"), "C1", BOT, found_late=True)
    assert isinstance(late, Received)
    assert isinstance(late.input, Heard)
    assert late.input.found_late
    assert late.marks[0] in received(message()).marks
