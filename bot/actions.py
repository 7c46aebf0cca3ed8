"""The `action_id`s of our buttons, shared by those who draw and those who answer them."""

APPROVE = "neo_approve"
DENY = "neo_deny"
STOP = "neo_stop"
FORCE_STOP = "neo_force_stop"
TRY_AGAIN = "neo_try_again"
SEND_LATE = "neo_send_late"
SEND_HELD = "neo_send_held"
SEND_EDIT = "neo_send_edit"
CONTINUE_HERE = "neo_continue_here"
LISTEN = "neo_listen"
"""The menu of what Neo hears in a thread: its values are `MENTIONS` and `EVERYTHING`."""

MENTIONS = "mentions"
EVERYTHING = "everything"

CONSOLE = "neo_console"
"""A link; Slack reports its clicks all the same, and nothing is to be done."""
