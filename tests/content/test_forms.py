"""Promise: a value in a form that is looked for is found whole, whatever stands around it."""

from __future__ import annotations

import random

import pytest

from governed_db.mask.content.find import find
from governed_db.model.classification import SCANNED, TAXONOMY
from tests.content.samples import AFTER, BEFORE, FRAMES, HINTED, MAKERS


@pytest.mark.parametrize("name", MAKERS)
def test_a_value_is_found_whole_in_any_surroundings(name: str) -> None:
    """Exactly the value's characters are a hit of its class, in the middle of text and at its ends."""
    classification, make = MAKERS[name]
    draw = random.Random(name)
    missed = []
    for before in BEFORE:
        for after in AFTER:
            value = make(draw)
            text = f"{before}{value}{after}"
            hits = [(text[hit.start : hit.end], hit.classification) for hit in find(text)]
            if hits != [(value, classification)]:
                missed.append((text, hits))

    assert missed == []


@pytest.mark.parametrize("name", FRAMES)
def test_of_a_connection_string_only_the_password_goes(name: str) -> None:
    """Host, user and database stay readable."""
    start, end, make = FRAMES[name]
    password = make(random.Random(name))
    text = f"connect with {start}{password}{end} please"

    assert [(text[hit.start : hit.end], hit.classification) for hit in find(text)] == [
        (password, "secret.password")
    ]


@pytest.mark.parametrize(("hint", "number"), HINTED.items())
def test_a_number_after_the_word_that_names_it_is_found(hint: str, number: str) -> None:
    """Such numbers have no form of their own: alone they are left alone."""
    text = f"{hint}{number} was given"

    assert [(text[hit.start : hit.end], hit.classification) for hit in find(text)] == [
        (number, "pii.national_id")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Tel. 030 1234567",
        "Tel.: 030 / 123 45 67",
        "phone: 0660/1234567",
        "Fax 01 23 45 67 89",
        "Handy: 01711234567",
    ],
)
def test_a_number_after_a_word_for_a_telephone_is_found(text: str) -> None:
    """National numbers are told from other numbers by the word in front of them."""
    assert [hit.classification for hit in find(text)] == ["pii.phone"]


def test_hits_do_not_overlap() -> None:
    """A password that looks like the beginning of an address is one hit."""
    text = "https://bob:hunter22@mail.example.com/ and bob@example.com"

    assert [text[hit.start : hit.end] for hit in find(text)] == ["hunter22", "bob@example.com"]


def test_every_class_is_one_of_the_taxonomy() -> None:
    """What is looked for has the names that policies mask by."""
    assert {classification for classification, _ in MAKERS.values()} | {"secret.password"} == set(SCANNED)
    assert set(SCANNED) <= set(TAXONOMY)


def test_text_without_end_takes_time_in_proportion() -> None:
    """No form makes the search go over a text again and again."""
    import time

    hostile = ("a" * 50 + ".") * 400, "1-" * 10_000, "://" * 7_000, "@" * 20_000, "a:" * 10_000, "eyJ" * 7_000
    hostile += (
        "-----BEGIN RSA PRIVATE KEY-----" * 600,
        "+1 " * 7_000,
        "tel 1" * 4_000,
        "ssn 1" * 4_000,
        "DE12 " * 4_000,
    )
    # Many hits, too, must not be compared with each other.
    hostile += ("bob@example.com " * 5_000, "4111111111111111 " * 5_000, "123-45-6789 " * 5_000)
    started = time.process_time()
    for text in hostile:
        find(text)

    assert time.process_time() - started < 60
