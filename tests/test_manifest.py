import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot import manifest
from bot.errors import ConfigurationProblem

REPOSITORY = Path(__file__).parent.parent
SCHEMA = REPOSITORY.parent / "shared" / "reference" / "slack-manifest-schema-2.0.0.json"

NEEDED_SCOPES = {
    "agent_session_stopped": "chat:write",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "member_left_channel": "channels:read",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "reaction_added": "reactions:read",
}
"""The scope that each event is sent under (Slack's event reference); empty: under none."""


@pytest.fixture(scope="module")
def app() -> Any:
    """The manifest as data."""
    return yaml.safe_load(manifest.text())


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's schema is not at hand here")
@pytest.mark.parametrize("text", [manifest.text(), manifest.text_for_http("https://example.com")])
def test_slack_would_accept_the_manifest(text: str) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(yaml.safe_load(text), schema, cls=jsonschema.Draft7Validator)


def test_the_app_is_an_agent_with_direct_messages_over_socket_mode(app: Any) -> None:
    assert "agent_view" in app["features"]
    assert "assistant_view" not in app["features"]
    assert app["features"]["app_home"]["messages_tab_enabled"] is True
    assert app["settings"]["socket_mode_enabled"] is True
    assert app["settings"]["interactivity"]["is_enabled"] is True


def test_every_event_has_the_scope_it_is_sent_under(app: Any) -> None:
    scopes = {"", *app["oauth_config"]["scopes"]["bot"]}
    events = app["settings"]["event_subscriptions"]["bot_events"]

    assert {event: NEEDED_SCOPES[event] in scopes for event in events} == dict.fromkeys(
        NEEDED_SCOPES, True
    )


def test_the_one_command_names_people_and_channels_by_their_ids(app: Any) -> None:
    (command,) = app["features"]["slash_commands"]

    assert (command["command"], command["should_escape"]) == ("/neo", True)
    assert "url" not in command
    assert "commands" in app["oauth_config"]["scopes"]["bot"]
    assert "shortcuts" not in app["features"]


def test_scopes_and_events_are_in_order_each_with_its_reason(app: Any) -> None:
    listed = (
        app["oauth_config"]["scopes"]["bot"],
        app["settings"]["event_subscriptions"]["bot_events"],
    )
    for names in listed:
        assert names == sorted(set(names))
        for name in names:
            assert re.search(rf"^\s+- {re.escape(name)} # \w", manifest.text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://neo.example.com", "https://neo.example.com/slack/events"),
        ("https://neo.example.com:8443/", "https://neo.example.com:8443/slack/events"),
        ("https://example.com/neo/", "https://example.com/neo/slack/events"),
        ("https://neo.example.com/slack/events", "https://neo.example.com/slack/events"),
    ],
)
def test_for_http_mode_only_the_addresses_differ(app: Any, given: str, address: str) -> None:
    expected = copy.deepcopy(app)
    expected["features"]["slash_commands"][0]["url"] = address
    expected["settings"]["event_subscriptions"]["request_url"] = address
    expected["settings"]["interactivity"]["request_url"] = address
    expected["settings"]["socket_mode_enabled"] = False

    assert yaml.safe_load(manifest.text_for_http(given)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "neo.example.com",
        "http://neo.example.com",
        "https://",
        "https://neo.example.com/?a=b",
        "https://ann:word@neo.example.com",
        "https://neo.example.com:port",
        "https://neo.example.com/\n",
    ],
)
def test_an_address_that_slack_cannot_post_to_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationProblem, match="--http: must be the https:// URL"):
        manifest.text_for_http(url)
