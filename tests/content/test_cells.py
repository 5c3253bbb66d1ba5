"""Promise: of a value only the hits go; its type and its form stay."""

from __future__ import annotations

import json
from collections import namedtuple
from typing import Any

import pytest

from governed_db.core.contents import key_class
from governed_db.mask.content.cells import rewritten
from governed_db.mask.content.rows import ContentScan
from governed_db.model.classification import SCANNED
from tests.content.samples import luhn

MAIL = "bob@example.com"
CARD = luhn("411111111111111")
ALL = frozenset(SCANNED)
Pair = namedtuple("Pair", "left right")

VALUES: dict[str, tuple[Any, Any]] = {
    "text": (f"write to {MAIL}!", "write to [pii.email]!"),
    "bytes": (f"to {MAIL}".encode(), b"to [pii.email]"),
    "bytearray": (bytearray(MAIL.encode()), bytearray(b"[pii.email]")),
    "dict": ({"a": MAIL, "n": 1, "z": None}, {"a": "[pii.email]", "n": 1, "z": None}),
    "nested": ({"a": [{"b": [MAIL, True]}]}, {"a": [{"b": ["[pii.email]", True]}]}),
    "list": ([MAIL, "x", 1.5], ["[pii.email]", "x", 1.5]),
    "tuple": ((1, MAIL), (1, "[pii.email]")),
    "named tuple": (Pair(MAIL, 2), Pair("[pii.email]", 2)),
    "keys": ({MAIL: 1, "ann@example.com": 2}, {"[pii.email]": 1, "[pii.email]*": 2}),
    "key as hint": (
        {"phone": "030 1234567", "id": "030 1234567"},
        {"phone": "[pii.phone]", "id": "030 1234567"},
    ),
    "number": ({"card": int(CARD), "order": 4111111111111112}, {"card": None, "order": 4111111111111112}),
    "bare number": (int(CARD), int(CARD)),
    "picture": (b"\x89PNG\x00" + MAIL.encode() + b"\xff", b"\x89PNG\x00" + MAIL.encode() + b"\xff"),
    "NULL": (None, None),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_keeps_its_type(name: str) -> None:
    """Text stays text, documents keep their members, numbers become null where they are a hit."""
    value, expected = VALUES[name]
    shown = rewritten(value, ALL, {})

    assert (type(shown), shown) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{"m": "{MAIL}", "n": [1]}}', '{"m": "[pii.email]", "n": [1]}'),
        (f' [ {CARD} , "a, {CARD}, b"]', ' [ null , "a, [pii.card], b"]'),
        (
            '{"u":"https:\\/\\/app:hunter22@db.example.com\\/x"}',
            '{"u": "https://app:[secret.password]@db.example.com/x"}',
        ),
        ('{"m":"bob\\u0040example.com"}', '{"m": "[pii.email]"}'),
    ],
)
def test_json_in_a_text_column_stays_json(text: str, expected: str) -> None:
    """SQLite and MySQL hand documents out as text: whoever parses them still can."""
    scan = ContentScan({0: ALL}, lambda found: None)
    shown = scan.row((text,))[0]

    assert shown == expected
    json.loads(shown)


def test_only_classes_that_are_hidden_go() -> None:
    """What policy shows of a class is shown in texts too."""
    assert rewritten(f"{MAIL} {CARD}", frozenset({"pii.card"}), {}) == f"{MAIL} [pii.card]"


def test_hits_are_counted_and_rows_without_any_are_the_same_objects() -> None:
    """The trail is told of numbers by class; an untouched row is not even copied."""
    told: list[dict[str, int]] = []
    rows = [(n, "nothing", None) for n in range(100)]
    rows[70] = (70, f"{MAIL} and {MAIL}", {"a": CARD})
    shown = ContentScan({1: ALL, 2: ALL}, told.append).rows(rows)

    assert told == [{"pii.email": 2, "pii.card": 1}]
    assert shown[70] == (70, "[pii.email] and [pii.email]", {"a": "[pii.card]"})
    assert all(shown[n] is rows[n] for n in range(100) if n != 70)


def test_cells_do_not_run_into_each_other() -> None:
    """Half a value at the end of one cell and half at the beginning of the next are no value."""
    rows = [("bob@exam", "ple.com"), ("4111 1111", " 1111 1111"), ("bob", "@example.com")]

    assert ContentScan({0: ALL, 1: ALL}, lambda found: None).rows(rows) == rows


def test_a_document_without_end_is_not_handed_on() -> None:
    """What lies too deep to be looked at is not shown."""
    deep: Any = [MAIL]
    for _ in range(400):
        deep = [deep]

    assert MAIL not in repr(rewritten([MAIL, deep], ALL, {}))


KEYS = {"first_name": "pii.name", "password": "secret.password", "salary": "financial.salary"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"first_name": "Bob", "name": "kettle"}, {"first_name": "[pii.name]", "name": "kettle"}),
        ({"a": [{"password": "x"}]}, {"a": [{"password": "[secret.password]"}]}),
        ({"salary": 100, "n": 100}, {"salary": None, "n": 100}),
        ({"password": None, "first_name": ""}, {"password": None, "first_name": ""}),
        ('{"first_name": "Bob \\"B\\" X", "n": 1}', '{"first_name": "[pii.name]", "n": 1}'),
        ('{"salary" : 100.5, "n": 100}', '{"salary" : null, "n": 100}'),
        (
            '[{"password":"x"},{"password":"y"}]',
            '[{"password":"[secret.password]"},{"password":"[secret.password]"}]',
        ),
    ],
)
def test_keys_of_documents_say_what_members_hold(value: Any, expected: Any) -> None:
    """What has no form of its own is told by its key, in documents and in JSON that is text."""
    shown = ContentScan({0: frozenset(KEYS.values())}, lambda found: None, KEYS.get).row((value,))[0]

    assert shown == expected


def test_keys_are_read_as_names_of_columns_are() -> None:
    """Only a name that is sure by itself says anything: a title is no person's, a token may be a coin."""
    keys = ("email", "lastName", "api_key", "vorname", "name", "title", "token", "address", "status")

    assert [key_class(key) for key in keys] == [
        *("pii.email", "pii.name", "secret.key", "pii.name"),
        *(None,) * 5,
    ]
