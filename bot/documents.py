"""What is kept as JSON, and how versions of this program live side by side on one store. Pure.

During a rolling upgrade an older process may meet what a newer one wrote. It leaves that alone: its
inbox entries wait for a process that can read it.
"""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bot.errors import NewerRecord


class Model(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True)


class Versioned(Model):
    """The version of a document, whatever else it holds."""

    v: int = 1


class Document(Model):
    """A value with a place of its own in the store, by its version `v`.

    The version rises with each change that an older program could not write back unharmed, up to
    `NEWEST`; where only some fields are such, it may rise while they hold something.
    """

    NEWEST: ClassVar[int] = 1

    v: int = 1

    @classmethod
    def read(cls, json: str) -> Self:
        """Return what is stored. Raises `NewerRecord` where a later version has written it."""
        refuse_newer(json, cls.NEWEST, cls.__name__)
        return cls.model_validate_json(json)


def refuse_newer(json: str, version: int, what: str) -> None:
    """Raise `NewerRecord` where a document's version is later than `version`."""
    written = Versioned.model_validate_json(json).v
    if written > version:
        raise NewerRecord(f"{what} of version {written}; this program reads {version}")
