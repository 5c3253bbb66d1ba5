"""Recorded events into what pages show of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
import msgspec

from governed_db.model.audit import mapping, principals, seen
from governed_db.server.pages.approvals import title
from governed_db.server.search import Found, Question, search
from governed_db.server.store import Tx

_ABOUT: Final = (
    ("database", "Database"), ("kind", "Kind"), ("tool", "Tool"), ("model", "Model"),
    ("conversation", "Conversation"), ("run", "Run"), ("purpose", "Purpose"), ("call_site", "Call site"),
)  # fmt: skip
_DECISION: Final = (
    ("effect", "Effect"), ("rule", "Rule"), ("revision", "Policy"), ("auto", "Approved by rule"),
    ("id", "Decision"),
)  # fmt: skip
_KINDS: Final = {"human": "a person", "agent": "an agent", "service": "a service"}


@attrs.frozen
class Recorded:
    """One event; only what a table or a page of it shows."""

    id: str
    time: float
    phase: str
    fields: Mapping[str, Any]
    client: str = ""
    boot: str = ""
    seq: int = 0

    @property
    def statement(self) -> str:
        return str(self.fields.get("statement") or "")

    @property
    def status(self) -> str:
        return str(self.fields.get("status") or "")

    @property
    def principals(self) -> tuple[str, ...]:
        return principals(self.fields)

    @property
    def database(self) -> str:
        return str(self.fields.get("database") or "")

    @property
    def tool(self) -> str:
        return str(self.fields.get("tool") or "")

    @property
    def rows(self) -> int | None:
        rows = self.fields.get("rows")
        return rows if isinstance(rows, int) and rows >= 0 else None

    @property
    def masked(self) -> bool:
        return bool(self.fields.get("masked"))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(one["code"]) for one in self.reasons if one.get("code")))

    @property
    def reasons(self) -> list[Mapping[str, Any]]:
        found = mapping(self.fields.get("decision")).get("reasons") or ()
        return [{"code": "", "rule": ""} | dict(mapping(one)) for one in found]

    @property
    def effect(self) -> str:
        return str(mapping(self.fields.get("decision")).get("effect") or "")

    @property
    def approval(self) -> str:
        return str(self.fields.get("approval") or "")

    @property
    def seen(self) -> list[Mapping[str, str]]:
        return [{"column": "", "classification": "", "form": ""} | dict(one) for one in seen(self.fields)]

    @property
    def title(self) -> str:
        if self.statement:
            return title(self.statement)
        act = self.fields.get("act")
        if act:
            subject = self.fields.get("subject")
            return str(act).replace(".", " ").capitalize() + (f": {subject}" if subject else "")
        return {"session": "Session", "admin": "Administration"}.get(self.phase, self.phase.capitalize())

    @property
    def terms(self) -> list[tuple[str, Any]]:
        return sorted(mapping(mapping(self.fields.get("risk")).get("terms")).items())

    @property
    def score(self) -> Any:
        return mapping(self.fields.get("risk")).get("score", "")

    @property
    def decision(self) -> list[tuple[str, str]]:
        said = mapping(self.fields.get("decision"))
        return [(label, str(said[name])) for name, label in _DECISION if said.get(name)]

    @property
    def about(self) -> list[tuple[str, str]]:
        """Who did it, for whom, where."""
        chain = [mapping(link) for link in self.fields.get("principals") or ()]
        told: list[tuple[str, str]] = []
        for index, link in enumerate(reversed(chain)):
            groups = link.get("groups")
            of = f", in {', '.join(map(str, groups))}" if isinstance(groups, list) and groups else ""
            kind = _KINDS.get(str(link.get("kind")), "")
            told.append(("For" if index else "Who", f"{link.get('id', '')} ({kind}{of})"))
        told += [(label, str(self.fields[name])) for name, label in _ABOUT if self.fields.get(name)]
        if isinstance(self.fields.get("seconds"), (int, float)):
            told.append(("Took", f"{self.fields['seconds'] * 1000:.3g} ms"))
        if self.fields.get("error"):
            told.append(("Error", f"{self.fields['error']} {self.fields.get('sqlstate') or ''}".strip()))
        return [*told, ("Client", self.client), ("Start", self.boot), ("Record", str(self.seq))]

    @property
    def json(self) -> str:
        """Everything, to read."""
        told = {"id": self.id, "time": self.time, "phase": self.phase, "fields": dict(self.fields)}
        return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def of_event(event: Mapping[str, Any]) -> Recorded:
    """An event whole, as it is stored."""
    return Recorded(
        str(event.get("id", "")),
        float(event.get("time", 0.0)),
        str(event.get("phase", "")),
        mapping(event.get("fields")),
        str(event.get("client", "")),
        str(event.get("boot", "")),
        int(event.get("seq", 0)),
    )


def of_found(found: Found) -> Recorded:
    """An event as a list knows it."""
    what = dict(found.what)
    decision = {name: what.pop(name) for name in ("effect", "rule", "revision") if name in what}
    codes = what.pop("codes", [])
    fields = what | dict(found.who) | {"status": found.status, "rows": found.rows}
    fields["decision"] = decision | {"reasons": [{"code": code} for code in codes]}
    return Recorded(found.id, found.time, found.phase, fields)


def latest(tx: Tx, statuses: Iterable[str], most: int) -> list[Recorded]:
    """The last events of these statuses, the newest first."""
    found = [one for status in statuses for one in search(tx, Question(status=status), limit=most).events]
    return [of_found(one) for one in sorted(found, key=lambda one: -one.time)[:most]]
