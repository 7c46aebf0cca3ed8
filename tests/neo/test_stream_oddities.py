"""Frames that cannot be read, or must not be shown, do not disturb a stream."""

from structlog.testing import capture_logs

from bot.neo.events import Internal, TaskRenamed, Unknown
from bot.neo.stream import KINDS, OTHER_KINDS, TOO_LONG
from neo.scripted_neo import ScriptedNeo, streams
from neo.watching import Watch, cursors_sent, frame


async def test_what_cannot_be_read_is_counted_logged_once_and_passed_over(
    neo: ScriptedNeo, watch: Watch
) -> None:
    odd = 'data: {"type":"agentResponse","id":"x","eventBody":{"type":"neu"}}\n\n'
    neo.script.append(streams(odd, odd, "data: nonsense\n\n", frame("a"), then="hang"))

    with capture_logs() as logs:
        events = await watch.first(4)

    assert [type(e.event) for e in events] == [Unknown, Unknown, Unknown, TaskRenamed]
    assert watch.stats.skipped == {"neu": 2, "": 1}
    assert [entry["kind"] for entry in logs if entry["event"] == "neo_frame_skipped"] == ["neu", ""]


async def test_kinds_from_outside_do_not_grow_the_figures_for_ever(
    neo: ScriptedNeo, watch: Watch
) -> None:
    odd = [
        f'data: {{"type":"agentResponse","eventBody":{{"type":"k{n}"}}}}\n\n'
        for n in range(KINDS + 5)
    ]
    neo.script.append(streams("".join(odd), then="hang"))

    await watch.first(KINDS + 5)

    assert len(watch.stats.skipped) == KINDS + 1
    assert watch.stats.skipped[OTHER_KINDS] == 5


async def test_an_event_beyond_16_mib_is_skipped_and_one_of_16_mib_is_not(
    neo: ScriptedNeo, watch: Watch
) -> None:
    empty = '{"type":"agentResponse","id":"big","eventBody":{"type":"set_task_name","name":""}}'
    largest = empty.replace('""', '"' + "x" * (16 * 2**20 - len(empty)) + '"')
    too_long = largest.replace("xx", "xxx", 1).replace("big", "huge")
    neo.script.extend(
        [
            streams(f"data: {largest}\n\n", f"id: s9\ndata: {too_long}\n\n"),
            streams(frame("after"), then="hang"),
        ]
    )

    events = await watch.first(2)

    assert [e.id for e in events] == ["big", "after"]
    assert watch.stats.skipped == {TOO_LONG: 1}
    assert cursors_sent(neo) == [None, "s9"]


async def test_a_token_on_its_way_to_the_agent_is_neither_shown_nor_logged(
    neo: ScriptedNeo, watch: Watch
) -> None:
    body = '{"type":"provide_pulumi_access_token","encrypted_pulumi_access_token":"s3cr3t"}'
    event = f'{{"type":"agentResponse","id":"t","eventBody":{body}}}'
    neo.script.append(streams(f"data: {event}\n\ndata: {event[:-1]}\n\n", then="hang"))

    with capture_logs() as logs:
        events = await watch.first(2)

    assert events[0].event == Internal("provide_pulumi_access_token")
    assert isinstance(events[1].event, Unknown)
    assert "s3cr3t" not in repr(events) + repr(logs)
