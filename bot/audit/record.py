"""One record of the audit: who did what to which task, on what they saw, and what became of it.

Every text is a name, a digest or one word. Ids come from outside, so nothing here trusts them: what
is no name, and what has the shape of a secret, is represented by its digest. That never fails, for
a decision must not be lost because of how a request is named.
"""

import hashlib
import json
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from bot.documents import Document, Model
from bot.redaction import redact

NAME_LIMIT = 96
"""Characters of a name; Neo's ids have some 40, Slack's 11."""

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:@+-]{{0,{NAME_LIMIT - 1}}}")
_HEX = re.compile(r"(?:sha256:)?[0-9a-f]{1,64}")
_WORD = re.compile(r"[a-z0-9_]{1,32}")

OTHER = "other"
"""The outcome in place of what is not one short word."""


class AuditKind(StrEnum):
    """What happened. The set is closed; a word that a later version wrote reads as `UNKNOWN`."""

    TASK_STARTED = "task_started"
    """`digest`: of the policy under which it started; `outcome`: the approval mode asked for."""
    VOTED = "voted"
    """Somebody's approval counts; by itself it decides nothing."""
    DECISION_TAKEN = "decision_taken"
    DECISION_REFUSED = "decision_refused"
    """`outcome`: why it decided nothing."""
    DECISION_DELIVERED = "decision_delivered"
    """Neo has said that it has the decision."""
    DECISION_NOT_ACCEPTED = "decision_not_accepted"
    """It did not come to be, and the card is open again; `outcome`: why."""
    DECISION_UNTOLD = "decision_untold"
    """Neo may have it and does not say: the card is open again, until Neo's events tell."""
    DECIDED_ELSEWHERE = "decided_elsewhere"
    """In the console, on the command line or by the approval mode: with nobody's token of ours."""
    ENDED_UNDECIDED = "ended_undecided"
    """The turn ended first."""
    STOP = "stop"
    """`outcome`: `asked`, `force_asked`, why it was refused, or why Neo did not take it."""
    MODE_CHANGED = "mode_changed"
    LINK_SHARED = "link_shared"
    POLICY_LOADED = "policy_loaded"
    """`digest`: of the file."""
    PAUSED = "paused"
    RESUMED = "resumed"
    UNKNOWN = "unknown"
    """Only ever read, never written."""

    @classmethod
    def _missing_(cls, value: object) -> "AuditKind":
        del value
        return cls.UNKNOWN


def named(text: str) -> str:
    """Return a name as it is; of anything else, and of what looks like a secret, its digest."""
    is_name = _NAME.fullmatch(text) and redact(text) == text
    return text if is_name or not text else _digest_of(text)


def _hex(text: str) -> str:
    return text if _HEX.fullmatch(text) or not text else _digest_of(text)


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) or not text else OTHER


def _digest_of(text: str) -> str:
    # `replace`: a lone surrogate is text too.
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


Name = Annotated[str, AfterValidator(named)]
Digest = Annotated[str, AfterValidator(_hex)]
Word = Annotated[str, AfterValidator(_word)]


class Fact(Model):
    """What happened; what does not apply is empty.

    `who`: a Slack user id, or a word for elsewhere (`approval_mode`, `end_of_turn`, `pulumi:ann`).
    `owner`: the identity whose token acted. `digest`: of what the person saw.
    """

    kind: AuditKind
    who: Name = ""
    owner: Name = ""
    task: Name = ""
    request: Name = ""
    digest: Digest = ""
    outcome: Word = ""


class AuditRecord(Fact, Document):
    """A fact with its time, by the store's clock."""

    at: AwareDatetime

    def canonical(self) -> str:
        """Return the one JSON text of this record: keys sorted, no spaces, ASCII only.

        Raises `ValueError` for a kind that is only read.
        """
        if self.kind is AuditKind.UNKNOWN:
            raise ValueError("a record of an unknown kind is not written")
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
