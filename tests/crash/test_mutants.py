"""What the matrix sees: each mechanism is taken away in turn, and a run tells what then happens."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crash.gate import Boundary, Fate, Freeze, Kill, Side
from crash.mutants import MUTANTS
from crash.nursery import Nursery
from crash.plans import FROZEN_SECONDS
from crash.runs import USUAL, Case, run
from crash.violations import Kind

DEATH, SLEEP = Kill(), Freeze(FROZEN_SECONDS)

POST, CARD = "slack chat.postMessage #4", "slack chat.postMessage #3"
SEND, CREATE = "neo respond user_message #1", "neo create_task #1"
DECIDE, VOTE = "neo respond user_confirmation #1", "store approval_vote #2"


@dataclass(frozen=True)
class Finding:
    """What happens to a mutant at which boundary, and what of it the matrix has to find."""

    mutant: str
    side: Side
    at: str
    kind: Kind
    what: str
    fate: Fate = DEATH

    def case(self) -> Case:
        bridges = 2 if self.fate == SLEEP else 1  # somebody has to take over from who sleeps
        setting = replace(USUAL, mutant=self.mutant, bridges=bridges, gives_up=10.0)
        return Case.at(Boundary.parse(self.at), self.side, self.fate, setting)


BEFORE, AFTER = Side.BEFORE, Side.AFTER
COMMIT = "store commit view+events #3"

FINDINGS = [
    Finding("no-dedupe", BEFORE, POST, Kind.TWICE, "the task of 'second-task-1'"),
    Finding("no-fence", BEFORE, COMMIT, Kind.STALE, "writes of a bridge", SLEEP),
    Finding("cursor-first", BEFORE, POST, Kind.LOST, "word-1.1 of first-task"),
    Finding("no-slack-read-back", AFTER, POST, Kind.TWICE, "word-1.1 of first-task"),
    Finding("no-slack-read-back", AFTER, CARD, Kind.TWICE, "the message"),
    Finding("no-neo-read-back", AFTER, CREATE, Kind.TWICE, "the task of 'first-task'"),
    Finding("no-neo-read-back", AFTER, SEND, Kind.TWICE, "user_message was sent again"),
    Finding("no-neo-read-back", AFTER, DECIDE, Kind.TWICE, "user_confirmation was sent again"),
    Finding("votes-count-again", AFTER, VOTE, Kind.RIGHTS, "by ['U0ANN'] of 2"),
    Finding("batch-thaws", AFTER, SEND, Kind.TWICE, "'reply-1' at Neo"),
]


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda f: f"{f.mutant} {f.side} {f.at}")
async def test_without_a_mechanism_the_matrix_finds_what_it_is_there_for(
    tmp_path: Path, finding: Finding
) -> None:
    async with Nursery(tmp_path / "mother.log") as nursery:
        result, _ = await run(finding.case(), nursery, tmp_path / "run")

    found = [v for v in result.violations if v.kind is finding.kind and finding.what in v.what]
    assert result.reached
    assert found, result.violations


def test_every_mutant_has_to_be_found() -> None:
    assert {finding.mutant for finding in FINDINGS} == set(MUTANTS)
