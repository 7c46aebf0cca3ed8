"""What Neo accepts in a request body, strictly: an unknown or ill-typed field is refused.

The real service may be more lenient; here a misspelt field shall be found, not ignored.
Shapes: Pulumi's API description and the request models of `pulumi-cloud-sdk`.
"""

from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from bot.sandbox.neo.refusal import Refusal

ApprovalMode = Literal["manual", "balanced", "auto"]
PermissionMode = Literal["default", "read-only"]
ToolExecutionMode = Literal["cloud", "cli", "worker"]
Source = Literal["api", "console", "cli", "slack", "schedule", "github", "code-review"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, body: object) -> object:
        """Pulumi's own client sends null for what it leaves out."""
        if not isinstance(body, dict):
            return body
        fields = cast("dict[str, object]", body)
        return {name: value for name, value in fields.items() if value is not None}


class _StrictCamel(_Strict):
    model_config = ConfigDict(alias_generator=to_camel)


class StackEntity(_Strict):
    """A Pulumi stack."""

    type: Literal["stack"]
    name: str
    project: str


class RepositoryEntity(_Strict):
    """A repository."""

    type: Literal["repository"]
    name: str
    org: str
    forge: Literal["github", "gitlab", "bitbucket"]
    host: str | None = None


class PolicyIssueEntity(_Strict):
    """A policy issue."""

    type: Literal["policy_issue"]
    id: str
    name: str | None = None


Entity = Annotated[StackEntity | RepositoryEntity | PolicyIssueEntity, Field(discriminator="type")]
"""What a client may add; `pull_request` is Neo's own to add."""


class EntityDiff(_Strict):
    """A change of the task's context."""

    add: list[Entity] = []
    remove: list[Entity] = []


class PageContext(_Strict):
    """The console page that the person looks at."""

    kind: str | None = None
    path: str | None = None
    params: dict[str, str] | None = None


class _UserEvent(_Strict):
    timestamp: AwareDatetime
    entity_diff: EntityDiff | None = None
    page_context: PageContext | None = Field(default=None, alias="pageContext")


class UserMessage(_UserEvent):
    """A person's message; `commands` are expansions of slash commands, by name."""

    type: Literal["user_message"]
    content: str
    commands: dict[str, dict[str, Any]] | None = None


class UserConfirmation(_UserEvent):
    """The answer to an approval request."""

    type: Literal["user_confirmation"]
    approval_request_id: str
    ok: bool
    instructions: str | None = None


class UserCancel(_UserEvent):
    """A graceful cancel."""

    type: Literal["user_cancel"]


class ToolResultItem(_Strict):
    """One result of a tool that ran at the client."""

    tool_call_id: str
    name: str
    content: Any
    is_error: bool = False


class ToolResult(_UserEvent):
    """Results of tools that ran at the client."""

    type: Literal["tool_result"]
    tool_results: list[ToolResultItem]


class ExecToolCall(_UserEvent):
    """A tool starts at the client."""

    type: Literal["exec_tool_call"]
    tool_call_id: str
    name: str


UserEvent = Annotated[
    UserMessage | UserConfirmation | UserCancel | ToolResult | ExecToolCall,
    Field(discriminator="type"),
]


class Respond(_Strict):
    """The body of `POST /tasks/{id}`."""

    event: UserEvent


class IntegrationRef(_Strict):
    """An integration of the organisation."""

    id: str


class CliIntegrationRef(_StrictCamel):
    """A command-line integration."""

    catalog_id: str
    name: str


class CreateTask(_StrictCamel):
    """The body of `POST /tasks`."""

    message: UserMessage
    approval_mode: ApprovalMode = "manual"
    permission_mode: PermissionMode = "default"
    plan_mode: bool = False
    tool_execution_mode: ToolExecutionMode = "cloud"
    source: Source = "api"
    enabled_integrations: list[IntegrationRef] | None = None
    cli_integrations: list[CliIntegrationRef] | None = None
    role: str | None = None
    agent_definition_id: str | None = None


class UpdateTask(_StrictCamel):
    """The body of `PATCH /tasks/{id}`; None is unchanged."""

    name: str | None = None
    is_shared: bool | None = None
    approval_mode: ApprovalMode | None = None
    permission_mode: PermissionMode | None = None
    role: str | None = None


class CancelTask(_Strict):
    """The body of `POST /tasks/{id}/cancel`."""

    force: bool


BodyT = TypeVar("BodyT")


def read(kind: type[BodyT], body: object) -> BodyT:
    """Return a parsed body.

    Raises `Refusal` (400) that names the first wrong field.
    """
    try:
        return TypeAdapter(kind).validate_python(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refusal(400, f"invalid request: {where}: {first['msg']}") from None
