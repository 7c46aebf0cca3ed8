"""What a person does with the sandbox's page in a browser, and sees."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, expect

WIDE = (1440, 900)
NARROW = (390, 844)
PATIENCE_MS = 20_000

expect.set_options(timeout=PATIENCE_MS)


class Driver:
    """One window. `troubles` are the errors of its console, and the requests to elsewhere."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._url = url
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", self._note_error)
        page.on("request", lambda request: self._note_request(request.url))

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        browser: Browser,
        url: str,
        size: tuple[int, int] = WIDE,
        scheme: Literal["light", "dark"] = "light",
    ) -> AsyncGenerator["Driver"]:
        """Open the page, and see at the end that nothing went wrong in it."""
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        driver = cls(await context.new_page(), url)
        await driver.go()
        yield driver
        await context.close()
        assert driver.troubles == []

    async def go(self) -> None:
        """Open the page, and wait until it is there."""
        await self.page.goto(self._url)
        await expect(self.page.locator("#channel .message").first).to_be_attached()

    async def home(self) -> None:
        """Be as at the start, in the same window: Ann, in the first channel, no thread open."""
        await self.act_as("Ann Berg")
        await self.page.locator(".place", has_text="infra").click()
        await self.page.locator("#channel .composer textarea").fill("")
        self.troubles.clear()

    async def ask(self, prompt: str) -> None:
        """Mention Neo in the open channel, and see its thread open."""
        await self.type_in("channel", f"@Neo {prompt}")
        await expect(self.page.locator("#thread")).to_be_visible()
        await self.sees(prompt)

    async def type_in(self, pane: str, text: str) -> None:
        """Write something in a pane's field and send it, by the keys alone."""
        field = self.page.locator(f"#{pane} .composer textarea")
        await field.fill("")
        await field.focus()
        await self.page.keyboard.insert_text(text)
        await self.page.keyboard.press("Enter")

    async def act_as(self, name: str) -> None:
        """Be the other person from now on."""
        await self.page.get_by_role("radio", name=name).click()

    async def inspect(self) -> None:
        """Open the inspector, if it is not."""
        if not await self.page.locator("#inspector").is_visible():
            await self.page.get_by_role("button", name="Inspector").click()

    async def sees(self, words: str, pane: str = "thread") -> Locator:
        """Wait until a message in a pane says these words; return the last such message."""
        found = self.page.locator(f"#{pane} .message", has_text=words)
        await expect(found.last).to_be_attached()
        return found.last

    async def count(self, words: str, pane: str = "thread") -> int:
        """Return how many messages of a pane say these words."""
        return await self.page.locator(f"#{pane} .message", has_text=words).count()

    def button(self, label: str, pane: str = "thread") -> Locator:
        """Return the last button of a pane's messages with this label."""
        named = self.page.locator(f"#{pane} .message").get_by_role("button", name=label, exact=True)
        return named.last

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text}")

    def _note_error(self, error: Error) -> None:
        self.troubles.append(f"page: {error}")

    def _note_request(self, url: str) -> None:
        if not url.startswith((self._url, "data:")):
            self.troubles.append(f"request: {url}")
