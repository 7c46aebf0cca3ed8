import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.redaction import HIDDEN, redact, redactor

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as text; the loggers are as before when the test is over."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_record_is_one_line_of_json_with_its_fields(written: io.StringIO) -> None:
    logs.configure("info", stream=written)

    structlog.get_logger("bot.relay").info("event_relayed", task_id="t1", count=2)

    (line,) = lines(written)
    assert line.pop("timestamp")
    assert line == {
        "event": "event_relayed",
        "level": "info",
        "logger": "bot.relay",
        "task_id": "t1",
        "count": 2,
    }


def test_fields_bound_for_a_stretch_of_work_are_in_every_record(written: io.StringIO) -> None:
    logs.configure("info", stream=written)

    with structlog.contextvars.bound_contextvars(task_id="t1"):
        structlog.get_logger("bot").info("inside")
        logging.getLogger("library").info("inside too")
    structlog.get_logger("bot").info("outside")

    assert [line.get("task_id") for line in lines(written)] == ["t1", "t1", None]


def test_a_terminal_gets_text_for_people(written: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    logs.configure("info", stream=terminal)

    structlog.get_logger("bot").info("bridge_started", token="xoxb-123456789-fake")

    assert "bridge_started" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert "xoxb-123456789-fake" not in terminal.getvalue()
    assert written.getvalue() == ""


def test_what_is_below_the_level_is_not_written(written: io.StringIO) -> None:
    logs.configure("warning", stream=written)

    structlog.get_logger("bot").info("too_quiet")
    structlog.get_logger("bot").warning("loud_enough")

    assert [line["event"] for line in lines(written)] == ["loud_enough"]


def test_libraries_are_heard_from_warnings_up_even_when_we_debug(written: io.StringIO) -> None:
    logs.configure("debug", stream=written)

    for name in logs.CHATTY:
        logging.getLogger(f"{name}.inner").info("chatter")
        logging.getLogger(f"{name}.inner").warning("news of %s", name)

    assert [line["event"] for line in lines(written)] == [f"news of {n}" for n in logs.CHATTY]


def test_configuring_twice_does_not_write_twice(written: io.StringIO) -> None:
    logs.configure("info", stream=written)
    logs.configure("info", stream=written)

    structlog.get_logger("bot").info("once")

    assert len(lines(written)) == 1


def test_secrets_stay_out_wherever_they_hide(written: io.StringIO) -> None:
    logs.configure("info", stream=written, secrets=["odd secret value"])
    log = structlog.get_logger("bot")

    log.info("text", value="the token xoxb-123456789-fake was used")
    log.info("nested", value={"headers": [{"Authorization": "token 0123456789abcdef"}]})
    log.info("known", value="an odd secret value of no known shape")
    log.info("object", value=ValueError("pul-0123456789abcdef"))
    log.info("url", value="https://hooks.slack.com/actions/T1/2/fake-response")
    log.info("json", value='{"response_url": "http://127.0.0.1:9/r/fake-response"}')
    logging.getLogger("library").warning("header %s", {"authorization": "Bearer fake-bearer"})
    try:
        int("xapp-1-A1-fake-app-level")
    except ValueError:
        log.exception("failed")

    text = written.getvalue()
    for secret in (
        "xoxb-123456789-fake",
        "0123456789abcdef",
        "odd secret value",
        "fake-response",
        "fake-bearer",
        "fake-app-level",
    ):
        assert secret not in text
    assert len(lines(written)) == 8


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234567890-abc",
        "xoxp-1234567890-abc",
        "xoxe.xoxp-1-abcdefgh",
        "xoxe-1-abcdefgh",
        "xapp-1-A0001-abcdefgh",
        "pul-0123456789abcdef",
    ],
)
def test_tokens_are_known_by_their_shapes(secret: str) -> None:
    assert redact(f"with {secret}, it went well") == f"with {HIDDEN}, it went well"


def test_a_password_in_a_url_and_a_socket_ticket_are_hidden() -> None:
    assert redact("redis://user:word@store:6379/0") == f"redis://{HIDDEN}@store:6379/0"
    assert redact("redis://:word@store:6379/0") == f"redis://{HIDDEN}@store:6379/0"
    assert redact("wss://a.example/link/?ticket=abc-1&app_id=A1") == (
        f"wss://a.example/link/?ticket={HIDDEN}&app_id=A1"
    )


def test_ordinary_text_is_left_alone() -> None:
    text = "pul-1, C1:1700000000.000100, https://app.pulumi.com/acme/neo/tasks/1, a@b.example"

    assert redact(text) == text


@given(st.text(), WORD, st.text())
def test_no_surroundings_let_a_token_through(before: str, word: str, after: str) -> None:
    assert f"xoxb-{word}" not in redact(f"{before}xoxb-{word}{after}")


@given(st.text(), st.text(min_size=1), st.text())
def test_no_surroundings_let_a_known_value_through(before: str, secret: str, after: str) -> None:
    left = redactor([secret])(f"{before}{secret}{after}").split(HIDDEN)

    assert not any(secret in part for part in left)


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    assert isinstance(redact(text), str)
