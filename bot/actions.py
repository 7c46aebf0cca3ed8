"""The `action_id`s of our buttons, shared by those who draw and those who answer them."""

APPROVE = "neo_approve"
DENY = "neo_deny"
"""Opens the form for a denial; what is entered there denies."""

DENY_FORM = "neo_deny_form"
DENY_PLAINLY = "neo_deny_plainly"
"""Denies without words, where the form cannot be opened."""

OPTION = "neo_option"
"""Answers with one of the words that the agent offers."""

ANSWER = "neo_answer"
"""Opens the form for an answer in other words."""

ANSWER_FORM = "neo_answer_form"
REVIEW = "neo_review"
PAGE = "neo_page"
"""Turns to another page of a review."""

SEND_WHICH = "neo_send_which"
"""Takes a reply as the answer to one of several things that wait."""

STOP = "neo_stop"
FORCE_STOP = "neo_force_stop"
STOPS = frozenset({STOP, FORCE_STOP})
TRY_AGAIN = "neo_try_again"
SEND_LATE = "neo_send_late"
SEND_HELD = "neo_send_held"
SEND_EDIT = "neo_send_edit"
CONTINUE_HERE = "neo_continue_here"
SHARE_LINK = "neo_share_link"
LISTEN = "neo_listen"
"""The menu of a thread: what Neo hears there, and what may be done after a turn."""

MENTIONS = "mentions"
EVERYTHING = "everything"
RETRY = "retry"
BEGIN_ANEW = "anew"
RENAME = "rename"
"""Opens the form for a task's title; what is entered there is the new one."""

RENAME_FORM = "neo_rename_form"

TASK = "neo_task"
"""The menu of a task: its values are Neo's words for modes, and `SHARE`."""

SHARE = "share"

CONSOLE = "neo_console"
"""A link; Slack reports its clicks all the same, and nothing is to be done."""


def numbered(action: str, number: int) -> str:
    """Return the id of one of several buttons alike: Slack wants each in a block only once."""
    return f"{action}.{number}"


def kind_of(action_id: str) -> str:
    """Return what a button does, whichever of several alike it is."""
    return action_id.partition(".")[0]
