"""A record says who did what; there is no place in it for anybody's words, or for a secret."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.approvals import facts
from bot.audit.record import NAME_LIMIT, OTHER, AuditKind, AuditRecord, Fact, named
from bot.errors import NewerRecord
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.redaction import redact
from bot.view import Resolution

AT = datetime(2026, 5, 1, 9, 0, 0, 250000, tzinfo=UTC)

WRITABLE = [kind for kind in AuditKind if kind is not AuditKind.UNKNOWN]

SECRETS = st.sampled_from(
    [
        "xoxb-1234567890-abcdefghij",
        "xapp-1-A1-123-abcdef",
        "pul-0123456789abcdef",
        "https://hooks.slack.com/actions/T1/1/abc",
        "redis://user:password@host:6379/0",
        "authorization:token.pul-0123456789",
    ]
)
CONTENT: st.SearchStrategy[str] = st.one_of(
    st.text(),
    st.sampled_from(["delete the prod bucket", "ask <@U1>\nfirst", "x" * 500, "🎉"]),
    st.tuples(st.text(), SECRETS, st.text()).map("".join),
    SECRETS,
)
ANYTHING = st.builds(
    AuditRecord,
    kind=st.sampled_from(WRITABLE),
    who=CONTENT,
    owner=CONTENT,
    task=CONTENT,
    request=CONTENT,
    digest=CONTENT,
    outcome=CONTENT,
    at=st.just(AT),
)

NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:@+-]{{0,{NAME_LIMIT - 1}}}|")
SHAPES = {
    "v": re.compile("1"),
    "at": re.compile(r"[0-9T:.-]+Z"),
    "kind": re.compile("|".join(WRITABLE)),
    "who": NAME,
    "owner": NAME,
    "task": NAME,
    "request": NAME,
    "digest": re.compile(r"(sha256:)?[0-9a-f]{0,64}"),
    "outcome": re.compile(r"[a-z0-9_]{0,32}"),
}
"""Everything there is, and what each may look like: no space, no line, no end of a sentence."""


@given(ANYTHING)
def test_no_field_holds_free_text_whatever_a_caller_puts_there(record: AuditRecord) -> None:
    fields = json.loads(record.canonical())
    assert set(fields) == set(SHAPES)
    for name, value in fields.items():
        assert SHAPES[name].fullmatch(str(value)), (name, value)


@given(ANYTHING, SECRETS)
def test_no_secret_survives_in_a_record(record: AuditRecord, secret: str) -> None:
    told = record.canonical()
    assert redact(told) == told
    assert secret not in told


@given(CONTENT, CONTENT, CONTENT)
def test_what_is_recorded_of_a_decision_does_not_hold_its_words(
    words: str, request: str, by: str
) -> None:
    subject = facts.Subject(TaskId("t-1"), ApprovalRequestId(request), "0af")
    attempted = facts.attempted(subject, who=UserId("U1"), owner="shared", ok=False, words=words)
    elsewhere = Resolution(ok=True, by=by, elsewhere=True, instructions=words)
    void = Resolution(ok=False, void=words or "over")
    ended = [facts.settled(subject, how, owner="shared") for how in (elsewhere, void)]
    for fact in (*attempted.values(), *ended):
        fields = json.loads(AuditRecord(**fact.model_dump(), at=AT).canonical())
        assert all(SHAPES[name].fullmatch(str(value)) for name, value in fields.items())


def test_a_field_that_is_not_in_the_model_is_not_kept() -> None:
    extra = {"kind": "stop", "at": AT, "message": "delete everything"}
    assert "delete" not in AuditRecord.model_validate(extra).canonical()


@given(ANYTHING)
def test_a_record_is_read_as_it_was_written_and_written_as_it_was_read(
    record: AuditRecord,
) -> None:
    text = record.canonical()
    assert AuditRecord.read(text) == record
    assert AuditRecord.read(text).canonical() == text
    assert text.isascii()


@given(st.from_regex(NAME, fullmatch=True))
def test_a_name_is_kept_as_it_is_unless_it_looks_like_a_secret(name: str) -> None:
    assert named(name) == name or redact(name) != name


@pytest.mark.parametrize("request_id", ["request 1 with spaces", "x" * 97, "a\nb", "é", "\ud83d"])
def test_a_request_with_an_odd_id_is_recorded_by_its_digest(request_id: str) -> None:
    fact = Fact(kind=AuditKind.DECISION_TAKEN, request=request_id)
    assert re.fullmatch("sha256:[0-9a-f]{32}", fact.request)
    assert Fact(kind=AuditKind.STOP, request=fact.request).request == fact.request


def test_an_outcome_that_is_no_word_is_another_one() -> None:
    assert Fact(kind=AuditKind.STOP, outcome="because I said so").outcome == OTHER


def test_a_kind_of_a_later_version_reads_as_unknown_and_is_never_written() -> None:
    text = AuditRecord(kind=AuditKind.STOP, at=AT).canonical().replace("stop", "teleported")
    read = AuditRecord.read(text)
    assert read.kind is AuditKind.UNKNOWN
    with pytest.raises(ValueError, match="unknown kind"):
        read.canonical()


def test_a_record_of_a_later_version_is_left_alone() -> None:
    text = AuditRecord(kind=AuditKind.STOP, at=AT).canonical().replace('"v":1', '"v":2')
    with pytest.raises(NewerRecord):
        AuditRecord.read(text)


def test_a_record_cannot_be_changed() -> None:
    record = AuditRecord(kind=AuditKind.STOP, at=AT)
    with pytest.raises(ValidationError):
        record.who = "U2"  # type: ignore[misc] -- that is what is tried
