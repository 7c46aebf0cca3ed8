"""Two real local servers, Slack's and Neo's, for the demo, the tests and the benchmark.

Each is loaded when it is first named, so that using one costs nothing of the other.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.neo.server import NeoSandbox
    from bot.sandbox.slack.server import SlackSandbox

__all__ = ["NeoSandbox", "SlackSandbox"]

_HOMES = {"NeoSandbox": "bot.sandbox.neo.server", "SlackSandbox": "bot.sandbox.slack.server"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
