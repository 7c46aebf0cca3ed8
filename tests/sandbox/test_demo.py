"""The demo is the first thing that anybody runs."""

import pytest

from bot.sandbox import demo


async def test_every_step_of_the_demo_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo.main(pace=0.5) == 0
    assert "Every one of" in capsys.readouterr().out
