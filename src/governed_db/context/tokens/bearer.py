"""The text of a token into a value that does not show it."""

from __future__ import annotations

import hashlib


class Bearer:
    """A token's text, which no repr shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Bearer(...)"

    def reveal(self) -> str:
        return self._text

    def digest(self) -> bytes:
        """What it is known by where it must not be kept."""
        return hashlib.sha256(self._text.encode("utf-8", "surrogatepass")).digest()


def concealed(told: object) -> object:
    """What was told of a token, with its text, if it is one, out of sight. Places stay as they are."""
    if isinstance(told, str) and not told.startswith(("env:", "file:", "login:")):
        return Bearer(told.strip())
    return told
