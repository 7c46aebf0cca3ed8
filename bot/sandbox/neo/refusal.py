"""How Neo says no: a status and a sentence, as `{"code": ..., "message": ...}`."""


class Refusal(Exception):
    """A request that Neo does not take."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


BUSY = "cannot respond while a request is still ongoing"
"""Neo's own sentence for 409."""
