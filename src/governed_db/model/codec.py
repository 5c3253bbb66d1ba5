"""Audit events into the members of a JSON object."""

from __future__ import annotations

import msgspec

Members = bytes  # of an event's JSON object: "fields", "id", "phase", "time", and the closing brace


def members(id: str, now: float, phase: str, fields: bytes) -> Members:
    """An event whose `fields` are encoded already (a JSON object). Texts must be plain ASCII names."""
    return b'"fields":%b,"id":"%b","phase":"%b","time":%.6f}' % (fields, id.encode(), phase.encode(), now)


def encoded(value: object) -> bytes:
    """A value of JSON's types as JSON."""
    return msgspec.json.encode(value)
