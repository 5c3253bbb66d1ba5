"""A stored event into OCSF 1.8.0: class 6005, Datastore Activity, with the profile security_control.

Source: https://schema.ocsf.io/1.8.0/classes/datastore_activity. What has no field there goes into `unmapped`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from governed_db.model.audit import mapping, seen
from governed_db.remote.questions import Event

VERSION: Final = "1.8.0"
_CLASS: Final = 6005
_Meaning = tuple[int, str]

# activity_id. What a statement of DDL does is told by its first word.
_ACTIVITIES: Final[Mapping[str, _Meaning]] = {
    "select": (4, "Query"),
    "update": (2, "Update"),
    "merge": (2, "Update"),
    "alter": (2, "Update"),
    "insert": (5, "Write"),
    "delete": (7, "Delete"),
    "truncate": (7, "Delete"),
    "drop": (7, "Delete"),
    "create": (6, "Create"),
}
_OTHER: Final = 99
# action_id, disposition_id, status_id and severity_id by what came of the statement.
_OUTCOMES: Final[Mapping[str, tuple[_Meaning, _Meaning, _Meaning, _Meaning]]] = {
    "ok": ((1, "Allowed"), (1, "Allowed"), (1, "Success"), (1, "Informational")),
    "masked": ((4, "Modified"), (11, "Corrected"), (1, "Success"), (1, "Informational")),
    "error": ((1, "Allowed"), (27, "Error"), (2, "Failure"), (1, "Informational")),
    "refused": ((2, "Denied"), (2, "Blocked"), (2, "Failure"), (3, "Medium")),
    "asked": ((2, "Denied"), (14, "Delayed"), (2, "Failure"), (2, "Low")),
    "rolled back": ((2, "Denied"), (2, "Blocked"), (2, "Failure"), (3, "Medium")),
}
_TOLD: Final = ("action", "disposition", "status", "severity")
_USERS: Final = {"human": (1, "User"), "agent": (4, "Service"), "service": (4, "Service")}
# Told in fields of the class; everything else of an event is kept as it is.
_MAPPED: Final = frozenset({"database", "statement", "status", "decision", "seconds"})


def datastore_activity(event: Event, version: str) -> dict[str, Any] | None:
    """The event as OCSF tells it; None for what is no statement's (session, admin), and for intents.

    `event` is as remote.reader.read gives it; `version` is that of this library.
    """
    fields = event["fields"]
    if event["phase"] in ("intent", "session", "admin") or "database" not in fields:
        return None
    told = _identity(event, version) | _activity(fields) | _outcome(fields) | _who(event) | _what(fields)
    return {name: value for name, value in told.items() if value is not None}


def _identity(event: Event, version: str) -> dict[str, Any]:
    return {
        "class_uid": _CLASS,
        "class_name": "Datastore Activity",
        "category_uid": 6,
        "category_name": "Application Activity",
        "time": round(event["time"] * 1000),
        "metadata": {
            "version": VERSION,
            "profiles": ["security_control"],
            "product": {"name": "governed_db", "version": version},
            "uid": event["id"],
            "sequence": event["seq"],
            "log_name": event["boot"],
            "correlation_uid": mapping(event["fields"].get("decision")).get("id", event["id"]),
        },
    }


def _activity(fields: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(fields.get("kind") or fields.get("call") or "other")
    words = str(fields.get("statement", "")).split(maxsplit=1)
    word = words[0].lower() if kind == "ddl" and words else kind
    number, name = _ACTIVITIES.get(word, (_OTHER, word))
    return {"activity_id": number, "activity_name": name, "type_uid": _CLASS * 100 + number}


def _outcome(fields: Mapping[str, Any]) -> dict[str, Any]:
    status = str(fields.get("status", ""))
    if status == "ok" and any(one["form"] != "clear" for one in seen(fields)):
        status = "masked"
    told: dict[str, Any] = {}
    meanings = _OUTCOMES.get(status, ((0, "Unknown"),) * 4)
    for name, (number, caption) in zip(_TOLD, meanings, strict=True):
        told |= {f"{name}_id": number, name: caption}
    decision = mapping(fields.get("decision"))
    codes = [str(reason["code"]) for reason in decision.get("reasons") or () if "code" in reason]
    return told | {
        "status_code": fields.get("sqlstate") or (codes[0] if codes else None),
        "status_detail": fields.get("error") or ", ".join(codes) or None,
        "duration": round(fields["seconds"] * 1000) if "seconds" in fields else None,
        "policy": {
            "name": str(decision.get("rule") or "default"),
            "version": str(decision.get("revision", "")),
            "is_applied": True,
        },
    }


def _who(event: Event) -> dict[str, Any]:
    """The first of the chain is acted for; the last is the program that acts."""
    fields = event["fields"]
    chain: list[Mapping[str, Any]] = fields.get("principals") or [{}]
    told: dict[str, Any] = {"user": _user(chain[0])}
    if len(chain) > 1:
        told["app_uid"] = str(chain[-1].get("id", ""))
    if fields.get("conversation") is not None:
        told["session"] = {"uid": str(fields["conversation"])}
    if fields.get("tool") is not None:
        told["app_name"] = str(fields["tool"])
    return {"actor": told, "src_endpoint": {"hostname": str(event["client"])}}


def _user(link: Mapping[str, Any]) -> dict[str, Any]:
    number, name = _USERS.get(str(link.get("kind")), (0, "Unknown"))
    groups = [{"name": str(group)} for group in link.get("groups") or ()]
    return {"uid": str(link.get("id", "")), "type_id": number, "type": name} | (
        {"groups": groups} if groups else {}
    )


def _what(fields: Mapping[str, Any]) -> dict[str, Any]:
    relations = [str(one) for one in fields.get("relations") or ()]
    query = {"query_string": str(fields["statement"])} if fields.get("statement") is not None else None
    if query is not None and "fingerprint" in fields:
        query["uid"] = str(fields["fingerprint"])
    return {
        "database": {"name": str(fields["database"]), "type_id": 1, "type": "Relational"},
        "type_id": 1,
        "table": {"name": relations[0]} if len(relations) == 1 else None,
        "query_info": query,
        "unmapped": {name: value for name, value in fields.items() if name not in _MAPPED},
    }
