"""What people type after `/neo`; read from top to bottom, this is its manual."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.approvals.replies import AFFIRMATIVE, NEGATIVE
from bot.commands import (
    HELP,
    Help,
    Problem,
    Prompt,
    Quiet,
    QuietThread,
    SmallTalk,
    StartOptions,
    Status,
    StopTask,
    is_small_talk,
    parse,
    take_options,
)
from bot.commands.words import QUOTE_LIMIT
from bot.slack.mrkdwn import escape

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates too
FLAGS = st.sampled_from(
    [
        *("--plan", "--read-only", "--mode", "auto", "--mode=fast", "--stack", "shop/prod", "--"),
        *(
            "\u2014plan",
            "--paln",
            "--force",
            "`--plan`",
            "```",
            "`",
            "stop",
            "it",
            "--stack=",
            "\n",
        ),
    ]
)
FLAGGY = st.lists(FLAGS | ANY_TEXT, max_size=8).map(" ".join)
PROSE = st.lists(
    st.sampled_from(["upgrade", "checkout-api", "to", "Node.js", "22", "--dry-run", "a - b"]),
    min_size=1,
    max_size=8,
).map(lambda words: " ".join(["please", *words, "soon"]))


def sentence(text: str) -> str:
    """Return what is said about a text of which nothing is done."""
    command = parse(text)
    assert isinstance(command, Problem), command
    return command.sentence


def prompt(text: str) -> Prompt:
    command = parse(text)
    assert isinstance(command, Prompt), command
    return command


# Commands


@pytest.mark.parametrize("text", ["", "  \n", "help", "Help!", "HELP", "?", "--help", "-h", "--"])
def test_nothing_or_a_call_for_help_shows_help(text: str) -> None:
    assert parse(text) == Help()


@pytest.mark.parametrize("text", ["status", "STATUS", "status?", " status "])
def test_status_is_a_command_in_any_case_and_with_punctuation(text: str) -> None:
    assert parse(text) == Status()


def test_stop_may_name_which_task_by_one_word() -> None:
    assert parse("stop") == parse("stop it, please!") == StopTask()
    assert parse("stop 2") == StopTask("2")


def test_a_sentence_that_begins_with_stop_is_neither_obeyed_nor_sent_without_asking() -> None:
    assert sentence("stop the instances at night") == (
        "Did you mean `/neo stop`? "
        "To send it to Neo as it is: `/neo -- stop the instances at night`"
    )


def test_a_channel_is_quiet_or_talks_or_tells_which() -> None:
    assert parse("channel quiet") == Quiet(on=True)
    assert parse("channel Talk.") == Quiet(on=False)
    assert parse("channel") == Quiet(on=None)
    assert "takes `quiet` or `talk`" in sentence("channel loud")


def test_quiet_and_talk_alone_are_about_a_thread_and_in_a_sentence_they_are_neos() -> None:
    assert parse("quiet") == parse("Quiet!") == QuietThread(on=True)
    assert parse("talk") == parse(" TALK ") == QuietThread(on=False)
    for text in ("quiet the alerts", "talk to the cluster", "-- quiet"):
        assert parse(text) == Prompt(text.removeprefix("-- "))
    assert "takes no options" in sentence("--plan quiet")


@pytest.mark.parametrize(
    "text",
    [
        "help me upgrade checkout-api",
        "status of the prod cluster?",
        "channel the logs to S3",
        "deploy",
        "Why does `stop` hang?",
    ],
)
def test_a_sentence_that_begins_like_a_command_is_a_prompt(text: str) -> None:
    assert parse(text) == Prompt(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("statsu", "status"),
        ("Stauts?", "status"),
        ("hlep", "help"),
        ("stpo", "stop"),
        ("cancel", "stop"),
        ("chanel", "channel"),
        ("chanel quiet", "channel quiet"),
        ("channel quite", "channel quiet"),
    ],
)
def test_a_typo_gets_a_suggestion_and_a_way_past_it(typed: str, meant: str) -> None:
    assert sentence(typed) == (
        f"Did you mean `/neo {meant}`? To send it to Neo as it is: `/neo -- {typed}`"
    )


@pytest.mark.parametrize("text", ["statsu", "status", "stop the world", "yes", "--plan", "--force"])
def test_behind_two_hyphens_everything_is_for_neo(text: str) -> None:
    assert parse(f"-- {text}") == parse(f"\u2014 {text}") == Prompt(text)


@pytest.mark.parametrize("text", ["yes", "No!", "ok, thanks", ":+1:"])
def test_small_talk_starts_no_task(text: str) -> None:
    assert "alone starts no task" in sentence(text)


def test_a_greeting_is_answered_with_help() -> None:
    assert parse("hello there!") == Help()


# Options


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ("--plan", StartOptions(plan_mode=True)),
        ("--read-only", StartOptions(permission_mode="read-only")),
        ("--readonly", StartOptions(permission_mode="read-only")),
        ("\u2014read_only", StartOptions(permission_mode="read-only")),
        ("--mode manual", StartOptions(approval_mode="manual")),
        ("--mode=Balanced", StartOptions(approval_mode="balanced")),
        ("--MODE auto --mode auto", StartOptions(approval_mode="auto")),
        ("--stack shop/prod", StartOptions(stacks=("shop/prod",))),
        ("--stack=\u201cshop/prod\u201d", StartOptions(stacks=("shop/prod",))),
        ('--stack "acme/shop/prod"', StartOptions(stacks=("acme/shop/prod",))),
        (
            "--stack a/b --plan --stack=c/d --stack a/b",
            StartOptions(plan_mode=True, stacks=("a/b", "c/d")),
        ),
    ],
)
def test_options_stand_before_or_behind_the_text(flags: str, options: StartOptions) -> None:
    assert parse(f"{flags} fix  the build") == Prompt("fix  the build", options)
    assert parse(f"fix  the build {flags}") == Prompt("fix  the build", options)
    assert take_options(f"{flags}\nfix  the build") == ("fix  the build", options, None)


def test_options_before_and_behind_count_together() -> None:
    taken = prompt("--read-only why is it slow? --mode auto")

    assert taken.text == "why is it slow?"
    assert taken.options == StartOptions(permission_mode="read-only", approval_mode="auto")


def test_behind_two_hyphens_no_option_is_taken() -> None:
    assert parse("--plan -- explain --read-only") == Prompt(
        "explain --read-only", StartOptions(plan_mode=True)
    )


def test_two_hyphens_inside_a_text_are_a_dash() -> None:
    assert parse("fix it -- soon --plan") == Prompt("fix it -- soon", StartOptions(plan_mode=True))


@pytest.mark.parametrize(
    "text",
    [
        "explain `--plan`",
        "`--read-only` is set, why?",
        "why does this fail:\n```\ntool --read-only --mode auto\n```",
        "why does this fail: ``` --plan",
        "`--mode` auto",
        "explain `tool --read-only x` and `tool --mode auto`",
    ],
)
def test_code_is_never_taken_for_options(text: str) -> None:
    assert parse(text) == Prompt(text)


@pytest.mark.parametrize(
    "text",
    [
        "why does kubectl apply --dry-run fail here",
        "what is the difference of -f and --force",
        "our CI runs pulumi up --plan=plan.json",
        "run webpack with --mode production first",
        "run pulumi up --stack shop/prod and tell me",
        "migrate --everything-- now",
        "add --model to the command line",
        "\u2014honestly fix it",
    ],
)
def test_flags_of_other_programs_are_text(text: str) -> None:
    assert parse(text) == Prompt(text)


@pytest.mark.parametrize(
    "text", ["look at prod --read-only and report", "fix it --read-only, then rest. Thanks Neo"]
)
def test_a_mode_in_the_middle_is_asked_about_rather_than_dropped(text: str) -> None:
    assert sentence(text) == (
        "Is `--read-only` an option, or a part of your text? "
        "As an option, put it before or behind the text; as text, in backticks."
    )
    assert "`--mode auto`" in sentence("set --mode auto. Then go")


def test_a_wrong_value_names_the_right_ones() -> None:
    assert sentence("fix it --mode fast") == (
        "There is no mode `fast`: `--mode` takes `manual`, `balanced` or `auto`."
    )
    for missing in ("fix it --mode", "--mode --plan fix it", "--mode= fix it", "--mode -- fix it"):
        assert sentence(missing) == "`--mode` takes `manual`, `balanced` or `auto`."


def test_two_modes_at_once_are_asked_about() -> None:
    assert "which one" in sentence("--mode auto fix it --mode manual")


@pytest.mark.parametrize("value", ["prod", "", "a/b/c/d", "shop/prod?", "shop/"])
def test_a_stack_needs_its_project(value: str) -> None:
    assert "`--stack project/stack`" in sentence(f"fix it --stack={value}")


@pytest.mark.parametrize(
    ("text", "typed", "hint"),
    [
        ("--paln fix it", "--paln", "Did you mean `--plan`?"),
        ("fix it --paln", "--paln", "Did you mean `--plan`?"),
        ("--stop", "--stop", "Did you mean `/neo stop`?"),
        ("--plan=x fix it", "--plan=x", "Did you mean `--plan`?"),
        ("--force", "--force", "The options are `--plan`, `--read-only`, `--mode` and `--stack`."),
    ],
)
def test_an_unknown_option_gets_a_suggestion(text: str, typed: str, hint: str) -> None:
    assert sentence(text).startswith(f"I don't know the option `{typed}`. {hint}")


def test_options_alone_are_no_task() -> None:
    assert sentence("--plan") == "Say what Neo should do, too."
    assert take_options("--plan") == ("", StartOptions(plan_mode=True), None)


def test_commands_take_no_options() -> None:
    assert sentence("status --plan").startswith("`/neo status` takes no options.")
    assert parse("--plan -- status") == Prompt("status", StartOptions(plan_mode=True))


def test_a_problem_leaves_the_text_whole() -> None:
    text, options, problem = take_options(" fix it --mode fast ")

    assert (text, options) == ("fix it --mode fast", StartOptions())
    assert problem is not None


def test_a_sentence_repeats_only_so_much_of_what_was_typed() -> None:
    said = sentence("stop " + "`the\nmill` " * 100)

    assert "\n" not in said
    assert said.count("`") == 4
    assert len(said) < QUOTE_LIMIT + 100


@given(FLAGGY)
@example("--mode")
@example("--plan --")
def test_whatever_is_typed_parsing_never_raises_and_never_makes_words_up(text: str) -> None:
    command = parse(text)

    if isinstance(command, Prompt):
        assert command.text
        assert command.text in text
        assert command.text == command.text.strip()
    if isinstance(command, Problem):
        assert command.sentence


@given(FLAGGY)
def test_whatever_is_mentioned_its_options_can_be_stored(text: str) -> None:
    left, options, _ = take_options(text)

    assert left in text
    assert StartOptions.model_validate_json(options.model_dump_json()) == options


@given(PROSE, st.permutations(["--plan", "--mode auto", "--read-only"]), st.integers(0, 3))
def test_where_the_options_stand_makes_no_difference(
    text: str, flags: list[str], before: int
) -> None:
    typed = " ".join([*flags[:before], text, *flags[before:]])

    assert parse(typed) == Prompt(
        text,
        StartOptions(approval_mode="auto", permission_mode="read-only", plan_mode=True),
    )


@given(FLAGGY)
def test_what_stands_behind_two_hyphens_goes_out_as_it_is(text: str) -> None:
    words = text.strip()

    assert parse(f"-- {text}") == (Prompt(words) if words else Help())


# Small talk


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("yes", SmallTalk.YES),
        ("Yes, please!", SmallTalk.YES),
        ("sounds good to me \U0001f44d\U0001f3fd", SmallTalk.YES),
        (":+1::skin-tone-3:", SmallTalk.YES),
        ("nope", SmallTalk.NO),
        ("No thanks.", SmallTalk.NO),
        ("don\u2019t", SmallTalk.NO),
        ("STOP!!!", SmallTalk.STOP),
        ("ok stop it now", SmallTalk.STOP),
        ("thx", SmallTalk.THANKS),
        ("Perfect, thank you so much :)", SmallTalk.THANKS),
        ("hi", SmallTalk.GREETING),
        ("Good morning everyone", SmallTalk.GREETING),
        ("hey neo \U0001f44b", SmallTalk.GREETING),
    ],
)
def test_words_that_are_no_task_are_known(text: str, kind: SmallTalk) -> None:
    assert is_small_talk(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "please",
        "stop the cluster",
        "no downtime",
        "yes, and upgrade the cluster",
        "hi, why is prod slow?",
        "thanks, now do the same for staging",
        "ok " * 9,
    ],
)
def test_one_more_word_and_it_is_no_small_talk(text: str) -> None:
    assert is_small_talk(text) is None


@pytest.mark.parametrize("reply", sorted(AFFIRMATIVE | NEGATIVE))
def test_every_reply_that_can_decide_is_small_talk(reply: str) -> None:
    assert is_small_talk(reply) is (SmallTalk.YES if reply in AFFIRMATIVE else SmallTalk.NO)


@given(ANY_TEXT | st.lists(st.sampled_from(["yes", "no", "\U0001f3fd", ":", "it"])).map(" ".join))
def test_no_text_whatever_it_is_breaks_small_talk(text: str) -> None:
    assert is_small_talk(text) in {None, *SmallTalk}


# Help


def test_help_names_every_command_and_option() -> None:
    for typed in ("status", "stop", "channel quiet", "channel talk", "-- status"):
        assert f"`/neo {typed}`" in HELP
    for flag in ("--plan", "--read-only", "--mode manual", "--stack project/stack"):
        assert f"`{flag}`" in HELP


def test_help_is_safe_as_mrkdwn_and_fits_into_a_section() -> None:
    assert escape(HELP) == HELP
    assert not set("{}") & set(HELP)  # it is filled like a template
    assert len(HELP) < 3000
