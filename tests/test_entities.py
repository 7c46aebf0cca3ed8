"""Which stacks and repositories a text speaks of."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.entities import MOST, NOT_PROJECTS, PUBLIC, Entity, find, stack_named
from bot.neo.wire import EntityDiff, Repository, Stack

CONSOLE = "app.pulumi.com"
PROD = Stack(project="shop", name="prod")
INFRA = Repository(name="infra", org="acme", forge="github")

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too
PIECES = st.sampled_from(
    [
        *("https://", "git@", "ssh://git@", "www.", "/", ":", ".", "-", "_", "~", "?", "#", " "),
        *("app.pulumi.com", "github.com", "gitlab.com", "bitbucket.org", "git.acme.example"),
        *("acme", "shop", "prod", "pull", "12", "-/merge_requests/1", "projects", "repos", "users"),
        *("--stack ", "--stack=", "neo", ".git", "(", ")", "\u2014stack "),
    ]
)
LINKISH = st.lists(PIECES | ANY_TEXT, max_size=12).map("".join)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)


def found(text: str) -> tuple[Entity, ...]:
    return find(text, console_host=CONSOLE, org="acme")


# Stacks


@pytest.mark.parametrize(
    "text",
    [
        "https://app.pulumi.com/acme/shop/prod",
        "http://app.pulumi.com/acme/shop/prod/",
        "app.pulumi.com/acme/shop/prod",
        "https://app.pulumi.com/ACME/shop/prod/updates/12?tab=changes#top",
        "look at https://app.pulumi.com/acme/shop/prod/resources.",
        "prod (https://app.pulumi.com/acme/shop/prod), please",
        "see:https://app.pulumi.com/acme/shop/prod!",
        "_https://app.pulumi.com/acme/shop/prod_",
        "*https://app.pulumi.com/acme/shop/prod*",
        "~https://app.pulumi.com/acme/shop/prod~",
        "`https://app.pulumi.com/acme/shop/prod`",
        "<https://app.pulumi.com/acme/shop/prod|prod>",
    ],
)
def test_a_console_link_names_a_stack(text: str) -> None:
    assert found(text) == (PROD,)


@pytest.mark.parametrize(
    "text",
    [
        "https://app.pulumi.com/globex/shop/prod",
        "https://app.pulumi.com/acme/shop",
        "https://app.pulumi.com/acme",
        "https://app.pulumi.com/acme/neo/tasks/8c1f",
        "https://app.pulumi.com/acme/settings/access-tokens",
        "https://app.pulumi.com/acme/Insights/accounts/prod",
        "https://app.pulumi.com/acme/shop/%2e%2e",
        "https://app.pulumi.com/acme/shop/..",
        "https://evil.example/app.pulumi.com/acme/shop/prod",
        "https://app.pulumi.com@evil.example/acme/shop/prod",
        "https://notapp.pulumi.com/acme/shop/prod",
        "https://app.pulumi.com.evil.example/acme/shop/prod",
        "acme/shop/prod",
        "",
    ],
)
def test_other_pages_and_other_organisations_name_none(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize("page", sorted(NOT_PROJECTS))
def test_a_page_of_the_console_is_no_project(page: str) -> None:
    assert found(f"https://app.pulumi.com/acme/{page}/prod") == ()


def test_a_console_of_our_own_is_known_by_its_host_and_port() -> None:
    text = "http://console.acme.example:3000/acme/shop/prod https://app.pulumi.com/acme/a/b"

    assert find(text, console_host="Console.acme.example:3000", org="acme") == (PROD,)
    assert find(text, console_host=None, org="acme") == ()


@pytest.mark.parametrize(
    "text",
    [
        "--stack shop/prod",
        "run `pulumi up --stack shop/prod` first",
        "pulumi preview --stack=acme/shop/prod.",
        "pulumi preview \u2014stack 'shop/prod'",
    ],
)
def test_a_stack_flag_names_a_stack(text: str) -> None:
    assert found(text) == (PROD,)


@pytest.mark.parametrize(
    "text",
    ["--stack prod", "--stack globex/shop/prod", "my--stack a/b", "--stacks a/b", "stack a/b"],
)
def test_a_stack_flag_without_a_project_or_of_others_names_none(text: str) -> None:
    assert found(text) == ()


def test_a_stack_is_named_with_its_project_and_no_other_organisation() -> None:
    assert stack_named("shop/prod", org="acme") == PROD
    assert stack_named("Acme/shop/prod", org="acme") == PROD
    for other in ("prod", "globex/shop/prod", "a/b/c/d", "shop/", "shop/..", "shop/pr od", ""):
        assert stack_named(other, org="acme") is None


def test_stacks_of_the_options_come_first() -> None:
    text = "app.pulumi.com/acme/web/dev and --stack shop/prod"
    options = ("acme/shop/prod", "globex/x/y")

    assert find(text, console_host=CONSOLE, org="acme", stacks=options) == (
        PROD,
        Stack(project="web", name="dev"),
    )


# Repositories


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/acme/infra",
        "https://www.github.com/acme/infra/",
        "github.com/acme/infra.git",
        "git@github.com:acme/infra.git",
        "ssh://git@github.com/acme/infra.git",
        "https://github.com/acme/infra/pull/12/files#diff-1",
        "https://github.com/acme/infra/blob/main/index.ts?plain=1",
    ],
)
def test_a_github_link_names_its_repository(link: str) -> None:
    assert found(f"review {link}, please") == (INFRA,)
    assert found(f"({link})") == (INFRA,)
    assert found(f"{link}.") == (INFRA,)


@pytest.mark.parametrize(
    ("link", "org", "name"),
    [
        ("https://gitlab.com/acme/infra", "acme", "infra"),
        ("https://gitlab.com/acme/infra/-/merge_requests/3", "acme", "infra"),
        ("https://gitlab.com/acme/ops/eu/infra/-/tree/main/src", "acme/ops/eu", "infra"),
        ("https://gitlab.com/acme/ops/infra", "acme/ops", "infra"),
        ("https://gitlab.com/acme/infra/merge_requests/3", "acme", "infra"),
        ("git@gitlab.com:acme/ops/infra.git", "acme/ops", "infra"),
    ],
)
def test_a_gitlab_link_names_its_project_with_all_its_groups(
    link: str, org: str, name: str
) -> None:
    assert found(link) == (Repository(name=name, org=org, forge="gitlab"),)


@pytest.mark.parametrize(
    "link",
    ["https://bitbucket.org/acme/infra", "bitbucket.org/acme/infra/pull-requests/7/diff"],
)
def test_a_bitbucket_link_names_its_repository(link: str) -> None:
    assert found(link) == (Repository(name="infra", org="acme", forge="bitbucket"),)


@pytest.mark.parametrize(
    ("link", "forge", "host", "org"),
    [
        ("https://github.acme.example/ops/infra/pull/1", "github", "github.acme.example", "ops"),
        ("https://acme.ghe.com/ops/infra", "github", "acme.ghe.com", "ops"),
        ("https://git.acme.example/ops/infra/pull/1", "github", "git.acme.example", "ops"),
        (
            "https://my-gitlab.acme.example:8443/a/b/infra",
            "gitlab",
            "my-gitlab.acme.example",
            "a/b",
        ),
        ("https://git.local/a/b/infra/-/merge_requests/1", "gitlab", "git.local", "a/b"),
        (
            "https://bitbucket.acme.example/projects/OPS/repos/infra/pull-requests/1",
            *("bitbucket", "bitbucket.acme.example", "OPS"),
        ),
        (
            "https://bitbucket.acme.example/scm/ops/infra.git",
            *("bitbucket", "bitbucket.acme.example", "ops"),
        ),
        (
            "https://code.acme.example/users/ann/repos/infra",
            "bitbucket",
            "code.acme.example",
            "~ann",
        ),
    ],
)
def test_a_self_hosted_forge_is_named_with_its_host(
    link: str, forge: str, host: str, org: str
) -> None:
    assert found(link) == (Repository(name="infra", org=org, forge=forge, host=host),)


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/acme",
        "https://github.com/settings/tokens",
        "https://github.com/orgs/acme/repositories",
        "https://gitlab.com/groups/acme/-/issues",
        "https://gitlab.com/acme",
        "https://gitlab.com/acme/issues/5",
        "https://bitbucket.org/acme/workspace/overview",
        "https://bitbucket.acme.example/plugins/servlet",
        "https://docs.github.com/en/actions",
        "https://gist.github.com/ann/0123456789abcdef",
        "https://acme.github.io/infra/docs",
        "https://github.io/acme/infra",
        "https://evil.example/github.com/acme/infra",
        "https://github.com@evil.example/acme/infra",
        "ann@github.com/acme/infra",
        "https://notgithub.com/acme/infra",
        "and/or/else",
        "src/ops/infra/pull/12",
        "https://wiki.acme.example/ops/infra/pull/requests",
    ],
)
def test_a_page_that_is_no_repository_names_none(link: str) -> None:
    assert found(link) == ()


# All together


def test_each_is_named_once_in_the_order_of_the_text() -> None:
    text = (
        "github.com/acme/infra/pull/1, then --stack shop/prod, https://GitHub.com/Acme/Infra/pull/2"
        " and https://app.pulumi.com/acme/shop/prod, https://app.pulumi.com/acme/shop/dev"
    )

    assert found(text) == (INFRA, PROD, Stack(project="shop", name="dev"))


def test_no_more_than_a_few_are_taken() -> None:
    text = "\n".join(f"github.com/acme/repo{n}" for n in range(MOST + 5))

    assert [entity.name for entity in found(text)] == [f"repo{n}" for n in range(MOST)]


@given(LINKISH)
@example("--stack //")
@example("https://gitlab.com/-")
def test_whatever_the_text_finding_never_raises_and_gives_what_can_be_sent(text: str) -> None:
    entities = found(text)

    assert len(set(entities)) == len(entities) <= MOST
    sent = EntityDiff(add=entities).frozen_json()
    assert EntityDiff.model_validate_json(sent).add == entities
    assert all(entity.name.isascii() and entity.name.strip(".") for entity in entities)


@given(
    st.sampled_from(["see ", "(", "a: ", "\u201c", "\n> ", "*", "label ("]),
    st.sampled_from(["", ".", ",", ")", "!", "?", " and", "\u201d", "*", ";", ": no"]),
    st.sampled_from(sorted(PUBLIC)),
    NAME.map(lambda name: f"o{name}"),
    NAME.filter(lambda name: name != "workspace"),
)
def test_punctuation_around_a_link_is_no_part_of_it(
    before: str, after: str, host: str, org: str, name: str
) -> None:
    owner = f"{org}-x"  # no page is called so

    assert found(f"{before}https://{host}/{owner}/{name}{after}") == (
        Repository(name=name, org=owner, forge=PUBLIC[host]),
    )


@pytest.mark.parametrize("piece", ["a.", "github.com/", "_a", "--stack ", "https://", "a/", "a:1"])
def test_a_long_text_of_nothing_is_read_in_no_time(piece: str) -> None:
    assert len(found(piece * 20_000)) <= 1  # the suite's time-out is the judge of quadratic time
