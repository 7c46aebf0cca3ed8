"""Neo's JSON as pydantic models, names unchanged: what is sent, and what its requests answer.

Events that Neo sends are in `bot.neo.bodies`. The API is a preview: unknown fields are ignored,
enumerations are read as strings, and only what a caller cannot do without is required.
Facts: Pulumi's API description and the `pulumi-cloud-sdk` models.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic.alias_generators import to_camel

from bot.ids import ApprovalRequestId, TaskId


def _to_milliseconds(instant: datetime) -> datetime:
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _without_surrogates(text: object) -> object:
    """Half a character pair (from cut text) is no Unicode: it could not be sent at all."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


Timestamp = Annotated[
    AwareDatetime, AfterValidator(_to_milliseconds), PlainSerializer(_rfc3339, return_type=str)
]
"""An instant, cut to milliseconds in UTC, so that it survives any store that keeps those."""

Text = Annotated[str, BeforeValidator(_without_surrogates)]

TASK_NAME_LIMIT = 255
"""Characters of a task's name (Neo's API reference)."""

TaskName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TASK_NAME_LIMIT),
    BeforeValidator(_without_surrogates),
]

ApprovalMode = Literal["manual", "balanced", "auto"]
PermissionMode = Literal["default", "read-only"]
Source = Literal["slack", "api"]


class _Sent(BaseModel):
    """Serialised without unset fields: Neo asks to omit rather than to send null."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    def frozen_json(self) -> str:
        """Return the one JSON text of this value: equal values give equal bytes."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class Stack(_Sent):
    """A Pulumi stack."""

    type: Literal["stack"] = "stack"
    name: str
    project: str


class Repository(_Sent):
    """A source repository; `forge` is `github`, `gitlab` or `bitbucket`."""

    type: Literal["repository"] = "repository"
    name: str
    org: str
    forge: str
    host: str | None = None


class EntityDiff(_Sent):
    """What to add to and remove from the task's context."""

    add: tuple[Stack | Repository, ...] | None = None
    remove: tuple[Stack | Repository, ...] | None = None


class _UserEvent(_Sent):
    # Neo writes user events in snake case, unlike the requests around them.
    model_config = ConfigDict(alias_generator=None)

    timestamp: Timestamp
    entity_diff: EntityDiff | None = None


class UserMessage(_UserEvent):
    """What a person says to the agent."""

    type: Literal["user_message"] = "user_message"
    content: Text


class UserConfirmation(_UserEvent):
    """The answer to an approval request; `instructions` says why not, or answers a question."""

    type: Literal["user_confirmation"] = "user_confirmation"
    approval_request_id: ApprovalRequestId
    ok: bool
    instructions: Text | None = None


class UserCancel(_UserEvent):
    """A graceful stop; Neo answers it with a `cancelled` event."""

    type: Literal["user_cancel"] = "user_cancel"


UserEvent = Annotated[UserMessage | UserConfirmation | UserCancel, Field(discriminator="type")]


class RespondToTaskRequest(_Sent):
    """The body of `POST /tasks/{id}`."""

    event: UserEvent


class IntegrationRef(_Sent):
    """An integration by its id, such as `datadog`."""

    id: str


class CreateTaskRequest(_Sent):
    """The body of `POST /tasks`; what is left out follows the organisation's defaults.

    `enabled_integrations`: None inherits, an empty tuple enables none.
    """

    message: UserMessage
    approval_mode: ApprovalMode | None = None
    permission_mode: PermissionMode | None = None
    plan_mode: bool | None = None
    source: Source = "slack"
    enabled_integrations: tuple[IntegrationRef, ...] | None = None
    role: str | None = None


class UpdateTaskRequest(_Sent):
    """The body of `PATCH /tasks/{id}`; None leaves a setting as it is."""

    name: TaskName | None = None
    is_shared: bool | None = None
    approval_mode: ApprovalMode | None = None
    permission_mode: PermissionMode | None = None
    role: str | None = None


class CancelTaskRequest(_Sent):
    """The body of `POST /tasks/{id}/cancel`; Neo takes no other value than true."""

    force: Literal[True] = True


def respond_body(event: UserMessage | UserConfirmation | UserCancel) -> str:
    """Return the frozen JSON of `POST /tasks/{id}`: store it, and resend it byte for byte."""
    return RespondToTaskRequest(event=event).frozen_json()


def create_body(request: CreateTaskRequest) -> str:
    """Return the frozen JSON of `POST /tasks`: store it, and resend it byte for byte."""
    return request.frozen_json()


class _Received(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class UserInfo(_Received):
    """A Pulumi user; `github_login` is the login name, whatever the identity provider."""

    name: str | None = None
    github_login: str | None = None
    avatar_url: str | None = None


class Task(_Received):
    """A task's settings and vital signs. Whether it waits or is done, only its events tell."""

    id: TaskId = Field(validation_alias=AliasChoices("id", "taskId"), min_length=1)
    name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    created_by: UserInfo | None = None
    approval_mode: str | None = None
    permission_mode: str | None = None
    plan_mode: bool | None = None
    is_shared: bool | None = None
    role: str | None = None
    role_name: str | None = None
    runtime_phase: str | None = None
    last_heartbeat: datetime | None = None
    source: str | None = None
    task_type: str | None = None
    context_used_tokens: int | None = None
    context_window_tokens: int | None = None
    tokens_used: int | None = None
    pending_input_count: int | None = None


class TaskPage(_Received):
    """One page of `GET /tasks`; `continuation_token` None or empty: the last one."""

    tasks: tuple[Task, ...] | None = None
    continuation_token: str | None = None


class EventPage(_Received):
    """One page of `GET /tasks/{id}/events`, oldest first; events as raw JSON values."""

    events: list[object] | None = None
    continuation_token: str | None = None


class CreateTaskResponse(_Received):
    """The answer of `POST /tasks`."""

    task_id: TaskId = Field(validation_alias=AliasChoices("taskId", "id"), min_length=1)


class Organization(_Received):
    """An organisation that a user belongs to."""

    github_login: str | None = None


class CurrentUser(_Received):
    """Whose token it is."""

    github_login: str
    name: str | None = None
    organizations: tuple[Organization, ...] | None = None

    def belongs_to(self, org: str) -> bool:
        """Return whether the user is a member of `org` (names differ in case only by typing)."""
        logins = (o.github_login or "" for o in self.organizations or ())
        return any(login.casefold() == org.casefold() for login in logins)


class TokenBudget(_Received):
    """How much of Neo an organisation may use; older services count tokens, newer also cents.

    `window_end`: seconds since the epoch, 0 = never.
    """

    window_kind: str | None = None
    exhausted: bool = False
    window_end: int | None = None
    base_allowance_tokens: int | None = None
    effective_allowance_tokens: int | None = None
    consumed_tokens: int | None = None
    base_allowance_cents: int | None = None
    effective_allowance_cents: int | None = None
    consumed_cents: int | None = None
