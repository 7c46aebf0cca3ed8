"""Everything that Neo asks, in a modal of several pages. Pure.

Slack's modals show no Markdown: a plan is shown as it is written, in blocks of plain text, and
diffs as code. Neither holds anything that Slack would act on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.approvals.diffs import named
from bot.approvals.digest import changes_in
from bot.asked import Approval
from bot.neo.events import ApprovalRequested
from bot.render.approval_buttons import OPTIONS_HINT, answer_buttons, option_buttons, page_button
from bot.render.verdict import standing
from bot.slack import limits
from bot.slack.blocks import actions, alert, context, section, verbatim
from bot.slack.chars import clean, length
from bot.slack.fitting import text_length
from bot.slack.mrkdwn import Mrkdwn, code_block, escape, mrkdwn
from bot.slack.ops import Block
from bot.slack.views import modal

PAGE_TEXT = 9_000
"""Characters of a page: some screens, and far below the 250 kB of a view."""

PAGE_BLOCKS = 80
"""Blocks of a page: a view takes 100, and some are needed for what stands around it."""

CODE_ROOM = limits.SECTION_TEXT - 20
"""Characters of escaped code in a block, beside its fences."""

TITLE = "Review"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a review says besides the content: a notice of ours, and how to read on."""

    page: int = 0
    notice: Mrkdwn | None = None


def loading() -> Block:
    """Return the modal while the content is on its way."""
    return modal(TITLE, [section(mrkdwn("Reading what Neo asks …"))])


def only(notice: Mrkdwn) -> Block:
    """Return the modal that has nothing but a sentence to show."""
    return modal(TITLE, [section(notice)])


def review(approval: Approval, asked: ApprovalRequested, shown: Shown, *, thread: str) -> Block:
    """Return the modal with one page of what is asked, a page that there is."""
    pages = pages_of(asked)
    page = min(max(shown.page, 0), len(pages) - 1)
    head: list[Block] = [alert(shown.notice, "warning")] if shown.notice else []
    turning = _turning(approval, len(pages), page, thread)
    return modal(TITLE, [*head, *pages[page], *turning, *_end(approval, thread, page)])


def pages_of(asked: ApprovalRequested) -> list[list[Block]]:
    """Return everything that is asked as pages of blocks, at least one."""
    pages: list[list[Block]] = [[]]
    room = PAGE_TEXT
    for block in _content(asked):
        size = text_length(block)
        if pages[-1] and (size > room or len(pages[-1]) >= PAGE_BLOCKS):
            pages.append([])
            room = PAGE_TEXT
        pages[-1].append(block)
        room -= size
    return pages


def _content(asked: ApprovalRequested) -> Iterator[Block]:
    yield from map(verbatim, _pieces(asked.message))
    if asked.plan.strip():
        yield section(mrkdwn("*The plan*"))
        yield from map(verbatim, _pieces(asked.plan))
    if asked.last_approval_diff:
        yield section(mrkdwn("*Changed since the last approval*"))
        yield from _patches(dict(asked.last_approval_diff))
    if asked.git_diff:
        yield section(mrkdwn("*All changes*" if asked.last_approval_diff else "*Changes*"))
        yield from _patches(dict(asked.git_diff))


def _patches(diff: dict[str, str]) -> Iterator[Block]:
    for change in changes_in(diff):
        counts = f"+{change.added} -{change.removed}"
        yield section(mrkdwn("*{path}*  {counts}", path=named(change.path), counts=counts))
        yield from (section(code_block(piece)) for piece in _code_pieces(diff[change.path]))


def _pieces(text: str) -> Iterator[str]:
    """Cut text into what a block of plain text takes."""
    return _cut_up(text, limits.SECTION_TEXT, length)


def _code_pieces(text: str) -> Iterator[str]:
    """Cut text into what a block of code takes when it is escaped."""
    return _cut_up(text, CODE_ROOM, _code_length)


def _code_length(text: str) -> int:
    return length(escape(text)) + 2 * text.count("`")  # a fence that is broken is longer by two


def _cut_up(text: str, room: int, size: Callable[[str], int]) -> Iterator[str]:
    """Cut text at the ends of lines, where there are any; what is only white space is left out."""
    tidy = clean(text).strip("\n")
    start = 0
    while start < len(tidy):
        head = tidy[start : start + room]
        while (took := size(head)) > room:
            head = head[: len(head) * room // took]
        if start + len(head) < len(tidy) and (end := head.rfind("\n") + 1):
            head = head[:end]
        start += len(head)
        if head.strip():
            yield head


def _turning(approval: Approval, count: int, page: int, thread: str) -> list[Block]:
    if count == 1:
        return []
    where = context(mrkdwn("Page {page} of {count}", page=str(page + 1), count=str(count)))
    row: list[Block] = []
    if page > 0:
        row.append(page_button("Back", approval, thread=thread, page=page - 1))
    if page < count - 1:
        row.append(page_button("Next page", approval, thread=thread, page=page + 1))
    return [where, actions(*row)]


def _end(approval: Approval, thread: str, page: int) -> list[Block]:
    if (stands := standing(approval)) is not None:
        return [section(stands)]
    row = answer_buttons(approval, thread=thread, page=page)
    options = [] if approval.question else option_buttons(approval, thread=thread)
    offered = [context(OPTIONS_HINT), actions(*options)] if options else []
    return [actions(*row), *offered] if row else []
