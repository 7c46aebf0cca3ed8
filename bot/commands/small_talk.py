"""Words that mean something to a person, but are no task for Neo. Pure; never raises."""

import re
from enum import StrEnum

MOST_WORDS = 8
"""Words in the longest text that can be small talk."""

LONGEST_PHRASE = 4


class SmallTalk(StrEnum):
    """What such words say; where several are said, the first of these."""

    STOP = "stop"
    NO = "no"
    THANKS = "thanks"
    YES = "yes"
    GREETING = "greeting"


_PHRASES = {
    SmallTalk.STOP: """
        stop, stop it, stop that, stop this, cancel, cancel it, cancel that, abort, halt, quit,
        pause, wait, hold on, enough, that's enough, forget it, :octagonal_sign:, \U0001f6d1
    """,
    SmallTalk.NO: """
        no, n, nope, nah, no way, not now, not yet, don't, dont, do not, never, never mind,
        nevermind, nvm, deny, denied, reject, rejected, decline, declined, refuse,
        :-1:, :thumbsdown:, :x:, \U0001f44e, \u274c
    """,
    SmallTalk.THANKS: """
        thanks, thank you, thank u, thx, tx, ty, tysm, cheers, many thanks, thanks a lot,
        thanks a bunch, appreciated, much appreciated, appreciate it, well done, good job,
        great job, nice work, great work, good work, good bot, :pray:, :heart:, \U0001f64f, \u2764
    """,
    SmallTalk.YES: """
        yes, y, ya, yep, yeah, yup, ok, okay, k, kk, sure, of course, absolutely, definitely,
        exactly, correct, right, agreed, approve, approved, confirm, confirmed, proceed, continue,
        go on, go ahead, go for it, do it, ship it, lgtm, sgtm, looks good, sounds good,
        looks good to me, sounds good to me, good, great, perfect, nice, cool, fine, awesome,
        got it, done, all good, :+1:, :thumbsup:, :ok_hand:, :white_check_mark:, :tada:,
        \U0001f44d, \U0001f44c, \u2705, \U0001f389
    """,
    SmallTalk.GREETING: """
        hi, hello, hey, hiya, heya, yo, howdy, greetings, morning, good morning, good afternoon,
        good evening, good night, how are you, what's up, sup, bye, goodbye, see you, test, ping,
        :wave:, \U0001f44b
    """,
}
_MEANINGS = {
    " ".join(phrase.split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split(",")
}

_FILLERS = frozenset(
    {
        *("please", "pls", "plz", "neo", "bot", "so", "very", "much", "again", "there", "everyone"),
        *("team", "now", "then", "oh", "well", "just", ":)", ":-)", ";)", ":d"),
        *(":slightly_smiling_face:", ":smile:", "\U0001f642", "\U0001f600"),
    }
)
"""Words that add nothing to small talk, and are none by themselves."""

_SKIN = re.compile(":skin-tone-[2-6]:|[\U0001f3fb-\U0001f3ff]")
_MENTION = re.compile(r"<@[^<>]*>")
_BETWEEN = re.compile(r"[\s,.!?\u2026\"\u201c\u201d\ufe0f]+")


def is_small_talk(text: str) -> SmallTalk | None:
    """Return what `text` says if all of it is small talk; None as soon as any word is more.

    Case, punctuation, skin tones and words such as `please` do not matter: `Ok, thanks!`.
    """
    plain = _SKIN.sub("", text.casefold().replace("\u2019", "'"))
    words = [word for word in _BETWEEN.split(plain, MOST_WORDS + 3) if word]
    kinds = _kinds(words) if len(words) <= MOST_WORDS else None
    return next((kind for kind in SmallTalk if kind in kinds), None) if kinds else None


def is_stop(text: str) -> bool:
    """Whether `text`, as Slack sends it, says nothing but stop; a mention and a please aside."""
    plain = _BETWEEN.split(_MENTION.sub(" ", text.casefold()), MOST_WORDS)
    return [word for word in plain if word and word not in _FILLERS] == ["stop"]


def _kinds(words: list[str]) -> set[SmallTalk] | None:
    """Return what the phrases say that `words` consist of; None where they do not."""
    kinds: set[SmallTalk] = set()
    while words:
        sizes = range(min(LONGEST_PHRASE, len(words)), 0, -1)
        size = next((n for n in sizes if " ".join(words[:n]) in _MEANINGS), 0)
        if size:
            kinds.add(_MEANINGS[" ".join(words[:size])])
        elif words[0] not in _FILLERS:
            return None
        words = words[size or 1 :]
    return kinds
