"""Lua scripts: read once from the package, named by their digest."""

import hashlib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and its SHA-1, by which the server knows it (`EVALSHA`)."""

    source: bytes
    sha: bytes


def script(*names: str) -> Script:
    """Load `scripts/<name>.lua`; several are joined in order, the last being the script proper."""
    folder = resources.files("bot.store") / "scripts"
    source = b"\n".join((folder / f"{name}.lua").read_bytes() for name in names)
    # Redis names scripts by SHA-1; nothing here rests on it being hard to forge.
    sha = hashlib.sha1(source, usedforsecurity=False).hexdigest()
    return Script(source=source, sha=sha.encode())
