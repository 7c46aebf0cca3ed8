"""Whose rights a call to Neo has."""

from typing import Protocol


class Identity(Protocol):
    """Whom a call acts as."""

    @property
    def person(self) -> str:
        """The name for logs and the audit, never a secret."""
        ...

    async def token(self) -> str:
        """Return a Pulumi access token that is valid now."""
        ...


class SharedIdentity:
    """One configured token for everybody."""

    def __init__(self, token: str, person: str) -> None:
        self._token = token.strip()
        self._person = person

    @property
    def person(self) -> str:
        """The name for logs and the audit."""
        return self._person

    async def token(self) -> str:
        """Return the configured token."""
        return self._token
