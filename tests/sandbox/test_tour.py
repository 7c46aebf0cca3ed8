"""The tour is the demo for a terminal."""

import pytest

from bot.sandbox import tour


async def test_every_step_of_the_tour_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert await tour.main(pace=0.5) == 0
    assert "Every one of" in capsys.readouterr().out
