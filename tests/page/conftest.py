"""One demo and one Chromium for each module; a page of its own for each test."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.bridge import BridgeProcess
from bot.sandbox.demo import Demo, Options, serving
from bot.sandbox.page.server import Page
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.page.world import furnish, tell_the_past
from driver import Driver
from support import wait_until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the system's Chromium is; where it is missing, CI fails and others skip."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: `apt-get install -y chromium`")
    if found is None:
        pytest.skip("no Chromium on this machine: the page is not looked at")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[Demo]:
    """The whole demo, as the command runs it, with quick agents."""
    async with serving(Options(port=0, browser=False, pace=0.1)) as running:
        await wait_until(lambda: running.slack.connections, "the bridge connects", timeout=30)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The page without a bridge: what is posted comes from the test."""
    slack, neo = SlackSandbox(), NeoSandbox()
    furnish(slack)
    await tell_the_past(slack)
    async with slack, neo:
        supervisor = Supervisor(BridgeProcess(slack, neo, tmp_path_factory.mktemp("still")))
        async with Page(slack, neo, supervisor) as page:
            yield Demo(slack, neo, supervisor, page)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        launched = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(demo: Demo, browser: Browser) -> AsyncIterator[Driver]:
    """A wide window on the demo."""
    async with Driver.open(browser, demo.page.url) as driver:
        yield driver


@pytest_asyncio.fixture(loop_scope="module")
async def screen(window: Driver) -> AsyncIterator[Driver]:
    """The window as at the start; what goes wrong in it fails the test."""
    await window.home()
    yield window
    assert window.troubles == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def picture(still: Demo, browser: Browser) -> AsyncIterator[Driver]:
    """A wide window on the page without a bridge."""
    async with Driver.open(browser, still.page.url) as driver:
        yield driver
