"""What a message means, by whom it is said, to whom, and what the agent waits for."""

from typing import cast

import pytest

from bot.conversation import sentences
from bot.conversation.effects import SEEN, WAITS, React, Tell, Whisper
from bot.conversation.hear import (
    Answer,
    Hearing,
    Said,
    enqueue,
    hear,
    is_wanted,
    refer,
)
from bot.conversation.pending import PendingDecision, Start
from bot.conversation.releasing import release_late, start_again
from bot.conversation.said import LATE_SECONDS
from bot.conversation.talk import Talk
from bot.ids import ApprovalRequestId, ButtonValue, ThreadRef, UserId
from bot.view import Approval, Card, Resolution, View
from conversation.people import ANN, BOB, approval, item, new_talk, running_talk, said, ts, view


def whispers(hearing: Hearing) -> list[str]:
    return [e.text for e in hearing.effects if isinstance(e, Whisper)]


def buttons_of(whisper: Whisper) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", whisper.blocks[-1]["elements"])


def tells(hearing: Hearing) -> list[Tell]:
    return [e for e in hearing.effects if isinstance(e, Tell)]


def queue_of(talk: Talk) -> list[str]:
    return [i.text for i in talk.queue]


class TestWhoIsHeard:
    def test_a_mention_waits_to_start_a_task_and_is_seen(self) -> None:
        hearing = hear(new_talk(), None, said(0, "go", to_bot=True))
        assert queue_of(hearing.talk) == ["go"]
        assert hearing.effects == (React(ts(0), SEEN),)

    def test_a_direct_message_starts_a_task_too(self) -> None:
        assert hear(new_talk(), None, said(0, dm=True)).talk.queue[0].opens

    def test_chatter_before_anybody_spoke_to_the_bot_starts_nothing(self) -> None:
        hearing = hear(new_talk(), None, said(0, user=BOB))
        assert not hearing.talk.has_begun
        assert hearing.effects == ()

    def test_a_mention_without_words_starts_nothing_and_gets_a_hint(self) -> None:
        hearing = hear(new_talk(), None, said(0, "", to_bot=True))
        assert not hearing.talk.has_begun
        assert whispers(hearing) == [sentences.EMPTY]

    def test_a_file_that_neo_does_not_get_starts_nothing_and_is_named(self) -> None:
        hearing = hear(new_talk(), None, said(0, "", to_bot=True, file="a.png"))
        assert not hearing.talk.has_begun
        (hint,) = whispers(hearing)
        assert "`a.png` (not text)" in hint

    def test_words_go_on_without_their_files_and_their_author_is_told(self) -> None:
        hearing = hear(running_talk(), view(over=True), said(1, "see", file="a.png"))
        assert queue_of(hearing.talk) == ["see"]
        (hint,) = whispers(hearing)
        assert "`a.png` (not text)" in hint

    @pytest.mark.parametrize("talk", [new_talk(), running_talk()])
    def test_a_file_of_text_needs_no_words(self, talk: Talk) -> None:
        (waits,) = hear(talk, view(over=True), said(1, "", to_bot=True, attached="log")).talk.queue
        assert (waits.content, waits.opens) == ("log", True)

    def test_a_reply_that_begins_with_somebody_elses_mention_is_not_for_the_agent(self) -> None:
        hearing = hear(running_talk(), view(), said(1, user=BOB, to_other=True))
        assert (hearing.talk.queue, hearing.effects) == ((), ())
        assert BOB in hearing.talk.speakers

    def test_where_nobody_else_is_there_it_is(self) -> None:
        assert hear(running_talk(), view(), said(1, to_other=True, dm=True)).talk.queue

    @pytest.mark.parametrize("waiting", [(), (approval(),)])
    def test_where_it_mentions_the_bot_as_well_its_author_is_told_that_neo_does_not_get_it(
        self, waiting: tuple[Approval, ...]
    ) -> None:
        hearing = hear(running_talk(), view(*waiting), said(5, to_other=True, to_bot=True))
        assert (hearing.talk.queue, hearing.answer) == ((), None)
        (hint,) = whispers(hearing)
        assert "begins by mentioning somebody else" in hint

    def test_what_was_said_before_the_conversation_began_is_not_for_the_agent(self) -> None:
        began = hear(new_talk(), None, said(3, to_bot=True)).talk
        assert queue_of(hear(began, None, said(2, "old")).talk) == ["words"]
        assert queue_of(hear(began, None, said(4, "new")).talk) == ["words", "new"]

    def test_a_message_heard_twice_waits_once(self) -> None:
        once = hear(running_talk(), view(), said(1)).talk
        assert hear(once, view(), said(1)).talk.queue == once.queue

    def test_a_message_that_neo_has_is_not_taken_again(self) -> None:
        assert hear(running_talk(), view(over=True), said(0, to_bot=True)).talk.queue == ()

    def test_a_reply_after_a_failed_start_waits_and_is_told_for_what(self) -> None:
        talk = running_talk(task_id=None, start=failed_start())
        hearing = hear(talk, None, said(1))
        assert hearing.talk.queue
        assert sentences.START_FAILED_BEFORE in whispers(hearing)


class TestQuietThreads:
    def test_only_what_is_said_to_the_bot_is_heard(self) -> None:
        talk = running_talk(quiet=True)
        assert hear(talk, view(), said(1)).talk.queue == ()
        assert hear(talk, view(), said(1, to_bot=True)).talk.queue
        assert hear(talk, view(), said(1, dm=True)).talk.queue

    def test_answers_are_no_exception(self) -> None:
        talk = running_talk(quiet=True)
        unheard = hear(talk, view(approval()), said(2, "yes"))
        assert (unheard.answer, unheard.effects) == (None, ())
        assert hear(talk, view(approval()), said(2, "yes", to_bot=True)).answer

    def test_files_of_what_is_not_heard_are_not_read(self) -> None:
        talk = running_talk(quiet=True)
        assert not is_wanted(talk, said(1, attached="log"))
        assert is_wanted(talk, said(1, to_bot=True, attached="log"))
        assert not is_wanted(talk, said(0, to_bot=True, attached="log")), "Neo has that message"


class TestWaiting:
    @pytest.mark.parametrize(
        ("shown", "mark"), [(view(), WAITS), (view(over=True), ""), (None, WAITS)]
    )
    def test_a_message_is_marked_only_where_it_really_waits(
        self, shown: View | None, mark: str
    ) -> None:
        hearing = enqueue(running_talk(), shown, item(1))
        assert hearing.talk.queue[0].mark == mark
        assert hearing.effects == ((React(ts(1), mark),) if mark else ())

    def test_a_message_waits_until_the_one_before_came_back(self) -> None:
        talk = running_talk(said=(150.0,), start=failed_start(instant=150.0))
        assert enqueue(talk, view(over=True), item(1)).talk.queue[0].mark == WAITS


class TestAnswers:
    @pytest.mark.parametrize(("words", "ok"), [("yes", True), ("No.", False), ("Go ahead!", True)])
    def test_the_owners_yes_or_no_decides(self, words: str, ok: bool) -> None:  # noqa: FBT001 -- the table's column
        asked = approval()
        answer = hear(running_talk(), view(asked), said(2, words)).answer
        assert answer == Answer(asked, ok=ok)

    def test_other_words_of_the_owner_alone_deny_with_instructions(self) -> None:
        asked = approval()
        answer = hear(running_talk(), view(asked), said(2, "use dev")).answer
        assert answer == Answer(asked, ok=False, instructions="use dev")

    def test_where_others_talk_words_are_held_and_offered(self) -> None:
        hearing = hear(running_talk(speakers=(ANN, BOB)), view(approval()), said(2, "hm"))
        assert hearing.answer is None
        assert [h.item.text for h in hearing.talk.held] == ["hm"]
        assert "Send it to Neo" in str(tells(hearing)[0].content.blocks)

    def test_unless_they_are_said_to_the_bot(self) -> None:
        talk = running_talk(speakers=(ANN, BOB))
        assert hear(talk, view(approval()), said(2, "use dev", to_bot=True)).answer

    def test_who_speaks_makes_company_even_before_the_question(self) -> None:
        talk = hear(running_talk(), view(), said(1, user=BOB, to_other=True)).talk
        assert hear(talk, view(approval()), said(2, "hm")).talk.held

    def test_an_answer_with_a_file_says_more_than_yes_and_decides_nothing(self) -> None:
        for words in (said(2, "yes", attached="log"), said(2, "no", file="a.png")):
            hearing = hear(running_talk(), view(approval()), words)
            assert hearing.answer is None
            assert whispers(hearing)[0] == sentences.ANSWER_WITH_FILE

    def test_instructions_bring_their_file_along(self) -> None:
        asked = approval()
        answer = hear(running_talk(), view(asked), said(2, "use this", attached="log")).answer
        assert answer == Answer(asked, ok=False, instructions="use this\n\nlog")

    @pytest.mark.parametrize("words", ["yes", "no", "the second one"])
    def test_any_text_answers_a_question(self, words: str) -> None:
        asked = approval(question=True)
        talk = running_talk(speakers=(ANN, BOB))
        answer = hear(talk, view(asked), said(2, words)).answer
        assert answer == Answer(asked, ok=False, instructions=words)

    @pytest.mark.parametrize("number", [0, 1])
    def test_what_was_typed_before_the_card_was_shown_decides_nothing(self, number: int) -> None:
        hearing = hear(running_talk(start=None), view(approval()), said(number, "yes"))
        assert hearing.answer is None
        assert whispers(hearing) == [sentences.CARD_CHANGED]
        assert not hearing.talk.queue, "a bare yes would be taken for something else later"

    def test_nor_does_it_while_the_card_is_about_to_change(self) -> None:
        asked = approval()
        stale = asked.model_copy(update={"card": asked.card.changed()})
        hearing = hear(running_talk(), view(stale), said(2, "use dev"))
        assert hearing.answer is None
        assert queue_of(hearing.talk) == ["use dev"]
        assert sentences.KEPT in whispers(hearing)[0]

    def test_where_several_cards_wait_it_is_asked_which_one_is_meant(self) -> None:
        unseen = approval(3)
        unseen = unseen.model_copy(update={"card": unseen.card.changed()})
        hearing = hear(running_talk(), view(approval(1), approval(2), unseen), said(2, "yes"))
        (whisper,) = hearing.effects
        assert isinstance(whisper, Whisper)
        values = [ButtonValue.decode(b["value"]) for b in buttons_of(whisper)]
        assert hearing.answer is None
        assert [(v.subject, v.digest) for v in values] == [
            (held.item.ts, held.digest) for held in hearing.talk.held
        ]
        assert [held.request_id for held in hearing.talk.held] == ["a1", "a2"]
        assert hear(hearing.talk, view(approval(1), approval(2)), said(2, "yes")).effects == ()

    def test_a_card_that_is_decided_already_does_not_make_another_one_several(self) -> None:
        decided = approval(1).model_copy(update={"decision": Resolution(ok=True, by=ANN)})
        hearing = hear(running_talk(), view(decided, approval(2)), said(2, "yes"))
        assert hearing.answer
        assert hearing.answer.approval.request_id == "a2"

    def test_nor_after_the_decision(self) -> None:
        asked = approval()
        pending = PendingDecision(
            body="", instant=0, request_id=ApprovalRequestId("a1"), user=ANN, ok=True, decided_at=0
        )
        decided = asked.model_copy(update={"decision": Resolution(ok=True)})
        for talk, shown in (
            (running_talk(decisions=(pending,)), view(asked)),
            (running_talk(), view(decided)),
        ):
            assert whispers(hear(talk, shown, said(2, "no"))) == [sentences.ALREADY_DECIDED]

    @pytest.mark.parametrize("words", ["yes", "no"])
    def test_whether_others_may_decide_is_for_the_policy_to_say(self, words: str) -> None:
        hearing = hear(running_talk(), view(approval()), said(2, words, user=BOB))
        assert hearing.talk.queue == ()
        assert hearing.answer == Answer(approval(), ok=words == "yes")

    def test_others_who_have_not_seen_the_card_are_told_who_decides(self) -> None:
        unseen = approval().model_copy(update={"card": Card(key="t-1/approval/a1")})
        hearing = hear(running_talk(), view(unseen), said(2, "yes", user=BOB))
        assert (hearing.answer, hearing.talk.queue) == (None, ())
        assert "Only <@U0ANN>" in whispers(hearing)[0]

    def test_others_words_wait_for_the_end_of_the_turn(self) -> None:
        hearing = hear(running_talk(), view(approval()), said(2, "fyi", user=BOB))
        assert queue_of(hearing.talk) == ["fyi"]
        assert whispers(hearing) == []

    def test_others_words_to_a_question_wait_too_and_they_are_told(self) -> None:
        hearing = hear(running_talk(), view(approval(question=True)), said(2, "dev", user=BOB))
        assert queue_of(hearing.talk) == ["dev"]
        assert len(whispers(hearing)) == 1


class TestLate:
    def test_a_message_found_long_after_asks_its_author_first(self) -> None:
        heard = said(1, user=BOB, found_late=True, age=LATE_SECONDS + 1)
        hearing = hear(running_talk(), view(over=True), heard)
        assert hearing.talk.queue == ()
        assert [i.ts for i in hearing.talk.late] == [ts(1)]
        (asked,) = tells(hearing)
        assert "Send it now" in str(asked.content.blocks)
        assert BOB in asked.content.text

    def test_where_there_is_no_task_it_offers_to_start_one(self) -> None:
        heard = said(0, to_bot=True, found_late=True, age=LATE_SECONDS + 1)
        (asked,) = tells(hear(new_talk(), None, heard))
        assert "Start it now" in str(asked.content.blocks)

    @pytest.mark.parametrize(
        "heard", [said(1, found_late=True, age=LATE_SECONDS), said(1, age=2 * LATE_SECONDS)]
    )
    def test_a_message_found_soon_or_delivered_slowly_acts_at_once(self, heard: Said) -> None:
        assert hear(running_talk(), view(over=True), heard).talk.queue

    def test_only_its_author_lets_it_go(self) -> None:
        talk = running_talk(late=(item(1, user=BOB),))
        assert release_late(talk, ts(1), ANN) == (talk, None)
        released, found = release_late(talk, ts(1), BOB)
        assert (released.late, found) == ((), item(1, user=BOB))

    def test_replies_to_a_late_mention_wait_but_start_nothing(self) -> None:
        heard = said(0, to_bot=True, found_late=True, age=LATE_SECONDS + 1)
        late = hear(new_talk(), None, heard).talk
        after = hear(late, None, said(1, user=BOB)).talk
        assert [i.opens for i in after.queue] == [False]


class TestTryAgain:
    def test_a_refused_start_is_begun_anew_with_what_was_said_since(self) -> None:
        talk = running_talk(task_id=None, start=failed_start(), queue=(item(1, "and"),), attempts=1)
        again = start_again(talk)
        assert again.start is None
        assert queue_of(again) == ["words", "and"]

    def test_one_that_may_have_happened_keeps_its_bytes_and_is_looked_for_first(self) -> None:
        start = failed_start(sent_at=100.0)
        again = start_again(running_talk(task_id=None, start=start, attempts=1))
        assert again.start is not None
        assert (again.start.body, again.start.insisted, again.start.failed) == ("b", True, "")
        assert again.attempts == 2, "its next failure gets a note of its own"


def failed_start(*, instant: float = 100.0, sent_at: float | None = None) -> Start:
    return Start(
        body="b", instant=instant, items=(item(0, opens=True),), failed="why", sent_at=sent_at
    )


class TestSaidElsewhere:
    """A bare word at the top of a direct message, for what waits in a thread."""

    HERE = ThreadRef(channel="D1", root=ts(2))

    def hearing(self, words: str = "yes", *asked: Approval, user: UserId = ANN) -> Hearing:
        return refer(running_talk(), view(*asked), said(2, words, user=user, said_in=self.HERE))

    def test_it_answers_as_a_reply_in_the_thread_would(self) -> None:
        asked, question = approval(), approval(question=True)
        assert self.hearing("yes", asked).answer == Answer(asked, ok=True)
        assert self.hearing("no", asked).answer == Answer(asked, ok=False)
        words = Answer(question, ok=False, instructions="sure")
        assert self.hearing("sure", question).answer == words

    def test_where_several_things_wait_it_is_asked_there_which_one_is_meant(self) -> None:
        hearing = self.hearing("yes", approval(1), approval(2))
        (whisper,) = hearing.effects
        assert isinstance(whisper, Whisper)
        assert (whisper.channel, whisper.root, len(buttons_of(whisper))) == ("D1", "", 2)
        assert not hearing.talk.queue

    @pytest.mark.parametrize(
        ("words", "asked"),
        [
            ("yes", ()),
            ("yes", (approval(shown_at=3),)),
            ("yes", (approval().model_copy(update={"decision": Resolution(ok=True)}),)),
            ("great", (approval(),)),
        ],
    )
    def test_it_never_becomes_a_message_and_says_why_it_decides_nothing(
        self, words: str, asked: tuple[Approval, ...]
    ) -> None:
        hearing = self.hearing(words, *asked)
        (whisper,) = hearing.effects
        assert isinstance(whisper, Whisper)
        assert (whisper.channel, whisper.root) == ("D1", ""), "where it was said"
        assert (hearing.answer, hearing.talk) == (None, running_talk())

    def test_nobody_elses_word_counts(self) -> None:
        hearing = self.hearing("yes", approval(), user=BOB)
        assert hearing.answer is None
        assert "Only" in whispers(hearing)[0]
