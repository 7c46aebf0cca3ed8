"""Task events as hypothesis draws them, hostile ones among them, and how a view takes them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.ids import ApprovalRequestId, EventId, TaskId, ThreadRef, Ts
from bot.neo import events as neo
from bot.render.apply import Rendered, render
from bot.render.cards import show
from bot.render.outputs import Output, PostCard, PostText
from bot.slack.ops import Content
from bot.told import Told
from bot.view import View

NOW = 1_700_000_000.0
THREAD = ThreadRef(channel="C0INFRA", root=Ts("1700000000.000100")).key()
VIEW = View(task_id=TaskId("t-1"), owner="U0ANN", console_url="https://app.example.com/neo/t-1")

HOSTILE = (
    "<!channel>",
    "<@U0EVE>",
    "<https://evil.example|your console>",
    "*bold* _it_ `code` ```\nfence",
    "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "\u202egnp.exe",
    "\x00\x07",
    "&amp;lt;&lt;",
    "🙂" * 50,
    "~~~\n```\n",
    "",
    " \n\t ",
)

HUGE = tuple(piece * (15_000 // max(1, len(piece))) for piece in HOSTILE)

words = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(HUGE),
)
ids = st.one_of(st.sampled_from(["a", "b", "c"]), words)
instants = st.one_of(
    st.none(),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([datetime(1, 1, 1, tzinfo=UTC)]),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
todo_items = st.fixed_dictionaries(
    {},
    optional={
        "content": words | json_values,
        "status": st.sampled_from(["pending", "in_progress", "completed", "odd"]) | json_values,
        "index": st.integers() | json_values,
    },
)
todo_args = st.fixed_dictionaries(
    {}, optional={"todos": st.lists(todo_items | json_values, max_size=6) | json_values}
)
names = st.sampled_from(["todo__TodoWrite", "pulumi__preview", "", "__", "shell__Execute"]) | words
args = st.dictionaries(
    st.sampled_from(["stack", "command", "path", "todos"]), json_values, max_size=3
)
calls = st.builds(
    neo.ToolCall,
    ids,
    names,
    todo_args | args,
    st.sampled_from([None, "cli", "cloud"]),
)
entities = st.builds(
    neo.Entity,
    st.sampled_from(["pull_request", "stack"]),
    st.dictionaries(
        st.sampled_from(["repo", "repository", "number", "merged"]),
        json_values
        | st.dictionaries(st.sampled_from(["org", "name", "forge", "host"]), words | json_values),
    ),
)
diffs = st.dictionaries(words, words, max_size=4)

task_events: st.SearchStrategy[neo.TaskEvent] = st.one_of(
    st.builds(neo.UserSaid, words, instants, words),
    st.builds(neo.AssistantSaid, words, st.lists(calls, max_size=3).map(tuple), st.booleans()),
    st.builds(neo.ToolStarted, ids, names, args),
    st.builds(neo.ToolProgressed, ids, words),
    st.builds(neo.ToolFinished, ids, names, st.booleans()),
    st.builds(
        neo.ApprovalRequested,
        request_id=ids.map(ApprovalRequestId),
        message=words,
        approval_type=st.sampled_from(["general", "plan_exit"]) | words,
        sensitivity=st.sampled_from(["regular", "sensitive"]) | words,
        tool_name=st.sampled_from(["ask_user", "pulumi__up"]) | words,
        tool_call_id=ids,
        buttons=st.lists(words, max_size=12).map(tuple),
        git_diff=diffs,
        last_approval_diff=st.none() | diffs,
        plan=words,
    ),
    st.builds(
        neo.UserConfirmed,
        ids.map(ApprovalRequestId),
        st.booleans(),
        words,
        instants,
        words,
        st.booleans(),
    ),
    st.builds(neo.UserCancelled, instants, words),
    st.builds(neo.Cancelled, st.booleans()),
    st.builds(neo.Failed, words),
    st.builds(neo.Warned, words),
    st.builds(neo.TaskRenamed, words),
    st.builds(neo.EntitiesChanged, st.lists(entities, max_size=3).map(tuple)),
    st.builds(neo.ContextCompressed, st.sampled_from(["compressing", "compressed"]), words),
    st.builds(neo.Triggered, words),
    st.just(neo.AwaitingApprovals()),
    st.builds(neo.Internal, words),
    st.builds(neo.Unknown, words, words),
)


def take(
    view: View, event: neo.TaskEvent, *, number: int = 0, told: Told | None = None
) -> Rendered:
    """Let a view take one event, as the relay does."""
    streamed = neo.StreamedEvent(EventId(f"e-{number}"), EventId(f"e-{number}"), event)
    return render(view, streamed, now=NOW + number, told=told or Told())


def take_all(view: View, events: Iterable[neo.TaskEvent]) -> tuple[View, list[Output]]:
    """Let a view take events one after the other; return what it came to, and all outputs."""
    outputs: list[Output] = []
    for number, event in enumerate(events):
        view, more = take(view, event, number=number)
        outputs += more
    return view, outputs


def cards_of(view: View, *, now: float = NOW + 100) -> list[Content]:
    """Return every card of a view as it is shown."""
    shown = (show(view, card.key, thread=THREAD, now=now) for card in view.cards())
    return [content for content in shown if content is not None]


def texts(outputs: Iterable[Output]) -> list[str]:
    return [o.content.text for o in outputs if isinstance(o, PostText)]


def new_cards(outputs: Iterable[Output]) -> list[str]:
    return [o.key for o in outputs if isinstance(o, PostCard)]
