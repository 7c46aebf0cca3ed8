"""What is still wanted of a group that ends is left to the next owner, without a trace."""

import asyncio

import pytest

from bot.ownership.surely import start


async def test_work_runs_in_a_group_and_is_dropped_where_that_ends() -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        done.append(name)

    async def ending() -> None:
        async with asyncio.TaskGroup() as group:
            assert start(group, work("first"))
            group.create_task(asyncio.wait_for(asyncio.sleep(10), 0))
            try:
                await asyncio.sleep(10)
            finally:
                assert not start(group, work("late"))

    with pytest.raises(ExceptionGroup):
        await ending()
    assert done == ["first"]
