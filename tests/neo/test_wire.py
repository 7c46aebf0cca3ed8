"""What is sent: its exact bytes, and that Pulumi's own models understand them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_cloud_sdk import default_encoder  # pyright: ignore[reportMissingTypeStubs] - it has no complete annotations
from pydantic import ValidationError

from bot.ids import ApprovalRequestId
from bot.neo.wire import (
    CancelTaskRequest,
    CreateTaskRequest,
    CurrentUser,
    EntityDiff,
    IntegrationRef,
    Repository,
    RespondToTaskRequest,
    Stack,
    Task,
    TaskPage,
    UpdateTaskRequest,
    UserCancel,
    UserConfirmation,
    UserMessage,
    create_body,
    respond_body,
)

NOON = datetime(2026, 10, 5, 12, 0, 0, 123_987, tzinfo=UTC)
DIFF = EntityDiff(
    add=(Stack(name="prod", project="web"), Repository(name="web", org="acme", forge="github"))
)
MESSAGE = UserMessage(timestamp=NOON, content="Grüße \u2028 <&>", entity_diff=DIFF)
CONFIRMATION = UserConfirmation(
    timestamp=NOON, approval_request_id=ApprovalRequestId("apr-1"), ok=False, instructions="dev"
)
FULL = CreateTaskRequest(
    message=MESSAGE,
    approval_mode="manual",
    permission_mode="read-only",
    plan_mode=True,
    enabled_integrations=(IntegrationRef(id="datadog"),),
    role="deployer",
)


def understood(body: str, model: str) -> object:
    """Return what Pulumi's model keeps of a request's JSON; it refuses what lacks a field."""
    value = default_encoder.deserialize(json.loads(body), model)
    kept = json.loads(json.dumps(default_encoder.sanitize_for_serialization(value)))
    return compared(kept)


def compared(value: object) -> object:
    """Drop nulls, which the model adds, and instants, which it writes in a form of its own."""
    return json.loads(
        json.dumps(value),
        object_hook=lambda fields: {
            name: kept for name, kept in fields.items() if kept is not None and name != "timestamp"
        },
    )


@pytest.mark.parametrize(
    ("body", "model"),
    [
        (create_body(FULL), "CreateAgentTaskRequest"),
        (respond_body(MESSAGE), "AgentRespondToTaskRequest"),
        (respond_body(CONFIRMATION), "AgentRespondToTaskRequest"),
        (respond_body(UserCancel(timestamp=NOON)), "AgentRespondToTaskRequest"),
        (CancelTaskRequest().frozen_json(), "CancelAgentTaskRequest"),
    ],
)
def test_pulumis_own_models_keep_every_field_that_is_sent(body: str, model: str) -> None:
    assert understood(body, model) == compared(json.loads(body))


def test_user_events_have_these_exact_bytes() -> None:
    assert respond_body(CONFIRMATION) == (
        '{"event":{"timestamp":"2026-10-05T12:00:00.123Z","type":"user_confirmation",'
        '"approval_request_id":"apr-1","ok":false,"instructions":"dev"}}'
    )
    assert respond_body(UserCancel(timestamp=NOON)) == (
        '{"event":{"timestamp":"2026-10-05T12:00:00.123Z","type":"user_cancel"}}'
    )


def test_a_new_task_names_slack_as_its_source_and_leaves_unset_fields_out() -> None:
    plain = UserMessage(timestamp=NOON, content="hi")

    assert create_body(CreateTaskRequest(message=plain)) == (
        '{"message":{"timestamp":"2026-10-05T12:00:00.123Z","type":"user_message","content":"hi"},'
        '"source":"slack"}'
    )


def test_no_integrations_is_not_the_same_as_the_inherited_ones() -> None:
    none = CreateTaskRequest(message=MESSAGE, enabled_integrations=())

    assert json.loads(create_body(none))["enabledIntegrations"] == []


instants = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]))


@given(st.text(), instants)
def test_an_event_that_is_frozen_twice_is_the_same_to_the_byte(
    content: str, instant: datetime
) -> None:
    event = UserMessage(timestamp=instant, content=content)
    body = respond_body(event)

    assert respond_body(RespondToTaskRequest.model_validate_json(body).event) == body
    assert json.loads(body)["event"]["content"] == content


@given(instants)
def test_a_timestamp_survives_a_store_that_keeps_milliseconds(instant: datetime) -> None:
    event = UserCancel(timestamp=instant)
    echoed = datetime.fromisoformat(json.loads(respond_body(event))["event"]["timestamp"])

    assert echoed == event.timestamp
    assert timedelta(0) <= instant - echoed < timedelta(milliseconds=1)


def test_a_timestamp_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError):
        UserCancel(timestamp=datetime(2026, 1, 1))  # noqa: DTZ001  that is the mistake


def test_half_a_surrogate_pair_does_not_stop_a_message() -> None:
    cut = UserMessage(timestamp=NOON, content="smile \ud83d")

    assert json.loads(respond_body(cut))["event"]["content"] == "smile ?"


def test_an_update_holds_only_what_changes() -> None:
    assert UpdateTaskRequest(name="  Upgrade ", is_shared=False).frozen_json() == (
        '{"name":"Upgrade","isShared":false}'
    )
    with pytest.raises(ValidationError):
        UpdateTaskRequest(name="   ")


def test_a_task_is_read_whatever_the_service_adds_renames_or_leaves_out() -> None:
    task = Task.model_validate(
        {
            "taskId": "t1",
            "status": "hibernating",
            "createdAt": "0001-01-01T00:00:00Z",
            "createdBy": {"githubLogin": "ada", "later": 1},
            "pendingInputCount": None,
            "entities": None,
            "novelty": {"a": []},
        }
    )

    assert (task.id, task.status, task.approval_mode) == ("t1", "hibernating", None)
    assert task.created_by is not None
    assert task.created_by.github_login == "ada"
    assert TaskPage.model_validate({"tasks": None}).tasks is None


def test_membership_of_an_organisation_ignores_case() -> None:
    user = CurrentUser.model_validate(
        {"githubLogin": "ada", "organizations": [{"githubLogin": "Acme"}, {"name": "odd"}]}
    )

    assert user.belongs_to("acme")
    assert not user.belongs_to("other")
