"""Structured logs on stderr: JSON lines, or coloured text where a person looks at a terminal.

Fields that belong to a whole stretch of work are bound by `structlog.contextvars`.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import redactor

CHATTY = ("slack_bolt", "slack_sdk", "aiohttp", "asyncio", "httpx", "httpcore")
"""Libraries whose news below WARNING are of no use to an operator; Bolt's cost 60 % more CPU."""


def configure(level: str, *, secrets: Iterable[str] = (), stream: TextIO = sys.stderr) -> None:
    """Send the log of our modules and of the libraries to `stream`.

    `level` is `debug`, `info`, `warning` or `error`; `secrets` never appear, nor does anything
    that looks like a secret.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(redactor(secrets), for_people=stream.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _shared() -> list[Processor]:
    """Return what every record gets, ours and the libraries'."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(redact: Callable[[str], str], *, for_people: bool) -> logging.Formatter:
    """Return the formatter; redaction is its last step, on the text that will be written.

    So it covers tracebacks and whatever objects print of themselves.
    """

    def redacted(_logger: WrappedLogger, _name: str, rendered: EventDict | str) -> str:
        return redact(str(rendered))

    tail: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail, redacted],
    )
