"""Whatever comes from outside: no crash, no 500, and nothing that takes longer than 100 ms.

100,000 inputs for the HTTP endpoint and for everything else that reads outside data, with a line of
figures for each at the end: `uv run pytest -m long tests/fuzz`. Here are some hundreds of the same.
A failure shows the seed and the input. The rows are in `parsers.py` and `edges.py`.
"""

import asyncio
from collections.abc import Callable

import pytest

from fuzz.edges import EDGES
from fuzz.inputs import Inputs
from fuzz.measure import FIGURE, Run, logged
from fuzz.parsers import PARSERS
from stage import Stage

SEED = 20261122
SOME = 150
MANY = 100_000

HANGS = 60.0
"""Seconds after which an input is taken to hang, however busy the machine is."""

Tell = Callable[[str, object], None]


def feed(name: str, count: int) -> Run:
    row, inputs, run = PARSERS[name], Inputs(SEED), Run(name, SEED)
    for _ in range(count):
        run.read(row.read, row.make(inputs))
    return run


async def deliver(name: str, count: int, stage: Stage) -> Run:
    edge, inputs, run = EDGES[name], Inputs(SEED), Run(name, SEED)
    with logged() as log:
        async with edge.open(stage) as send:

            async def arrive(given: object) -> None:
                async with asyncio.timeout(HANGS):
                    await send(given)
                log.check()

            for _ in range(count):
                await run.wait_for(arrive, edge.make(inputs))
        log.check()
    return run


@pytest.mark.parametrize("name", PARSERS)
def test_no_input_of_a_sample_breaks_a_parser_or_holds_it_up(name: str) -> None:
    feed(name, SOME)


@pytest.mark.parametrize("name", EDGES)
async def test_nothing_of_a_sample_that_comes_in_breaks_anything_or_holds_it_up(
    name: str, stage: Stage
) -> None:
    await deliver(name, SOME, stage)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PARSERS)
def test_no_input_breaks_a_parser_or_holds_it_up(name: str, record_property: Tell) -> None:
    record_property(FIGURE, feed(name, MANY).figure())


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", EDGES)
async def test_nothing_that_comes_in_breaks_anything_or_holds_it_up(
    name: str, stage: Stage, record_property: Tell
) -> None:
    record_property(FIGURE, (await deliver(name, MANY, stage)).figure())
