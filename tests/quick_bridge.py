"""Bridges that begin at once: a mother has loaded everything, and forks one for each line it reads.

Twenty starts of Python would take a kill test as long as all the rest of it. To each line the
mother answers with the process id, and at the end of that process with its exit code (minus the
signal's number for a killed one).

The bridges are also sooner sure of what became of a call that a death cut off. With the usual
patience that takes 40 s: as long as Neo may take, and then some. The sandbox takes 0.3 s at most.
"""

import os
import sys

import uvloop

from bot import logs, settings
from bot.app import run
from bot.conversation.patience import Patience

QUICK = Patience(respond=4.0, settle=2.0)


def bridge() -> int:
    """Be a bridge, in a process group of its own."""
    os.setsid()
    os.dup2(2, 1)  # what the bridge prints belongs into its log
    chosen = settings.load()
    logs.configure(chosen.log_level, secrets=chosen.secrets())
    return uvloop.run(run(chosen, patience=QUICK))


def main() -> None:
    """Fork until there are no more lines."""
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            os._exit(bridge())  # what a start sets up for the end of Python is the mother's
        print(pid, flush=True)  # noqa: T201 -- the answer
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
