"""The answer to `/neo help`."""

from typing import Final

HELP: Final = """\
*Start a task:* `/neo upgrade checkout-api to Node.js 22`, or mention me, or write me directly. \
Everything else happens in its thread: replies reach Neo, buttons decide and stop.
• `/neo status` lists your tasks and what each of them is doing
• `/neo approvals` lists what waits for your decision, in every thread, with buttons to decide
• `/neo stop` stops your task; where several are at work, `/neo stop word` takes a word of its title
• `/neo mode balanced` changes how much your task asks, or `read-only` what it may do; \
`/neo rename new title` its title; `/neo share` lets your Pulumi \
organization read it; `/neo retry` tries a failed turn again; `/neo new` lets your next message in \
its thread start a new task; the menus on its card do the same
• `/neo channel quiet` lets Neo hear only mentions in new threads of this channel, \
`/neo channel talk` every reply; for one thread, the menu on its card has the same
• `/neo pause` lets nothing be approved in this workspace until `/neo resume`; both are for admins
*Options*, before or behind your text:
• `--plan` agrees on a plan before anything is done
• `--read-only` lets Neo look, but change nothing
• `--mode manual` asks before previews, updates and pull requests, `--mode balanced` only before \
updates, `--mode auto` never
• `--stack project/stack` says which stack you mean; links to stacks and repositories do so too
To send words as they are, put them behind `--`: `/neo -- status`"""
"""Safe as mrkdwn: a literal without anything that Slack would read as a token."""
