"""Stacks and repositories that a text speaks of, for a task's context. Pure; never raises.

Texts are readable ones, so a link may have lost its scheme. Only what has a link's shape, or stands
behind `--stack`, is taken: a word is never guessed to be a name.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from bot.neo.wire import Repository, Stack

Entity = Stack | Repository

MOST = 20
"""Entities taken from one text."""

NOT_PROJECTS = frozenset(
    {
        "access-tokens", "account", "accounts", "agents", "approvals", "audit-logs", "billing",
        "change-requests", "components", "dashboard", "deployments", "discovery", "environments",
        "esc", "getting-started", "idp", "insights", "integrations", "members", "neo", "new",
        "packages", "policies", "policy", "policy-findings", "policy-groups", "policy-packs",
        "private-registry", "projects", "registry", "resources", "roles", "search", "services",
        "settings", "stacks", "tasks", "teams", "templates", "usage", "webhooks", "welcome",
    }
)  # fmt: skip
"""Words behind the organisation in a console link that name a page, not a project."""

NOT_OWNERS = frozenset(
    {
        "-", "about", "account", "admin", "api", "apps", "collections", "contact", "copilot",
        "customer-stories", "dashboard", "discussions", "enterprise", "events", "explore",
        "features", "groups", "help", "issues", "join", "login", "marketplace", "new",
        "notifications", "organizations", "orgs", "pricing", "product", "profile", "projects",
        "pulls", "repo", "search", "security", "settings", "signup", "site", "snippets",
        "sponsors", "stars", "support", "team", "topics", "trending", "users", "workspaces",
    }
)  # fmt: skip
"""Words in front of a forge's links that name a page, not an owner."""

PUBLIC = {"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket"}

_HOST = r"[a-z0-9][a-z0-9.-]*"
_LINK = re.compile(
    r"(?<![a-z0-9@./-])"  # not from the middle of another address
    rf"(?:git@(?P<clone>{_HOST}):|(?:https?://|ssh://git@)?(?P<host>{_HOST}(?::\d+)?)/)"
    r"(?P<path>[^\s<>|\"'`()\[\]{},;:?#*\u2018\u2019\u201c\u201d]+)",
    re.IGNORECASE,
)
_STACK = re.compile(r"(?<![\w-])(?:--|[\u2013\u2014])stack[ \t=]+[`'\"\u201c]?([\w./-]+)", re.ASCII)
_NAME = re.compile(r"[\w.-]{0,99}\w[\w.-]{0,99}", re.ASCII)
_GITLAB_PAGES = frozenset(
    {"-", "blob", "commit", "commits", "issues", "merge_requests", "pipelines", "raw", "tree"}
)


def find(
    text: str, *, console_host: str | None, org: str, stacks: Iterable[str] = ()
) -> tuple[Entity, ...]:
    """Return what a text speaks of, each once, in order, at most `MOST`.

    `console_host`: the console's host, with its port if it has one, such as `app.pulumi.com`; None
    where it is not known: then its links say nothing. `org`: ours; stacks of others are left out.
    `stacks`: named by options (`stack_named`); they come first.
    """
    named = [stack_named(stack, org=org) for stack in stacks]
    hits = [(m.start(), stack_named(m[1].rstrip("."), org=org)) for m in _STACK.finditer(text)]
    hits += [(m.start(), _linked(m, console_host, org)) for m in _LINK.finditer(text)]
    said = [entity for _, entity in sorted(hits, key=lambda hit: hit[0])]
    once: dict[str, Entity] = {}
    for entity in (*named, *said):
        if entity:
            once.setdefault(_identity(entity), entity)
    return tuple(once.values())[:MOST]


def stack_named(name: str, *, org: str) -> Stack | None:
    """Return the stack named `project/stack` or `org/project/stack`; None for any other text."""
    parts = name.split("/")
    if len(parts) == 3 and parts.pop(0).casefold() != org.casefold():
        return None
    if len(parts) != 2 or not all(map(_NAME.fullmatch, parts)):
        return None
    return Stack(project=parts[0], name=parts[1])


def _identity(entity: Entity) -> str:
    """Return what is equal for two names of the same thing: forges do not tell cases apart."""
    described = entity.frozen_json()
    return described if isinstance(entity, Stack) else described.casefold()


def _linked(link: re.Match[str], console_host: str | None, org: str) -> Entity | None:
    """Return what a link leads to; None for any other page."""
    path = link["path"].rstrip(".!\u2026~")
    if link.string.startswith("_", max(0, link.start() - 1)):
        path = path.removesuffix("_")  # both in italics
    segments = [segment for segment in path.split("/") if segment]
    host = (link["host"] or link["clone"]).lower()
    if console_host and host == console_host.lower():
        return _console(segments, org)
    return _repository(host.partition(":")[0].removeprefix("www."), segments)


def _console(segments: Sequence[str], org: str) -> Stack | None:
    match segments:
        case [_, project, _, *_] if project.lower() not in NOT_PROJECTS:
            return stack_named("/".join(segments[:3]), org=org)
        case _:
            return None


def _repository(host: str, segments: Sequence[str]) -> Repository | None:
    forge = _forge(host, segments)
    match forge:
        case "github":
            found = _direct(segments)
        case "gitlab":
            found = _in_groups(segments)
        case "bitbucket":
            found = _direct(segments) if host in PUBLIC else _in_project(segments)
        case _:
            return None
    owner, name = found
    name = name.removesuffix(".git")
    if not _is_owner(owner) or not _NAME.fullmatch(name):
        return None
    return Repository(name=name, org=owner, forge=forge, host=None if host in PUBLIC else host)


def _direct(segments: Sequence[str]) -> tuple[str, str]:
    """Read `owner/name/...`; empty names where it is something else, as in the next two."""
    match segments:
        case [owner, name, *_] if name != "workspace":  # Bitbucket's page about the owner
            return owner, name
        case _:
            return "", ""


def _in_groups(segments: Sequence[str]) -> tuple[str, str]:
    """Read GitLab's `group/subgroup/name`, up to the page inside it that the link opens."""
    inside = takewhile(lambda segment: segment not in _GITLAB_PAGES, segments)
    *groups, name = [*inside] or [""]
    return "/".join(groups), name


def _in_project(segments: Sequence[str]) -> tuple[str, str]:
    """Read the links of a self-hosted Bitbucket, whose people are written `~name`."""
    match segments:
        case ["projects", owner, "repos", name, *_] | ["scm", owner, name, *_]:
            return owner, name
        case ["users", person, "repos", name, *_]:
            return f"~{person}", name
        case _:
            return "", ""


def _is_owner(owner: str) -> bool:
    first, *groups = owner.split("/")
    names = (first.removeprefix("~"), *groups)
    return first.lower() not in NOT_OWNERS and all(map(_NAME.fullmatch, names))


def _forge(host: str, segments: Sequence[str]) -> str:
    """Return which forge a host is, by its name or by the shape of its links; nothing if none."""
    if host in PUBLIC:
        return PUBLIC[host]
    first, *domain = host.split(".")
    named = (forge for forge in PUBLIC.values() if forge in first.split("-"))
    if host.endswith(".ghe.com"):  # GitHub Enterprise with data residency
        return "github"
    if len(domain) > 1 and (forge := next(named, "")):  # github.acme.example, but not github.io
        return forge
    return _forge_of(segments) if domain else ""


def _forge_of(segments: Sequence[str]) -> str:
    """Return the forge whose links alone look like this."""
    match segments:
        case [_, _, "pull", number, *_] if number.isdigit():
            return "github"
        case ["projects" | "users", _, "repos", _, *_]:
            return "bitbucket"
        case [_, _, *rest] if "/-/merge_requests/" in f"/{'/'.join(rest)}/":
            return "gitlab"
        case _:
            return ""
