"""The page in a real Chromium, with the bridge as a process of its own behind it."""

import pytest
from playwright.async_api import Browser, FilePayload, expect

from bot.sandbox.demo import Demo
from bot.sandbox.neo import events
from bot.sandbox.page.world import INFRA
from driver import NARROW, Driver
from support import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_mention_starts_a_task_and_a_click_approves_it(screen: Driver) -> None:
    await screen.ask("upgrade checkout-api to Node.js 22")
    await screen.sees("Working for")
    await screen.sees("Neo asks")
    await screen.type_in("thread", "Upgrade sharp too, please.")
    await screen.sees("Neo asks you to approve its plan")
    await screen.button("Approve").click()
    await screen.sees("Approved by @Ann Berg")
    await screen.sees("2 files changed")
    await screen.button("Approve").click()
    asked_again = screen.page.get_by_role("dialog", name="Approve this?")
    await expect(asked_again).to_contain_text("pulumi: up (acme/checkout-api/prod)")
    await asked_again.get_by_role("button", name="Approve").click()

    await screen.sees("Pull request opened")
    answer = await screen.sees("runs on Node.js 22 now")
    await expect(answer.locator("table tr")).to_have_count(8)
    await screen.sees("✅ Done after")
    await expect(screen.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


async def test_the_other_person_is_refused_and_told_so_in_private(screen: Driver) -> None:
    await screen.ask("move the orders database to a larger instance")
    await screen.sees("Plan A")
    await screen.act_as("Bob Ito")
    await screen.button("Approve").click()

    refusal = await screen.sees("Only visible to you")
    await expect(refusal).to_contain_text("not on the list")
    await screen.act_as("Ann Berg")
    await expect(screen.page.locator("#thread", has_text="Only visible to you")).to_have_count(0)
    await expect(screen.button("Approve")).to_be_visible()
    await screen.type_in("thread", "no downtime, please")
    await screen.sees("Plan B")
    await screen.button("Approve").click()
    await screen.sees("Done without closing the shop")


async def test_neo_is_stopped_by_slacks_own_button(demo: Demo, screen: Driver) -> None:
    demo.neo.pace, demo.neo.cancel_waits_for_tools = 1.0, False
    await screen.ask("rotate the database passwords")
    await screen.page.get_by_role("button", name="Stop Neo").click()

    await screen.sees("Stopped. Reply here to go on.")
    demo.neo.pace = 0.1


async def test_neo_is_stopped_by_the_cards_button(demo: Demo, screen: Driver) -> None:
    demo.neo.pace, demo.neo.cancel_waits_for_tools = 1.0, False
    await screen.ask("rotate the database passwords")
    await screen.button("Stop").click()

    await screen.sees("Stopped. Reply here to go on.")
    demo.neo.pace = 0.1


async def test_an_answer_arrives_once_though_the_bridge_is_killed_in_it(
    demo: Demo, screen: Driver
) -> None:
    demo.neo.pace = 3.0
    await screen.inspect()
    await screen.ask("check the tags of our 13 services, in steps")
    await screen.sees("I go through the 13 services")
    await screen.page.get_by_role("button", name="kill -9").click()
    demo.neo.pace = 0.1  # it is finished before the bridge is back
    await expect(screen.page.locator("#inspector .process")).to_contain_text("life 2")

    await screen.sees("25 checks in 13 services")
    await screen.sees("✅ Done after")
    assert await screen.count("25 checks in 13 services") == 1
    assert await screen.count("I go through the 13 services") == 1
    assert demo.supervisor.lives == 2


async def test_the_keyboard_alone_starts_and_approves(demo: Demo, screen: Driver) -> None:
    del demo
    keys = screen.page.keyboard
    await _reach(screen, "F6", "document.activeElement.matches('#channel textarea')")
    await keys.type("@Ne")
    await keys.press("Tab")  # completes the name
    await keys.type("set up a bucket for our audit logs")
    await keys.press("Enter")
    await screen.sees("In which region")
    await _reach(screen, "F6", "document.activeElement.matches('#thread textarea')")
    await keys.type("eu-central-1, 7 years")
    await keys.press("Enter")
    await screen.sees("4 resources to create")
    asks = screen.page.get_by_role("dialog", name="Approve this?")
    while not await asks.is_visible():  # a card that changes under the focus takes it away
        await _reach(screen, "Shift+Tab", "document.activeElement.textContent.trim() == 'Approve'")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await screen.page.evaluate(outline) == "solid"
        await keys.press("Enter")
    await keys.press("Tab")  # from "Back"
    await keys.press("Enter")

    await screen.sees("The bucket acme-audit-logs-7f3c exists")


async def _reach(screen: Driver, key: str, there: str) -> None:
    """Press a key until the focus is there, as a script says."""
    for _ in range(100):
        if await screen.page.evaluate(there):
            return
        await screen.page.keyboard.press(key)
    raise AssertionError(f"{key} never gets there: {there}")


async def test_a_narrow_window_has_everything_in_reach(demo: Demo, browser: Browser) -> None:
    async with Driver.open(browser, demo.page.url, NARROW) as phone:
        await phone.page.get_by_role("button", name="Channels and people").click()
        await phone.page.get_by_role("button", name="Summarise a stack").click()
        await phone.page.keyboard.press("Enter")
        answer = await phone.sees("Worth a look")
        await expect(answer.locator("table")).to_be_visible()
        width = "document.documentElement.scrollWidth"
        assert await phone.page.evaluate(width) <= NARROW[0]
        await phone.page.get_by_role("button", name="Back to the channel").click()
        await expect(phone.page.locator("#channel .composer")).to_be_visible()
        await expect(phone.page.locator("#thread")).to_be_hidden()


async def test_slash_commands_files_edits_reactions_and_deletions(screen: Driver) -> None:
    await screen.type_in("channel", "/neo staus")
    await screen.sees("/neo status", "channel")
    await screen.type_in("channel", "/nonsense")
    await expect(screen.page.locator(".toast")).to_contain_text("not a valid command")
    chosen = FilePayload(name="app.log", mimeType="text/plain", buffer=b"line one\nline two\n")
    await screen.page.locator("#channel input[type=file]").set_input_files([chosen])
    await screen.type_in("channel", "see the log")
    mine = await screen.sees("see the log", "channel")
    await expect(mine).to_contain_text("line two")
    await mine.hover()
    await mine.get_by_role("button", name="Add reaction").click()
    await mine.get_by_role("button", name="eyes").click()
    await expect(mine.locator(".reaction.mine")).to_contain_text("👀")
    await mine.hover()
    await mine.get_by_role("button", name="Edit message").click()
    await screen.page.keyboard.press("Control+A")
    await screen.page.keyboard.insert_text("see this log")
    await screen.page.keyboard.press("Enter")
    edited = await screen.sees("see this log", "channel")
    await expect(edited).to_contain_text("(edited)")
    await edited.hover()
    await edited.get_by_role("button", name="Delete message").click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(edited).to_have_count(0)


async def test_a_direct_message_needs_no_mention_and_calls_are_counted(
    demo: Demo, screen: Driver
) -> None:
    await screen.page.locator(".place", has_text="Neo").click()
    await screen.type_in("channel", "summarise the stack acme/payments-api/prod")
    await screen.sees("Worth a look")
    root = await demo.slack.say("U0ANN", INFRA, demo.slack.mention("move the orders database"))
    toast = screen.page.locator(".toast.call")
    await expect(toast).to_contain_text("Neo asks for your approval")
    await expect(screen.page.locator(f'[data-place="{INFRA}"] .badge')).to_be_visible()
    await toast.get_by_role("button", name="Show").click()
    await expect(screen.button("Approve")).to_be_visible()
    assert root in screen.page.url


async def test_neo_is_invited_before_it_hears_a_channel(screen: Driver) -> None:
    await screen.page.locator(".place", has_text="general").click()
    await screen.page.get_by_role("button", name="Invite Neo").click()
    await expect(screen.page.locator("#channel .notice")).to_be_hidden()
    await screen.ask("summarise the stack acme/payments-api/prod")
    await screen.sees("Worth a look")


async def test_the_inspector_shows_traffic_and_decides_in_the_console(screen: Driver) -> None:
    await screen.inspect()
    await screen.page.locator('[data-fault="slack-429"]').click()
    await screen.ask("move the orders database to a larger instance")
    await screen.sees("Plan A")
    asked = screen.page.locator(".console .task", has_text="A larger instance").first
    await asked.get_by_role("button", name="Approve in the console").click()
    await screen.sees("Approved by ada, outside Slack")
    rows = screen.page.locator(".row-box")
    for kind in ("envelope", "ack", "call", "request", "event"):
        await expect(screen.page.locator(f'[data-row="{kind}"]').first).to_be_attached()
    await screen.page.get_by_label("Filter the traffic").fill("RateLimited")
    await expect(rows.first).to_contain_text("chat.postMessage")
    await rows.first.locator("summary").press("Enter")
    await expect(rows.first.locator("pre")).to_contain_text('"channel"')
    await screen.sees("is a db.r6g.2xlarge now")


async def test_a_person_reviews_page_by_page_and_denies_with_instructions(
    demo: Demo, screen: Driver
) -> None:
    await screen.ask("open port 443 of the cluster's firewall for our eight offices")
    card = await screen.sees("one for each office")
    await expect(card).to_contain_text("Tool: pulumi: up (acme/platform/prod)")
    await expect(card).to_contain_text("1 file changed +72 -0")
    await expect(card).to_contain_text("the whole diff is in Review, and a file in this thread")
    task = [*demo.neo.tasks.values()][-1]
    (request,) = task.open_approvals
    long = "".join(f"+line {n} of a long file, which goes on and on\n" for n in range(300))
    again = events.user_approval_request(
        "Here is more of it.", request_id=request, git_diff={"long.ts": "@@ -0,0 +300 @@\n" + long}
    )
    await demo.neo.emit(task.id, again)
    await screen.sees("Here is more of it.")
    await screen.button("Review").click()
    review = screen.page.get_by_role("dialog", name="Review")
    await expect(review).to_contain_text("line 0 of a long file")
    await review.get_by_role("button", name="Next page").click()
    await expect(review).to_contain_text("line 299 of a long file")
    await expect(review).to_contain_text("Page 2 of 2")
    await review.get_by_role("button", name="Deny").click()
    form = screen.page.get_by_role("dialog", name="Deny")
    await form.get_by_label("What should Neo do instead?").fill("Only for Berlin.")
    await form.get_by_role("button", name="Deny", exact=True).click()
    await expect(await screen.sees("Here is more of it.")).to_contain_text("Only for Berlin.")
    await expect(form).to_have_count(0)


async def test_the_home_tab_lists_what_waits_and_decides(demo: Demo, screen: Driver) -> None:
    await screen.ask("move the orders database to a larger instance")
    await screen.sees("Plan A")
    await screen.page.locator(".place", has_text="Neo").click()
    await screen.page.get_by_role("button", name="Home", exact=True).click()
    home = screen.page.locator("#channel .home")
    await expect(home).to_contain_text("Waits for you")
    await expect(home).to_contain_text("It is quick, but the shop takes no orders")
    # The newest stands last: what other scenes have left waiting is before it.
    await home.get_by_role("button", name="Approve", exact=True).last.click()
    task = [*demo.neo.tasks.values()][-1]
    await wait_until(
        lambda: any(e.body["type"] == "user_confirmation" for e in task.user_events), "approved"
    )
    await screen.page.get_by_role("button", name="Messages", exact=True).click()
    await expect(home).to_be_hidden()
