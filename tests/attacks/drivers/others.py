"""Two principals of one connection: what the first may read unmasked, the second must not get."""

from __future__ import annotations

from governed_db import Principal

POLICY = """
version: 1
extends: standard
rules:
  - {id: officers, effect: permit, principals: {groups: [officers]}, actions: [select], mask: {pii.*: none}}
"""
OFFICER = Principal("olga", kind="human", groups=("officers",))
BOT = Principal("bob", kind="human", actor=Principal("bot", kind="agent"))
