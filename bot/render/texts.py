"""The agent's own words as messages: whole, split at Slack's limits, long ones as a file."""

from bot.render.outputs import Output, PostFile, PostText
from bot.slack.markdown import layout
from bot.slack.ops import Priority

FILE_NAME = "neo-answer.md"


def text(markdown: str) -> list[Output]:
    """Return what an assistant text in the middle of a turn shows."""
    return _messages(markdown, Priority.TEXT)


def answer(markdown: str) -> list[Output]:
    """Return what a final answer shows: a new message, since edits notify nobody."""
    return _messages(markdown, Priority.ANSWER)


def _messages(markdown: str, priority: Priority) -> list[Output]:
    laid_out = layout(markdown)
    outputs: list[Output] = [PostText(part, priority) for part in laid_out.parts]
    if laid_out.overflow is not None:
        outputs.append(PostFile(FILE_NAME, "The whole text", laid_out.overflow))
    return outputs
