"""Kill the bridge everywhere: `uv run python tests/crash/matrix.py --boundaries --random 200`.

`--boundaries` plays one conversation (a start by mention, one by `/neo`, replies that wait, a
question, an approval by two people under a policy, a reminder, an approval that Neo refuses, a
denial by form, a review, a Home tab, a change of mode, a long answer and a diff with files, a stop
by button and one by reaction) once for every request and answer between the bridge and Slack, Neo
and its store: with a kill -9 exactly before, and with one exactly after it; `--only PATTERN` for
those alone whose names have the pattern in them. `--random N` makes N runs in which a seed decides
over deaths, lost and late answers, events twice, late and out of order, 429s, cut and forgetful
streams, and stops longer than the lease, with up to three bridges on one store. `--takeovers N`
measures how soon another bridge works, at the lease of production. Everything is real but Slack and
Neo; nothing leaves the loopback.

A run that has its result in `--state` is not made again, so the command can be stopped and given
again. One case with all that can be told about it: `--boundary 'slack chat.postMessage #3'
--side after`, or `--seed 17`. Exits with 1 where anything was lost, came twice, out of order, or
was left undone, outside the windows that the README names.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop

from crash.campaign import Campaign, deaths
from crash.gate import Boundary, Fate, Freeze, Kill, Lose, Side
from crash.mutants import MUTANTS
from crash.nursery import Nursery
from crash.plans import FROZEN_SECONDS, Once
from crash.report import report
from crash.runs import Case, Result, run
from crash.world import Setting

PRODUCTION_LEASE = 10.0
STALL_SECONDS = 30.0

FATES: dict[str, Fate] = {"kill": Kill(), "lose": Lose(), "freeze": Freeze(FROZEN_SECONDS)}


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--boundaries", action="store_true", help="a death at every boundary")
    parser.add_argument("--only", default="", metavar="PATTERN", help="boundaries with such a name")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="runs by seed")
    parser.add_argument("--first-seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--takeovers", type=int, default=0, metavar="N", help="with a lease of 10 s"
    )
    parser.add_argument("--stalls", type=int, default=0, metavar="N", help="of 30 s, with the same")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time")
    parser.add_argument("--state", type=Path, help="where results are kept (default: nowhere)")
    parser.add_argument("--seed", type=int, help="this run alone, with all that happened")
    parser.add_argument("--boundary", help="the same for a death at this boundary")
    parser.add_argument("--side", type=Side, choices=list(Side), default=Side.BEFORE)
    parser.add_argument("--fate", choices=list(FATES), default="kill", help="what happens there")
    parser.add_argument("--bridges", type=int, default=1, metavar="N", help="on one store")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), default="", help="break the bridge")
    parser.add_argument("--store-server", default="", help="a Redis or Valkey to run as the store")
    return parser.parse_args(given)


async def main(given: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    chosen = _arguments(given)
    with tempfile.TemporaryDirectory(prefix="neo-slack-crash-") as nowhere:
        state = (chosen.state or Path(nowhere)).absolute()
        state.mkdir(parents=True, exist_ok=True)
        async with Nursery(state / "mother.log") as nursery:
            if case := _one(chosen):
                return await _tell(case, nursery, state)
            return await _matrix(chosen, nursery, state)


def _setting(chosen: argparse.Namespace) -> Setting:
    return Setting(bridges=chosen.bridges, mutant=chosen.mutant, store_server=chosen.store_server)


def _one(chosen: argparse.Namespace) -> Case | None:
    setting = _setting(chosen)
    if chosen.seed is not None:
        return Case.seeded(chosen.seed, setting)
    if chosen.boundary:
        boundary = Boundary.parse(chosen.boundary)
        return Case.at(boundary, chosen.side, FATES[chosen.fate], setting)
    return None


async def _tell(case: Case, nursery: Nursery, state: Path) -> int:
    """Make one run and tell all about it."""
    home = state / "one"
    result, _ = await run(case, nursery, home)
    for log in sorted(home.glob("*/bridge.log")):
        sys.stdout.write(f"── {log.parent.name}\n{log.read_text(errors='replace')}")
    sys.stdout.write(f"── {case.name}\n{(home / 'run.log').read_text()}\n")
    sys.stdout.write("\n".join(map(str, result.violations or ["nothing is wrong"])) + "\n")
    return int(bool(result.broken))


async def _matrix(chosen: argparse.Namespace, nursery: Nursery, state: Path) -> int:
    began = time.monotonic()
    campaign, setting = Campaign(state, jobs=chosen.jobs), _setting(chosen)
    groups: dict[str, Sequence[Result]] = {}
    if chosen.boundaries:
        boundaries = await campaign.boundaries(nursery, replace(setting, mutant=""))
        boundaries = [b for b in boundaries if re.search(chosen.only, str(b))]
        cases = deaths(boundaries, setting)
        name = f"{len(boundaries)} boundaries, before and after"
        groups[name] = await campaign.run(cases, nursery, _progress)
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.random)
    if seeds:
        cases = [Case.seeded(seed, setting) for seed in seeds]
        groups["seeds"] = await campaign.run(cases, nursery, _progress)
    if chosen.takeovers:
        cases = _of_owner("takeover", chosen.takeovers, Kill(), setting)
        groups["takeovers, lease 10 s"] = await campaign.run(cases, nursery, _progress)
    if chosen.stalls:
        cases = _of_owner("stall", chosen.stalls, Freeze(STALL_SECONDS), setting)
        groups["stalls of 30 s, lease 10 s"] = await campaign.run(cases, nursery, _progress)
    named = f"{seeds.start} to {seeds.stop - 1}" if seeds else ""
    sys.stdout.write(report(groups, seeds=named, wall=time.monotonic() - began) + "\n")
    return int(any(result.broken for results in groups.values() for result in results))


def _of_owner(name: str, count: int, fate: Fate, setting: Setting) -> list[Case]:
    """Return so many fates of an owner with another bridge beside it: commits are the owner's."""
    setting = replace(setting, bridges=2, lease_seconds=PRODUCTION_LEASE)
    commits = (Boundary("store commit view+events", n) for n in range(1, 1 + count))
    return [Case(f"{name} {c.number}", setting, Once(c, Side.AFTER, fate)) for c in commits]


def _progress(result: Result) -> None:
    mark = "✗" if result.broken else "✓" if result.reached else "·"
    sys.stderr.write(f"{mark} {result.seconds:5.1f} s  {result.name}\n")
    for violation in result.violations:
        sys.stderr.write(f"      {violation}\n")


if __name__ == "__main__":
    sys.exit(uvloop.run(main(sys.argv[1:])))
