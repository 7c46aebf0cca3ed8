"""Small pieces of language: tools, durations, pull requests. Pure; results are untrusted text."""

import re
from collections.abc import Mapping

from bot.neo.events import Entity
from bot.slack.chars import one_line

ARGUMENTS_IN_WORDS = ("stack", "command", "path", "file_path", "query", "url", "repository")
"""Arguments that tell a person what a tool works on, most telling first."""

NAME_LIMIT = 80
"""Characters of a tool's name that are shown."""

ARGUMENT_LIMIT = 80
"""Characters of an argument that are shown."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def tool_in_words(name: str, args: Mapping[str, object]) -> str:
    """Return `server__some_method` as `server: some method`, with what it works on."""
    server, _, method = name.partition("__")
    words = f"{server}: {method}" if method else server
    spaced = _HUMP.sub(" ", words.replace("_", " "))
    shown = one_line(spaced.lower(), NAME_LIMIT) or "a tool"
    subject = next((v for a in ARGUMENTS_IN_WORDS if isinstance(v := args.get(a), str) and v), "")
    line = one_line(subject, ARGUMENT_LIMIT)
    return f"{shown} ({line})" if line else shown


def duration_in_words(seconds: float) -> str:
    """Return `8 s`, `2 min 5 s` or `1 h 12 min`; a clock that went backwards reads as 0 s."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {secs} s"
    return f"{secs} s"


def pull_request_in_words(entity: Entity) -> tuple[str, str | None]:
    """Return `org/repo#7` and its address, None where the forge is not one we know."""
    repository = entity.fields.get("repository") or entity.fields.get("repo")
    repo: Mapping[str, object] = repository if isinstance(repository, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] -- JSON of Neo's, keys are strings
    number = entity.fields.get("number", "?")
    named = repository if isinstance(repository, str) else ""
    slug = "/".join(str(repo[part]) for part in ("org", "name") if repo.get(part)) or named
    slug = one_line(slug, NAME_LIMIT) or "repository"
    return f"{slug}#{number}", _pull_request_url(repo, slug, number)


_PULL_REQUEST_PATHS = {
    "github": ("github.com", "pull"),
    "gitlab": ("gitlab.com", "-/merge_requests"),
    "bitbucket": ("bitbucket.org", "pull-requests"),
}


def _pull_request_url(repo: Mapping[str, object], slug: str, number: object) -> str | None:
    known = _PULL_REQUEST_PATHS.get(str(repo.get("forge", "")))
    if known is None or "/" not in slug:
        return None
    host, path = known
    return f"https://{repo.get('host') or host}/{slug}/{path}/{number}"
