"""What the listeners answer to Slack itself, and the sentences people read at once."""

from collections.abc import Mapping

from slack_bolt import BoltResponse

from bot.slack.ops import Content
from bot.slack.shape import text
from bot.slack.views import WORDS

NOT_TAKEN = "That could not be recorded just now, so nothing was done. Please click again."
"""What a person reads whose click could not be stored: Slack does not send clicks again."""

CLICK_UNSURE = (
    "I can't tell whether your click was recorded. If nothing comes of it, please click again."
)
"""What a person reads whose click may be stored or not; a second one does no harm."""

FORM_NOT_TAKEN = "That could not be recorded just now, so nothing was done. Please send it again."
FORM_UNSURE = "I can't tell whether that was recorded. Please send it again: that does no harm."
"""What a person reads in a form that could not be stored, and stays open."""

OUTSIDER_REFUSED = (
    "I work for the organization that installed me here, and you are a member of another one, "
    "so I did nothing."
)
"""What a person of another organisation reads, in private, who speaks to the bot or clicks."""

COMMAND_NOT_TAKEN = "That could not be recorded, nothing was done, please try again."
"""What a person reads whose command could not be stored."""

COMMAND_UNSURE = "I can't tell whether that was recorded. Please look before you try again."
"""What a person reads whose command was given up in the middle, or ended in an error of ours."""

COMMAND_REFUSED = "Only members of this workspace can use this command."
COMMAND_UNREADABLE = "Slack sent that command in a form that cannot be read, nothing was done."


def said_to_one(said: str | Content) -> BoltResponse:
    """Ack a command; an empty ack shows nothing at all, not even what was typed."""
    if not said:
        return BoltResponse(status=200)
    shown = {"text": said} if isinstance(said, str) else _blocks(said)
    return BoltResponse(status=200, body={"response_type": "ephemeral", **shown})


def _blocks(said: Content) -> dict[str, object]:
    return {"text": said.text, "blocks": [dict(block) for block in said.blocks]}


def not_submitted(surely: bool) -> BoltResponse:  # noqa: FBT001 -- one word for one sentence
    """Keep a form open, with a sentence: `surely` that nothing of it was stored."""
    said = FORM_NOT_TAKEN if surely else FORM_UNSURE
    return BoltResponse(status=200, body={"response_action": "errors", "errors": {WORDS: said}})


def answer_to_other(body: Mapping[str, object]) -> BoltResponse:
    """Ack what the bridge does not use."""
    if text(body, "type") == "block_suggestion":
        return BoltResponse(status=200, body={"options": []})
    return BoltResponse(status=200)
