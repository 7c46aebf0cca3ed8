"""Blocks and texts in a real Chromium: shown as Slack does, and inert whatever they hold."""

import pytest
from playwright.async_api import Locator, expect

from bot.sandbox.demo import Demo
from bot.sandbox.page.world import ANN, INFRA
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.wire import JSON, Args
from bot.sandbox.slack.workspace import Draft
from driver import Driver
from support import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


async def post(demo: Demo, picture: Driver, blocks: list[JSON], text: str = "x") -> Locator:
    """Post a message of the bot, which nothing checks, and return it as the page shows it."""
    workspace = demo.slack.workspace
    message = workspace.post(workspace.channel(INFRA), workspace.bot.user_id, Draft(text, blocks))
    found = picture.page.locator(f'.message[data-ts="{message.ts}"]')
    await expect(found).to_be_attached()
    return found


def mrkdwn(text: str) -> JSON:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def section(text: str) -> JSON:
    return {"type": "section", "text": mrkdwn(text)}


MRKDWN = [
    (
        "*bold* _it_ ~gone~ `a*b*c`",
        "<strong>bold</strong> <em>it</em> <s>gone</s> <code>a*b*c</code>",
    ),
    ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
    ("*bold _and it_*", "<strong>bold <em>and it</em></strong>"),
    ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
    ("<@U0ANN> :eyes:", '<span class="mention me">@Ann Berg</span> 👀'),
    ("<!subteam^S0OPS>", '<span class="mention">@ops</span>'),
    ("<#C0INFRA|infra>", '<span class="mention">#infra</span>'),
    ("&gt;quoted\nnot", "<blockquote>quoted</blockquote>not"),
    ("<javascript:alert(1)|x>", '<span class="no-link">x</span>'),
    (
        "<https://a.example/x|here>",
        '<a href="https://a.example/x" target="_blank" rel="noopener noreferrer nofollow">here</a>',
    ),
]


async def test_mrkdwn_reads_as_in_slack(still: Demo, picture: Driver) -> None:
    still.slack.set_group("S0OPS", [], "ops")
    message = await post(still, picture, [section(text) for text, _ in MRKDWN])
    found = await message.locator(".section-text").all()

    assert [await each.inner_html() for each in found] == [html for _, html in MRKDWN]


MARKDOWN = [
    ("# Top\n\ntext", '<h3 class="md-h1">Top</h3><p>text</p>'),
    ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
    ("1. one\n2. two\n   - in", '<ol start="1"><li>one</li><li>two<ul><li>in</li></ul></li></ol>'),
    ("- [x] done\n- [ ] not", '☑ </span>done</li><li><span class="task">☐ </span>not</li>'),
    ("```sh\nls <b>\n```", '<pre><code data-language="sh">ls &lt;b&gt;</code></pre>'),
    ("> said\n> so", "<blockquote><p>said<br>so</p></blockquote>"),
    ("[x](javascript:alert(1))", '<span class="no-link">x</span>'),
    ("a \\*b\\* c", "<p>a *b* c</p>"),
    (
        "| a | b |\n| --- | --: |\n| 1 | 2 |",
        '<td class="to-left">1</td><td class="to-right">2</td>',
    ),
    ("```diff\n+new\n-old\n```", '<span class="diff added">+new\n</span>'),
]


async def test_markdown_reads_as_in_slack(still: Demo, picture: Driver) -> None:
    message = await post(
        still, picture, [{"type": "markdown", "text": text} for text, _ in MARKDOWN]
    )
    found = await message.locator(".block.markdown").all()

    for block, (_, html) in zip(found, MARKDOWN, strict=True):
        assert html in await block.inner_html()


CONFIRM = {
    "title": plain("Sure?"),
    "text": plain("It cannot be undone."),
    "confirm": plain("Do it"),
    "deny": plain("Leave it"),
}
OPTION: JSON = {"text": plain("One"), "value": "1"}
OVERFLOW: JSON = {"type": "overflow", "action_id": "o", "options": [OPTION]}
SELECT: JSON = {"type": "static_select", "action_id": "s", "options": [OPTION]}
CELL: JSON = {"type": "raw_text", "text": "h"}
EVERY_BLOCK: list[JSON] = [
    {"type": "header", "text": plain("Headline")},
    section("words"),
    {"type": "section", "fields": [mrkdwn("left"), mrkdwn("right")]},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("small print"), plain("more")]},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain("Press"), "action_id": "b", "confirm": CONFIRM},
            OVERFLOW,
            SELECT,
        ],
    },
    {"type": "markdown", "text": "*marked*"},
    {"type": "image", "image_url": "https://pictures.example/a.png", "alt_text": "a chart"},
    {"type": "table", "rows": [[CELL], [{"type": "raw_number", "value": 7}]]},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "text", "text": "rich", "style": {"bold": True}}],
                    }
                ],
            }
        ],
    },
    {"type": "alert", "level": "warning", "text": mrkdwn("take care")},
    {"type": "container", "title": plain("Box"), "child_blocks": [section("inside")]},
    {
        "type": "input",
        "block_id": "i",
        "label": plain("Reason"),
        "element": {"type": "plain_text_input", "action_id": "t", "multiline": True},
    },
]  # fmt: skip


async def test_every_block_has_a_look_of_its_own(still: Demo, picture: Driver) -> None:
    message = await post(still, picture, EVERY_BLOCK)
    await expect(message).to_contain_text("Headline")
    await expect(message.locator('[data-block="unknown"]')).to_have_count(0)
    text = await message.inner_text()
    for words in (
        "Headline",
        "right",
        "small print",
        "marked",
        "a chart",
        "take care",
        "inside",
    ):
        assert words in text
    await expect(message.locator("ul strong")).to_have_text("rich")
    await expect(message.locator("td")).to_have_text("7")
    await message.get_by_role("button", name="Press").click()
    dialog = picture.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("It cannot be undone.")
    await dialog.get_by_role("button", name="Leave it").click()
    await expect(dialog).to_have_count(0)
    assert still.slack.deliveries[-1].type != "interactive"


MALFORMED: list[JSON] = [
    {"type": "hologram", "text": EVIL},
    {"type": "section"},
    {"type": "section", "text": {"type": "mrkdwn", "text": 7}},
    {"type": "actions", "elements": [{"type": "button"}, {"type": "__proto__"}, None]},
    {"type": "actions", "elements": "many"},
    {"type": "context", "elements": [None, 3, {"type": "constructor"}]},
    {"type": "table", "rows": [[{"type": "raw_text"}], 4]},
    {"type": "rich_text", "elements": [{"type": "nonsense"}]},
    {"type": "image"},
    {"type": "container", "title": plain("t"), "child_blocks": [{"type": "container"}, None]},
    {"type": "toString"},
    {},
]


async def test_what_is_malformed_is_shown_as_json_and_stops_nothing(
    still: Demo, picture: Driver
) -> None:
    message = await post(still, picture, [*MALFORMED, section("the end")])
    assert await message.locator('[data-block="unknown"]').count() >= len(MALFORMED) - 2
    await expect(message).to_contain_text("hologram")
    await expect(message).to_contain_text("the end")
    assert await picture.page.evaluate("window.pwned") is None


INERT: list[JSON] = [
    section(EVIL),
    section(f"```{EVIL}```"),
    {"type": "markdown", "text": EVIL},
    {"type": "markdown", "text": f"```diff\n+{EVIL}\n```"},
    {"type": "markdown", "text": f"| {EVIL} |\n| --- |\n| {EVIL} |"},
    {"type": "markdown", "text": '[click](data:text/html,<script>) <b onclick="x">'},
    {"type": "header", "text": plain(EVIL)},
    {"type": "table", "rows": [[{"type": "raw_text", "text": EVIL}]]},
    {"type": "image", "image_url": "javascript:alert(1)", "alt_text": EVIL},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain(EVIL), "action_id": EVIL, "url": "javascript:x"},
            {"type": "button", "text": plain(EVIL), "action_id": '"><script>'},
        ],
    },
]  # fmt: skip


async def test_scripts_in_anything_that_is_shown_are_inert(still: Demo, picture: Driver) -> None:
    still.slack.add_user("U0EVE", EVIL, EVIL)
    await still.slack.say("U0EVE", INFRA, EVIL, files=[(f"{EVIL}.md", EVIL.encode())])
    message = await post(still, picture, INERT, EVIL)
    await expect(picture.page.locator(".preview")).to_contain_text("onerror")
    await expect(picture.page.locator("script")).to_have_count(1)
    await expect(picture.page.locator('[src="x"], [onerror], [onclick]')).to_have_count(0)
    links = "Array.from(document.querySelectorAll('a')).map((a) => a.protocol)"
    assert set(await picture.page.evaluate(links)) <= {"http:", "https:", "mailto:"}
    assert await picture.page.evaluate("window.pwned") is None
    await expect(message).to_contain_text("<script>")


TIMED = """async (blocks) => {
  const { showBlocks } = await import("/static/blocks/index.js");
  const began = performance.now();
  showBlocks(blocks, { names: { me: "", person: () => "", channel: () => "" } });
  return performance.now() - began;
}"""
SLOW_MS = 3000
"""A machine under load included; what grows with the square of a text takes minutes."""


async def test_long_and_hostile_texts_are_shown_quickly(still: Demo, picture: Driver) -> None:
    hostile = [
        "*_~" * 900,
        "[" * 3000,
        "`" * 2999,
        "<" * 3000,
        "((" * 1500,
        "> " * 1500,
        "**a " * 750,
    ]
    blocks: list[JSON] = [section(each[:3000]) for each in hostile]
    blocks += [{"type": "markdown", "text": each * 3} for each in hostile]
    message = await post(still, picture, blocks)
    await expect(message.locator(".block")).to_have_count(len(blocks))
    spent = await picture.page.evaluate(TIMED, blocks)
    assert spent < SLOW_MS


async def test_a_message_that_changes_keeps_the_focus_on_its_button(
    still: Demo, picture: Driver
) -> None:
    button = {"type": "button", "text": plain("Approve"), "action_id": "neo_approve"}
    blocks: list[JSON] = [section("first"), {"type": "actions", "elements": [button]}]
    message = await post(still, picture, blocks)
    await message.get_by_role("button", name="Approve").focus()
    workspace = still.slack.workspace
    channel = workspace.channel(INFRA)
    last = [each for each in channel.messages.values() if each.blocks == blocks][-1]
    workspace.edit(channel, last, Draft("x", [section("second"), blocks[1]]), "B0NEOBOT")
    await expect(message).to_contain_text("second")
    focused = "document.activeElement.dataset.action"
    assert await picture.page.evaluate(focused) == "neo_approve"


async def test_the_theme_follows_the_system_and_can_be_chosen(picture: Driver) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = picture.page
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    await page.get_by_role("button", name="Theme: system").click()
    light = await page.evaluate(ground)
    assert (dark, light) == ("rgb(26, 27, 31)", "rgb(255, 255, 255)")


async def test_what_a_person_types_reaches_slack_escaped_and_named(
    still: Demo, picture: Driver
) -> None:
    await picture.type_in("channel", "@Bob is a < b in #deploys? `@Neo`")
    await picture.sees("is a < b", "channel")
    said = still.slack.messages(INFRA)[-1]

    assert (said.user, said.text) == (
        ANN,
        "<@U0BOB> is a &lt; b in <#C0DEPLOYS|deploys>? `@Neo`",
    )


async def test_a_modal_is_filled_in_corrected_and_closed(still: Demo, picture: Driver) -> None:
    field = {"type": "plain_text_input", "action_id": "words", "multiline": True}
    asked = {"type": "input", "block_id": "reason", "label": plain("Why?"), "element": field}
    view = {"type": "modal", "title": plain("Deny"), "submit": plain("Send"), "blocks": [asked]}
    still.slack.modals.arm("a click", ANN)
    still.slack.modals.open(Args({"trigger_id": "a click", "view": view}))
    dialog = picture.page.get_by_role("dialog", name="Deny")
    await dialog.get_by_label("Why?").fill("too risky")
    await dialog.get_by_role("button", name="Send").click()
    await _answered(still, {"response_action": "errors", "errors": {"reason": "Say more"}})
    await expect(dialog).to_contain_text("Say more")
    await dialog.get_by_label("Why?").fill("too risky before the holidays")
    await dialog.get_by_role("button", name="Send").click()
    values = await _answered(still, None)

    await expect(dialog).to_have_count(0)
    assert values["reason"]["words"]["value"] == "too risky before the holidays"
    assert picture.troubles == []


async def _answered(still: Demo, response: JSON | None) -> JSON:
    """Answer the submission as the app would; return what was entered."""

    def waiting() -> list[Delivery]:
        sent = [each for each in still.slack.deliveries if "view" in each.payload]
        return [each for each in sent if each.acked_at is None]

    await wait_until(waiting, "a submission")
    delivery = waiting()[0]
    delivery.take_ack(0.0, response)
    return delivery.payload["view"]["state"]["values"]
