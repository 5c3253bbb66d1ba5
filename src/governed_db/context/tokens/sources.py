"""What a connection was told about its token (a text, a place, a function) into who acts now.

`env:NAME` and `file:PATH` are read again whenever somebody asks, because tokens are replaced while
programs run; asking costs a verification only when the text has changed, or after a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.kept import Login
from governed_db.context.tokens.verify import Verified, Verifier
from governed_db.errors import IdentityError
from governed_db.model.principal import Context

Read = Callable[[], Bearer]
_MOST: Final = 64 * 1024


def reader(told: object) -> Read:
    """What gives the token as it is now. The text of a token is only ever held in a Bearer."""
    if isinstance(told, Bearer):
        return lambda: told
    if callable(told):
        return lambda: _called(told)
    if not isinstance(told, str):
        raise IdentityError(
            "a token is a text, a place (env:NAME, file:PATH, login:PATH) or a function", code="GDB555"
        )
    kind, _, name = told.partition(":")
    if kind == "file" and name:
        return lambda: _of_file(name)
    if kind == "login" and name:
        return Login(Path(name))
    if kind == "env" and name:
        return lambda: _of_variable(name)
    bearer = Bearer(told.strip())
    return lambda: bearer


def _of_file(name: str) -> Bearer:
    said = ""
    try:
        with Path(name).expanduser().open("rb") as file:
            return _bearer(file.read(_MOST).decode("ascii"))
    except (OSError, ValueError, RuntimeError) as error:
        said = type(error).__name__  # UnicodeDecodeError holds what was read
    raise _unavailable(f"the file {name}: {said}")


def _of_variable(name: str) -> Bearer:
    if name not in os.environ:
        raise _unavailable(f"the variable {name}, which is not set")
    return _bearer(os.environ[name])


def _called(function: Callable[[], object]) -> Bearer:
    said = "no text"
    try:
        found = function()
        if isinstance(found, (str, Bearer)):
            return found if isinstance(found, Bearer) else _bearer(found)
    except Exception as error:  # noqa: BLE001  # somebody else's; what it says may hold the token
        said = type(error).__name__
    raise _unavailable(f"the function that was given: {said}")


def _bearer(text: str) -> Bearer:
    stripped = text.strip()
    if not stripped:
        raise _unavailable("where it was said to be: nothing is there")
    return Bearer(stripped)


def _unavailable(where: str) -> IdentityError:
    return IdentityError(
        f"no token comes from {where}",
        code="GDB555",
        help="see `token` in the settings; nothing runs without it",
    )


class Source:
    """Who acts on one connection outside of any `acting_as`, by its token."""

    def __init__(self, read: Read, verifier: Verifier) -> None:
        self._read = read
        self._verifier = verifier
        self._last: Verified | None = None
        self._digest = b""
        self._context: Context | None = None

    def __call__(self) -> Context:
        """The same object as long as nothing changed. Raises IdentityError."""
        token = self._read()
        digest = token.digest()
        found = self._verifier.verify(token, is_again=digest == self._digest)
        self._digest = digest
        context = self._context
        if context is None or found is not self._last:
            principal = found.principal
            if context is not None and context.principal == principal:
                principal = context.principal  # plans are kept by it
            context = self._context = Context(principal, proof=found.proof)
            self._last = found
        return context
