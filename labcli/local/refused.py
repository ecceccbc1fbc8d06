"""How the embedded AWS says no."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """A request that AWS refuses: AWS's error code, its whole sentence, an HTTP status.

    Each service has its own sentences (``refusals.py`` in its folder) and its own way to put them on the wire.
    """

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status
