"""How long things are waited for, and how often looked at: one value, so that tests are quick."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, all of them."""

    create: float = 120.0
    """The longest that creating a task may take: a cold start takes tens of seconds."""
    respond: float = 30.0
    """The longest that any other user event may take."""
    settle: float = 10.0
    """After a call's deadline, Neo may for so long still come to show what it took."""
    give_up: float = 180.0
    """After a creation whose answer was lost, a task may for so long still appear."""
    look_every: float = 1.0
    """Between two looks for something whose answer was lost."""
    retry: float = 3.0
    """Until the next try of something that was not taken, but may be."""
    busy: float = 5.0
    """Until the next try of a message that Neo was too busy to take, though it seemed idle."""
    echo: float = 60.0
    """After a message was taken, its echo is waited for so long before the next one goes."""
    stop_waits: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
    """Between the tries of a stop: 8 of them over 90 s, as the official command line does."""
    stop_lasts: float = 90.0
    """After a stop was asked for, a turn that goes on for so long may be ended by force."""
    files: float = 45.0
    """A file that somebody attached is waited for so long while Slack does not give it."""
    linger: float = 10.0
    """An idle task is still followed for so long: the next message often comes at once."""
    list_every: float = 30.0
    """Between two listings of the tasks that rest."""
    quiet: float = 20.0
    """A turn in which nothing came for so long makes one look at how its runtime is."""
    look_at_runtime: float = 30.0
    """Between two such looks."""
    lapse: float = 600.0
    """An approval that did not reach Neo in this time is no longer what the person meant."""
    mind: float = 15.0
    """Between two looks at what waits for a decision: whether somebody is to be reminded."""
    home: float = 5.0
    """Between two looks at whether the open App Homes still show what is so."""
