"""The Slack app manifest: beside the code in the wheel, one level above it in the repository."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import ConfigurationProblem

_HERE = Path(__file__).parent

_PATH = "/slack/events"
"""Where the bridge takes everything in HTTP mode (`bot.slack.http.PATH`)."""

_SOCKET_MODE = "socket_mode_enabled: true # no public address is needed"
_HTTP_MODE = "socket_mode_enabled: false # Slack posts to the addresses above"


def text() -> str:
    """Return `manifest.yml`: the app's scopes, events and looks, as YAML with comments."""
    shipped = _HERE / "manifest.yml"
    return (shipped if shipped.exists() else _HERE.parent / "manifest.yml").read_text("utf-8")


def text_for_http(url: str) -> str:
    """Return the manifest of an app whose requests Slack posts to the bridge at `url`.

    A path in front of `/slack/events`, as behind a proxy, may be given; the rest is added.
    Raises `ConfigurationProblem` where Slack could not post to such an address.
    """
    address = json.dumps(_request_url(url))  # a JSON string is a YAML string
    manifest = text()
    for line, added in (
        ("    - command: /neo\n", f"      url: {address}\n"),
        ("  event_subscriptions:\n", f"    request_url: {address}\n"),
        ("  interactivity:\n", f"    request_url: {address}\n"),
    ):
        manifest = _replaced(manifest, line, line + added)
    return _replaced(manifest, _SOCKET_MODE, _HTTP_MODE)


def _replaced(manifest: str, old: str, new: str) -> str:
    assert manifest.count(old) == 1, f"the manifest has no one place for {new!r}"
    return manifest.replace(old, new)


def _request_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and parts.port != 0
        plain = not (parts.username or parts.query or parts.fragment) and url.isprintable()
    except ValueError:
        usable = plain = False
    if not (usable and plain):
        raise ConfigurationProblem(
            ["--http: must be the https:// URL at which Slack reaches the bridge, without a query"]
        )
    return f"{url.rstrip('/').removesuffix(_PATH)}{_PATH}"
