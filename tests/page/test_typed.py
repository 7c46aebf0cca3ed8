"""What people type, as Slack sends it on."""

import pytest

from bot.sandbox.page.typed import as_sent

PEOPLE = {"neo": "U0NEOBOT", "ann": "U0ANN"}
CHANNELS = {"infra": "C0INFRA"}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@Neo go", "<@U0NEOBOT> go"),
        ("ask @ann, then @nobody", "ask <@U0ANN>, then @nobody"),
        ("mail ann@neo.example", "mail ann@neo.example"),
        ("(@ann.)", "(<@U0ANN>.)"),
        ("see #infra and #nowhere", "see <#C0INFRA|infra> and #nowhere"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("https://a.example/x?y=1&z=2.", "<https://a.example/x?y=1&amp;z=2>."),
        ("`@ann` and ```\n@ann <b>\n```", "`@ann` and ```\n@ann &lt;b&gt;\n```"),
        ("<@U0ANN> <!channel>", "&lt;@U0ANN&gt; &lt;!channel&gt;"),
    ],
)
def test_names_become_tokens_and_what_looks_like_tokens_does_not(typed: str, sent: str) -> None:
    assert as_sent(typed, PEOPLE, CHANNELS) == sent
