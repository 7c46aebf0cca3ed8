"""`neo-slack dead`: what was given up after errors that time does not heal; the operator decides.

A letter that is retried goes back into the inbox as something found late: a message that is older
than 15 minutes asks its author first, and a decision is as old as its click was.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

from pydantic import ValidationError

from bot.errors import ConfigurationProblem, NewerRecord
from bot.ids import ts_of
from bot.settings import Settings
from bot.slack.inbound import Clicked, Heard, SlackInput, read_input
from bot.store import open_store
from bot.store.dead import DeadLetters, Letter
from bot.store.embedded import at_home
from bot.store.inbox import stored_at

ERROR_SHOWN = 120
"""Characters of an error in the list."""


Action = Literal["list", "retry", "drop"]


async def act(settings: Settings, action: Action, ids: Sequence[str] = ()) -> str:
    """Do what the operator says with the letters of these ids, or with all; return what to print.

    Raises `ConfigurationProblem` naming ids that are none, and `StoreUnavailable`.
    """
    async with _letters(settings) as dead:
        chosen = _chosen(await dead.all(), ids)
        match action:
            case "list":
                return "\n".join(map(_line, chosen)) if chosen else "No dead letters."
            case "retry":
                done = [await dead.retry(letter, _found_late(letter)) for letter in chosen]
                return f"{sum(done)} back in the inbox."
            case "drop":
                done = [await dead.drop(letter) for letter in chosen]
                return f"{sum(done)} dropped."


@asynccontextmanager
async def _letters(settings: Settings) -> AsyncGenerator[DeadLetters]:
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    async with at_home(settings.data_dir, url) as address, open_store(address) as store:
        yield DeadLetters(store)


def _chosen(letters: list[Letter], ids: Sequence[str]) -> list[Letter]:
    known = {letter.id for letter in letters}
    if unknown := [f"{one}: there is no such dead letter" for one in ids if one not in known]:
        raise ConfigurationProblem(unknown)
    return [letter for letter in letters if not ids or letter.id in ids]


def _found_late(letter: Letter) -> str:
    given = _read(letter.json)
    if not isinstance(given, Heard | Clicked):
        return letter.json
    late: dict[str, object] = {"found_late": True}
    if isinstance(given, Clicked) and not given.action_ts:
        # Slack does not say when a form was sent: it was stored in the same moment.
        late["action_ts"] = ts_of(stored_at(letter.entry) or letter.at)
    return given.model_copy(update=late).model_dump_json()


def _line(letter: Letter) -> str:
    """Return one line, without anybody's words: they may be nobody else's business."""
    since = datetime.fromtimestamp(letter.at, UTC).isoformat(" ", "seconds")
    given = _read(letter.json)
    what = f"{given.kind} {_whose(given)}" if given else "unreadable"
    error = " ".join(letter.error.split())[:ERROR_SHOWN]
    return f"{letter.id}  {since}  {letter.installation}  {what}  {error}"


def _whose(given: SlackInput) -> str:
    thread = getattr(given, "thread", None)
    where = thread.key() if thread else getattr(given, "channel", "")
    return " ".join(part for part in (getattr(given, "user", ""), where) if part)


def _read(json: str) -> SlackInput | None:
    try:
        return read_input(json)
    except (NewerRecord, ValidationError):
        return None  # written by another version, or broken: that is why it is here
