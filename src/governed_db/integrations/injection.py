"""Cells of a result into those that read like instructions to a model.

Conservative: a verb of command beside something that only a model or an agent has (instructions, a prompt, a
tool), a forged line of a conversation, or a command to run a statement. Ordinary text, which speaks of
ignoring and of systems too, must pass. It is a hint and no border: what an agent does is decided when it tries.
"""
# ruff: noqa: E501  # patterns are read better whole

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import attrs

_MOST: Final = 20_000  # characters of a cell that are looked at
_SHORT: Final = 12  # no instruction is shorter
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")  # letters that only models see

_ANY = r"(?:(?:all|any|of|the|these|those|your|my|its|every|other|previous|prior|above|earlier|preceding|initial|original|existing|current|system|safety|security|developer|hidden|secret|full)\s+){0,6}"
_OWN = r"(?:instructions?|prompts?|guidelines|guardrails|directives|system (?:message|prompt|rules)|(?:safety|content) (?:rules|polic(?:y|ies)|filters?)|programming)\b"
_MODEL = r"(?:ai|a\.i\.|llm|language model|ai (?:assistant|agent|model)s?|sql agent|llm agent|chatbot|assistant|agent)\b"
_DATA = r"(?:passwords?|api keys?|secrets|credentials|ssns?|customer (?:data|table|emails?|records)|contents? of|rows of|conversation|chat history|database)\b"
_CHANGE = r"(?:drop (?:table|database|schema) \S|delete from \S+ (?:where|;)|truncate table \S|grant all on\b|update \S+ set \S+ ?=|insert into \S+ ?(?:\(|values|select))"
_READ = r"(?:delete from \S|select [\w*, .]{1,60} from \S)"

_SIGNS: Final[Mapping[str, str]] = {
    "override": rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don'?t follow|stop following)\W+{_ANY}{_OWN}",
    "override in another language": (
        r"\b(?:ignoriere?n?|vergiss|missachte)\b[^.]{0,40}\b(?:anweisung(?:en)?|vorgaben|prompt)\b"
        r"|\b(?:ignora[rn]?|olvida)\b[^.]{0,40}\b(?:instrucciones|istruzioni|instruções)\b"
        r"|\b(?:ignore[zr]?|oubliez?)\b[^.]{0,20}\b(?:les|vos|tes|toutes)\b[^.]{0,20}\b(?:instructions|consignes)\b"
    ),
    "reveal": (
        r"\b(?:reveal|print|output|repeat|leak|dump) (?:me )?(?:all |the |your |full |entire |hidden ){1,3}"
        r"(?:system prompt|initial prompt|system message|hidden prompt|instructions (?:verbatim|above))"
    ),
    "role": (
        rf"\byou are (?:now|no longer) (?:an? |in |bound )?(?:\w+ ){{0,2}}(?:{_MODEL}|dan\b|dba\b|(?:developer|admin|god) mode)"
        r"|\bact as (?:an? )?(?:unrestricted|unfiltered|jailbroken|dba\b|database admin)"
        r"|\b(?:enter|enable|switch to) (?:developer|god|jailbreak|unrestricted) mode\b"
    ),
    "addressed": (
        r"\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|hello):? (?:the |any |all |this )?"
        r"(?:ai|llm|language model|ai (?:assistant|agent|model)s?|sql agent|llm agent)s?\b"
        r"|\bif you are an? (?:ai|llm|language model|ai assistant)\b"
        r"|\b(?:ai|llm)s?(?: assistants?| agents?| models?)? (?:reading|processing|that reads?|summari[sz]ing) this\b"
    ),
    "conversation": (
        r"(?:^|\n)\s*#*\s*[\[<]?(?:system|assistant|developer)(?: message| prompt| instructions?)?[\]>]?\s*:\s*"
        r"(?:you (?:are|must|will|should|may)|i will now|ignore|run |execute |the user (?:is|has)|call |from now)"
        r"|<\|(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id)\|?>|\[/?INST\]|<<\s*/?SYS\s*>>"
        r"|</?(?:system|tool_result|tool_response|function_results?|assistant|database_data)>"
    ),
    "new instructions": (
        r"\b(?:new|updated|revised|additional|real|actual) (?:system )?(?:instructions|prompt)(?: for (?:you|the (?:ai|agent|assistant|model)))?\s*:"
        r"|\byour (?:new|real|actual) (?:task|goal|instructions?) (?:is|are|now)\b"
    ),
    "tool": (
        r"\b(?:call|use|invoke|run|trigger) (?:the |your )?`?(?:sql_db_\w+|send_\w+|run_\w+|execute_\w+)"
        r"|\b(?:call|use|invoke|trigger) (?:the |your )?(?:sql|query|database|e-?mail|http|web|shell|python) tool\b"
    ),
    "statement": (
        rf"\b(?:execute|run|you (?:must|should|need to)|please|then|now|immediately)\b[^.]{{0,50}}[\s:`'\"]{_CHANGE}"
        rf"|\b(?:execute|run|you (?:must|should|need to))\b[^.,]{{0,30}}[\s:`'\"]{_READ}"
    ),
    "exfiltrate": (
        rf"\b(?:send|post|forward|e-?mail|upload|exfiltrate|transmit)\b[^.]{{0,30}}\b(?:all|every|the entire|the full)\b"
        rf"[^.]{{0,40}}\b{_DATA}[^.]{{0,40}}\b(?:to|at|via)\b[^.]{{0,20}}(?:@|https?:|//|\battacker)"
    ),
    "image": r"!\[[^\]\n]{0,80}\]\( ?https?://[^)\s]{1,300}[?&][^)\s]*=(?:\{|\[|%7b|<|\$)",
}  # fmt: skip

# Every find of a sign holds one of these: looking for them first takes a hundredth of the time.
_HOLDS: Final[Mapping[str, tuple[str, ...]]] = {
    "override": ("instruction", "prompt", "guideline", "guardrail", "directive", "system", "safety", "content", "programming"),
    "override in another language": ("anweisung", "vorgaben", "prompt", "instruc", "istruzioni", "consignes"),
    "reveal": ("prompt", "message", "instructions"),
    "role": ("you", "act", "enter", "enable", "switch"),
    "addressed": ("ai", "llm", "language model", "agent"),
    "conversation": ("system", "assistant", "developer", "<|", "inst]", "sys", "</"),
    "new instructions": ("instructions", "prompt", "your "),
    "tool": ("sql_db_", "send_", "run_", "execute_", "tool"),
    "statement": ("drop", "truncate", "grant", "delete", "update", "insert", "select"),
    "exfiltrate": ("@", "http", "//", "attacker"),
    "image": ("](",),
}  # fmt: skip


@attrs.frozen
class Flag:
    """A cell that reads like instructions: by row (from 0) and column, and by which sign."""

    row: int
    column: str
    sign: str


class Detector:
    """Finds them; its patterns are compiled once."""

    def __init__(self) -> None:
        spaced = {name: text.replace(" ?", r"\s*").replace(" ", r"\s+") for name, text in _SIGNS.items()}
        self._signs = tuple(
            (name, _HOLDS[name], re.compile(text, re.IGNORECASE)) for name, text in spaced.items()
        )

    def sign(self, text: str) -> str | None:
        """By what a text reads like an instruction; None for ordinary text."""
        text = text[:_MOST]
        if not text.isascii():
            if _TAGS.search(text):
                return "invisible letters"
            text = _plain(text)
        if len(text) < _SHORT:
            return None
        small = text.lower()
        for name, holds, pattern in self._signs:
            if any(word in small for word in holds) and pattern.search(text):
                return name
        return None

    def flags(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[Flag]:
        """The cells of a result that read like instructions."""
        for number, row in enumerate(rows):
            for name, cell in zip(columns, row, strict=True):
                found = next(filter(None, map(self.sign, _texts(cell))), None)
                if found is not None:
                    yield Flag(number, name, found)


def _texts(cell: Any) -> Iterator[str]:
    """The texts of a cell: of a document every one in it."""
    match cell:
        case str():
            yield cell
        case bytes():
            yield cell.decode("utf-8", "replace")
        case dict():
            for name, inner in cell.items():
                yield from _texts(name)
                yield from _texts(inner)
        case list() | tuple():
            for inner in cell:
                yield from _texts(inner)


def _plain(text: str) -> str:
    """Letters that look alike and what is not seen made plain, so that hiding behind them does not help."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")


@cache
def detector() -> Detector:
    """The one of this process."""
    return Detector()
