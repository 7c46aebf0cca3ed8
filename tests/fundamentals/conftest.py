"""A bridge that runs, once for each way by which Slack reaches it."""

from collections.abc import AsyncIterator

import pytest

from conversation.scenes import acked
from stage import Stage


@pytest.fixture(params=["socket", "http"])
def http(request: pytest.FixtureRequest) -> bool:
    """Whether Slack posts to the bridge; else the bridge connects to Slack."""
    return request.param == "http"


@pytest.fixture
async def team(stage: Stage, http: bool) -> AsyncIterator[Stage]:  # noqa: FBT001 -- a fixture is named
    """The usual people and a bridge that runs; at the end nothing was left unanswered."""
    async with stage.bridging(http=http):
        assert bool(stage.slack.connections) != http
        yield stage
        await acked(stage)
