"""Bridges that begin at once: this process has loaded everything, and forks one for each order.

One mother serves a whole matrix, with several bridges alive at a time: hundreds of starts of Python
would take longer than all the rest. She tells `ready` when she has loaded everything. An order is a
line of JSON, the environment and the home of a bridge; she tells `born <pid>`, and when one ends
`died <pid> <exit code>` (minus the signal's number for a killed one). `CRASH_MUTANT` in an order
names a deliberate mistake (`crash.mutants`) that this bridge is to have.

The bridges are sooner sure of what became of a call that a death cut off, and keep to no rate
limits: the sandbox answers in milliseconds and has none. Nor do they wait for minutes until they
remind somebody: what a policy calls a minute is a second to them.
"""

import gc
import json
import os
import selectors
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop

from bot import logs, settings
from bot.app import run
from bot.conversation.patience import Patience
from bot.errors import ConfigurationProblem
from bot.policy.rules import Policy
from bot.slack.door import Limits
from bot.slack.pacing import Pace
from crash.mutants import MUTANTS

QUICK = Patience(
    create=2.0,
    respond=2.0,
    settle=1.0,
    give_up=3.0,
    look_every=0.2,
    retry=0.3,
    busy=0.3,
    list_every=1.0,
    mind=0.5,
)
UNHURRIED = Limits(
    per_minute={}, otherwise=60_000, channel=Pace(per_second=1000, burst=100), card=0.2, per_card=0
)

REFUSED = 2
"""The exit code of a bridge that finds something wrong at its start."""


def bridge(home: str, environment: dict[str, str]) -> int:
    """Be a bridge."""
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    log = os.open("bridge.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if mutant := os.environ.pop("CRASH_MUTANT", ""):
        MUTANTS[mutant].mutate()
    chosen = settings.load()
    logs.configure(chosen.log_level, secrets=chosen.secrets())
    chosen = chosen.model_copy(update={"policy": hurried(chosen.policy)})
    try:
        return uvloop.run(run(chosen, patience=QUICK, limits=UNHURRIED))
    except ConfigurationProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return REFUSED


def hurried(policy: Policy) -> Policy:
    """Return a policy that reminds people of what waits after seconds."""
    rules = tuple(
        replace(rule, remind_after=rule.remind_after and rule.remind_after // 60)
        for rule in policy.rules
    )
    return replace(policy, rules=rules)


class Mother:
    """Forks, and tells of deaths."""

    def __init__(self) -> None:
        self._deaths, self._death = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._orders = selectors.DefaultSelector()
        self._orders.register(0, selectors.EVENT_READ)
        self._orders.register(self._deaths, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until the orders end."""
        signal.signal(signal.SIGCHLD, _nothing)  # what is not handled wakes nobody
        signal.set_wakeup_fd(self._death)
        _tell("ready")
        while True:
            ready = {key.fd for key, _ in self._orders.select()}
            if self._deaths in ready:
                os.read(self._deaths, 4096)
                self._bury()
            if 0 in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self._bear(**json.loads(line))

    def _bear(self, home: str, environment: dict[str, str]) -> None:
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            os._exit(_ended(home, environment))  # the end of Python is the mother's to see to
        os.setpgid(pid, pid)  # whoever comes first: its group exists before anybody hears of it
        _tell(f"born {pid}")

    def _bury(self) -> None:
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                _tell(f"died {pid} {os.waitstatus_to_exitcode(status)}")
        except ChildProcessError:
            return  # nobody is left


def _ended(home: str, environment: dict[str, str]) -> int:
    try:
        return bridge(home, environment)
    except Exception:  # noqa: BLE001 -- whatever it is, it belongs into the bridge's log
        traceback.print_exc()
        return 1


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal whose number is read from a pipe."""


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    gc.freeze()  # what is loaded stays shared between all bridges
    Mother().run()
