"""What could be run in place of a statement that was refused."""

from __future__ import annotations

import attrs


@attrs.frozen
class Rewrite:
    """A statement near the one that was refused, analysed and permitted for the same principal.

    `text` is the caller's own, literals included, with pieces cut out or replaced: it belongs to the caller,
    and into no log. `says`: what is different, without any literal. `is_template`: names stand in it
    as `key = NULL`, which selects nothing until somebody writes the key.
    """

    text: str
    says: str
    is_template: bool = False
