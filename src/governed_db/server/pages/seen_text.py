"""Untrusted text into markup in which nothing is hidden: what a reader cannot see is written out.

An approver decides by what is on the screen. Controls that turn the direction of writing around, or that have
no width, would let a statement look like another one ("Trojan Source", CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_PLAIN = frozenset("\n\t")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset("\u00a0\u115f\u1160\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                    "\u202f\u205f\u2800\u3000\u3164\uffa0")  # fmt: skip


def seen(text: object) -> Markup:
    """The text, escaped, with every character that has no shape of its own written as U+XXXX."""
    said = str(text)
    if said.isascii() and said.isprintable():
        return escape(said)
    return Markup("").join(_piece(character) for character in said)


def is_unseen(character: str) -> bool:
    """Whether a reader could not tell that the character is there."""
    if character in _PLAIN:
        return False
    return character in _BLANKS or unicodedata.category(character) in _UNSEEN


def _piece(character: str) -> Markup:
    if not is_unseen(character):
        return escape(character)
    return Markup('<span class="unseen">U+{:04X}</span>').format(ord(character))
