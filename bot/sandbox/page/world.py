"""The workspace that the demo opens on: people, channels, and what was said before."""

from bot.sandbox.slack.server import SlackSandbox

ANN = "U0ANN"
"""May use Neo, and so decides about the tasks that she starts."""

BOB = "U0BOB"
"""May not use Neo: what he asks or clicks is refused."""

INFRA = "C0INFRA"
DEPLOYS = "C0DEPLOYS"
GENERAL = "C0GENERAL"
"""Where nobody has invited Neo yet."""

TITLES = {
    ANN: "Platform · may use Neo",
    BOB: "Design · may not use Neo",
}
TOPICS = {
    INFRA: "Stacks, previews and updates. Ask @Neo.",
    DEPLOYS: "What goes to production, and when",
    GENERAL: "Everybody. Neo is not here yet: /invite @Neo",
}

_BEFORE = (
    (INFRA, ANN, "Nightly drift check is green in all 41 stacks. :white_check_mark:"),
    (INFRA, BOB, "The cost alert fired again. Is somebody looking at `search/staging`?"),
    (INFRA, ANN, "Left running after the load test, I think:\n```\nsearch:nodes: 6\n```"),
    (INFRA, BOB, "And the Node.js 18 notice? `checkout-api` is still on it."),
    (INFRA, ANN, "I'll give it to Neo, and watch the preview before anything goes out."),
    (DEPLOYS, ANN, "Freeze is over: `prod` may be updated again, *with approval*."),
    (DEPLOYS, BOB, "New icons go out with the next deployment of the shop."),
    (GENERAL, BOB, "The new icons are in the design system :tada:"),
)
"""Said before the bridge ran: no event of it reaches the app."""


def furnish(slack: SlackSandbox) -> None:
    """Add the people and the channels."""
    slack.add_user(ANN, "ann", "Ann Berg")
    slack.add_user(BOB, "bob", "Bob Ito")
    slack.add_channel(INFRA, "infra", members=[ANN, BOB])
    slack.add_channel(DEPLOYS, "deploys", members=[ANN, BOB])
    slack.add_channel(GENERAL, "general", members=[ANN, BOB], bot_is_member=False)
    slack.dm(ANN)
    slack.dm(BOB)


async def tell_the_past(slack: SlackSandbox) -> None:
    """Post what was said before."""
    slack.faults.lose_deliveries()
    for channel, user, text in _BEFORE:
        await slack.say(user, channel, text)
    slack.faults.lose_deliveries(lose=False)
