"""Neo's refusals in words that say what to do. Pure."""

from bot.errors import NeoError, NeoForbidden, NeoUnauthorized, TaskBusy, TaskGone


def in_words(error: NeoError) -> str:
    """Return a sentence for a person; Neo's own words are part of it, untrusted."""
    match error:
        case NeoUnauthorized():
            return (
                "Pulumi Cloud does not accept the bridge's access token any more. "
                "Whoever runs this bridge has to renew PULUMI_ACCESS_TOKEN."
            )
        case NeoForbidden():
            return f"Pulumi Cloud does not allow it to the bridge's user: {error.message}"
        case TaskGone():
            return (
                "Pulumi Cloud does not know this task any more. "
                "Mention me outside this thread to start a new one."
            )
        case TaskBusy():
            return "Neo is busy with something else."
        case _:
            return f"Neo's own words: {error.message}"
