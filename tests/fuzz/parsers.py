"""The table of what reads outside data without any input or output: one row for each way in.

A row makes an input and reads it as the bridge does, up to where the data is trusted: what was
parsed can be stored, what Neo says can be shown. `test_nothing_is_left_out.py` fails when a
function that reads outside data is reached by no row, here or in `edges.py`.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from bot import commands, entities
from bot.approvals.replies import meaning_of
from bot.conversation import context
from bot.conversation.refusals import in_words, refuses_entities, refuses_source
from bot.conversation.sending import is_echo
from bot.errors import MalformedInput, NeoError
from bot.ids import ButtonValue, ThreadRef, Ts, UserId
from bot.intake import is_addressed
from bot.neo.decode import decode_console_event
from bot.neo.dialects import load_json
from bot.neo.http import FrameReader
from bot.neo.refusals import refusal
from bot.neo.wire import CurrentUser, Task, TokenBudget
from bot.relay.vital_signs import signs_of
from bot.render.todos import todos_in
from bot.slack import attachments, mrkdwn, text
from bot.slack.files_in import is_slacks_own
from bot.slack.http import decode, is_signed, is_timely
from bot.slack.inbound import SLACK_INPUT, FileRef, Received
from bot.slack.markdown import layout
from bot.slack.ops import ChatPostMessage, Content, ConversationsOpen, FilesCompleteUpload, SlackOp
from bot.slack.parse import Parsed, parse_action, parse_command, parse_event, parse_message
from bot.slack.parse_views import home_opened_by, parse_submission
from bot.slack.reader import PAGE, SlackMessage, as_heard, find_key
from bot.slack.sender import sent_of
from bot.told import Told
from fuzz import samples
from fuzz.inputs import Inputs
from render.happenings import VIEW, cards_of, take
from slack_caller import BOT

FORM = "application/x-www-form-urlencoded"
TYPES = ("application/json", FORM, "text/plain", "", "application/json")


@dataclass(frozen=True)
class Row:
    """How an input is made, and how it is read."""

    make: Callable[[Inputs], Any]
    read: Callable[[Any], object]


def kept(parsed: Parsed) -> None:
    """Do what is done with something parsed: who is meant, and into the store."""
    if isinstance(parsed, Received):
        is_addressed(parsed.input)
        SLACK_INPUT.validate_json(parsed.input.model_dump_json())
        json.dumps(parsed.marks).encode()


def request(inputs: Inputs) -> tuple[bytes, str, dict[str, str]]:
    """Return the body of a request, its type, and its headers."""
    likely = (b"1700000000", b"v0=" + b"0" * 64, inputs.word().encode("utf-8", "surrogatepass"))
    headers = {
        name: inputs.damaged(inputs.pick(likely)).decode("utf-8", "surrogateescape")  # as aiohttp
        for name in ("X-Slack-Signature", "X-Slack-Request-Timestamp")
    }
    return inputs.raw(*samples.BODIES, *samples.CLICKS), inputs.pick(TYPES), headers


def read_request(given: tuple[bytes, str, dict[str, str]]) -> None:
    raw, content_type, headers = given
    if is_timely(headers, 1_700_000_000.0):
        is_signed(headers, raw, b"secret")
    with suppress(MalformedInput):  # what it promises
        decode(raw, content_type)


def read_back(raw: Mapping[str, Any]) -> None:
    """Read a message out of a thread or a channel, which Slack sent as an answer."""
    ts = raw.get("ts")
    key = json.dumps(raw.get("metadata"), default=str)
    message = SlackMessage(
        ts=Ts(ts if isinstance(ts, str) else ""),
        app_id="A1",
        key=key,
        edited_ts=Ts(""),
        is_tombstone=False,
        raw=raw,
    )
    find_key([message], "k", BOT.app_id)
    kept(as_heard(message, "C1", BOT))
    kept(parse_message(raw, "D1", BOT, shared=True))


def thread(inputs: Inputs) -> list[dict[str, Any]]:
    """Return messages of a thread, now and then as many as Slack sends in one answer."""
    messages = inputs.several(lambda: inputs.like_or_any(*samples.MESSAGES))
    return messages * (PAGE // len(messages)) if messages and inputs.once_in(50) else messages


def read_thread(messages: list[dict[str, Any]]) -> None:
    read = context.between(messages, after=Ts("1"), before=Ts("2000000000.0"))
    found = context.not_told(read, BOT, told={Ts("")})
    context.people(found, BOT)
    lines = [
        context.Line(context.program_of(message), read_text(context.words_of(message)))
        for message in found[-context.MOST :]
    ]
    context.quoted(lines, context.BEFORE).encode()


def read_text(said: str) -> str:
    text.mentioned_users(said)
    text.mentioned_channels(said)
    text.starts_with_mention_of(said)
    text.is_to_other(said, bot=BOT.bot_user_id)
    return text.readable(said, bot=BOT.bot_user_id, users={"U1": "ann"}, channels={"C1": "infra"})


def attached(inputs: Inputs) -> tuple[FileRef, bytes]:
    """Return a file of a message, as far as one is there, and what a server gives for it."""
    message = {**samples.SAID, "files": [inputs.like(samples.FILE)]}
    parsed = parse_message(message, "C1", BOT)
    assert isinstance(parsed, Received)
    files: tuple[FileRef, ...] = getattr(parsed.input, "files", ())
    codec = inputs.pick(("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1", "utf-8"))
    content = inputs.text().encode(codec, "replace")
    if inputs.once_in(200):
        content *= attachments.LARGEST // (1 + len(content))
    return (*files, FileRef(id="F", name=""))[0], inputs.damaged(content)[: attachments.LARGEST]


def read_file(given: tuple[FileRef, bytes]) -> None:
    file, content = given
    attachments.is_text(file)
    attachments.is_small(file)
    is_slacks_own(file.url, "https://slack.com/api/")
    found = attachments.decoded(content)
    attachments.quoted(file, found or "").encode()


def address(inputs: Inputs) -> str:
    parts = ("https://", "http:", "//", "files.", "slack.com", ":443", "@", "\\", "/", "#", "?")
    return "".join(inputs.pick((*parts, inputs.word())) for _ in range(inputs.chance.randint(1, 6)))


def read_button(value: str) -> None:
    with suppress(MalformedInput):  # what both promise
        ThreadRef.parse(ButtonValue.decode(value).thread)


def read_command(typed: str) -> None:
    """Read what somebody typed behind `/neo`."""
    match commands.parse(typed):
        case commands.Problem(sentence):
            mrkdwn.escape(sentence).encode()
        case _:
            pass


def read_message(typed: str) -> None:
    """Read what somebody said: an answer, small talk, or a start with options."""
    meaning_of(typed)
    commands.is_small_talk(typed)
    commands.take_options(typed)


def show_text(said: str) -> None:
    """Put untrusted text everywhere that it can stand in a message."""
    layout(said)
    marked = mrkdwn.joined(" ", (mrkdwn.code(said), mrkdwn.code_block(said), mrkdwn.escape(said)))
    mrkdwn.shorten(marked, 3000).encode()
    mrkdwn.neutralise(said).encode()
    mrkdwn.link(said, said).encode()
    mrkdwn.mention(UserId(said)).encode()


def read_event(raw: bytes) -> None:
    streamed = decode_console_event(raw)
    streamed.id.encode()
    is_echo(streamed, 1_700_000_000.0)


def show_events(raws: list[bytes]) -> None:
    """Show some events in a thread, and keep what they came to."""
    view = VIEW
    for number, raw in enumerate(raws):
        view, _ = take(view, decode_console_event(raw).event, number=number, told=Told())
    for card in cards_of(view):
        json.dumps(card.blocks).encode()
    view.model_dump_json()


def stream(inputs: Inputs) -> bytes:
    """Return bytes of an event stream, or of something near it."""
    ends = (b"\n", b"\n\n", b"\n\n", b"\r\n\r\n", b"\r", b"")
    fields = (b"data: ", b"data: ", b"id: 7", b": ping", b"event: x", b"retry: 9", b"data", b"id:")
    lines = [
        inputs.pick(fields) + inputs.raw(*samples.CONSOLE_EVENTS) + inputs.pick(ends)
        for _ in range(inputs.chance.randint(1, 5))
    ]
    return inputs.pick((b"", b"\xef\xbb\xbf")) + inputs.damaged(b"".join(lines))


def read_stream(raw: bytes) -> None:
    reader, size = FrameReader(limit=20_000), 1 + len(raw) // 7
    for at in range(0, len(raw), size):
        for frame in reader.feed(raw[at : at + size]):
            decode_console_event(frame.data or "", sse_id=frame.id)


def refused(inputs: Inputs) -> tuple[int, bytes, str | None, str]:
    status = inputs.pick((400, 401, 402, 403, 404, 408, 409, 413, 429, 500, 503, 302, 999))
    waits = (None, "5", "-1", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", inputs.word())
    return status, inputs.raw(samples.REFUSAL), inputs.pick(waits), inputs.pick(("", "secret"))


def read_refusal(given: tuple[int, bytes, str | None, str]) -> None:
    status, body, wait, secret = given
    error = refusal(status, body, retry_after=wait, now=1_700_000_000.0, secret=secret)
    refuses_entities(error)
    refuses_source(error)
    mrkdwn.escape(in_words(error)).encode()


def reading(model: type[BaseModel], use: Callable[[Any], object]) -> Callable[[bytes], None]:
    """Return what reads an answer of Neo's and uses it."""

    def read(raw: bytes) -> None:
        try:
            answer = model.model_validate(load_json(raw))
        except ValueError:  # neither JSON nor of its shape: `NeoClient` says so
            return
        use(answer)

    return read


def say_budget(budget: TokenBudget) -> None:
    in_words(NeoError("no"), budget=budget).encode()


POST = ChatPostMessage("C1", Content("hi"))
OPS: tuple[SlackOp, ...] = (
    *(POST, ConversationsOpen(UserId("U1"))),
    FilesCompleteUpload("F1", "plan", "C1"),
)


def read_answer(answer: Mapping[str, Any]) -> None:
    for op in OPS:
        sent_of(op, answer)


def read_todos(args: Mapping[str, Any]) -> None:
    with suppress(ValidationError):
        todos_in(args)


PARSERS: dict[str, Row] = {
    "Slack event": Row(
        lambda x: x.like_or_any(*samples.BODIES), lambda body: kept(parse_event(body, BOT))
    ),
    "a Home tab opened": Row(
        lambda x: x.like_or_any(samples.HOME_OPENED), lambda body: home_opened_by(body, BOT)
    ),
    "Slack click": Row(
        lambda x: x.like_or_any(*samples.CLICKS), lambda body: kept(parse_action(body, BOT))
    ),
    "a submitted form": Row(
        lambda x: x.like_or_any(samples.SUBMISSION), lambda body: kept(parse_submission(body, BOT))
    ),
    "Slack command": Row(
        lambda x: x.like_or_any(samples.COMMAND), lambda body: parse_command(body, BOT)
    ),
    "Slack request's body and headers": Row(request, read_request),
    "Slack message read back": Row(lambda x: x.like_or_any(*samples.MESSAGES), read_back),
    "Slack thread as context": Row(thread, read_thread),
    "Slack text": Row(Inputs.text, read_text),
    "Slack file": Row(attached, read_file),
    "Slack file's address": Row(address, lambda url: is_slacks_own(url, "https://slack.com/api/")),
    "Slack answer to a post": Row(lambda x: x.like_or_any(*samples.ANSWERS), read_answer),
    "button's value": Row(lambda x: x.raw(samples.BUTTON).decode("utf-8", "replace"), read_button),
    "typed command": Row(Inputs.text, read_command),
    "typed message": Row(Inputs.text, read_message),
    "entities in a text": Row(
        Inputs.text, lambda said: entities.find(said, console_host="app.pulumi.com", org="acme")
    ),
    "agent's text": Row(Inputs.text, show_text),
    "Neo event": Row(lambda x: x.raw(*samples.CONSOLE_EVENTS), read_event),
    "Neo events shown": Row(
        lambda x: x.several(lambda: x.raw(*samples.CONSOLE_EVENTS), 3), show_events
    ),
    "Neo event stream": Row(stream, read_stream),
    "Neo to-do list": Row(lambda x: x.like_or_any(samples.TODOS), read_todos),
    "Neo refusal": Row(refused, read_refusal),
    "Neo task": Row(
        lambda x: x.raw(samples.TASK), reading(Task, lambda task: signs_of(task, now=1.7e9))
    ),
    "Neo token budget": Row(lambda x: x.raw(samples.BUDGET), reading(TokenBudget, say_budget)),
    "Neo user": Row(
        lambda x: x.raw(samples.PULUMI_USER),
        reading(CurrentUser, lambda user: user.belongs_to("acme")),
    ),
}
