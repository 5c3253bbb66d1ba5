"""Promise: both engines let through exactly what the forms themselves find: nothing is lost for speed."""

from __future__ import annotations

import random

import hyperscan
from hypothesis import given, settings
from hypothesis import strategies as st

from governed_db.mask.content import fast, prefilter
from governed_db.mask.content.find import ALL, find
from tests.content.samples import AFTER, BEFORE, FRAMES, HINTED, MAKERS
from tests.content.test_ordinary_texts import WRITTEN

HYPERSCAN = fast._Engine(hyperscan)
ENGINES = {"re": prefilter.families, "hyperscan": HYPERSCAN.families}
TELEPHONES = (
    "Tel.: 030 / 123 45 67",
    "+1  415 . 555 . 2671",
    "phone (0660) 123 4567",
    "+49\u00a030\u00a02345678",
)


def corpus() -> list[str]:
    """Values of every form with something around them, and ordinary texts."""
    draw = random.Random(11)
    texts = [
        f"{draw.choice(BEFORE)}{make(draw)}{draw.choice(AFTER)}"
        for _, make in MAKERS.values()
        for _ in range(40)
    ]
    texts += [f"{start}{make(draw)}{end}" for start, end, make in FRAMES.values() for _ in range(20)]
    texts += [f"{hint}{number}" for hint, number in HINTED.items()]
    return [*texts, *TELEPHONES, *WRITTEN.splitlines()]


def test_every_engine_gives_the_same_hits() -> None:
    """The families an engine names are enough to find all there is, in single texts and in joined ones."""
    texts = corpus()
    random.Random(3).shuffle(texts)
    joined = ["\0".join(texts[at : at + 16]) for at in range(0, len(texts), 16)]
    for text in texts + joined:
        everything = find(text, ALL)
        for name, families in ENGINES.items():
            assert find(text, families(text)) == everything, (name, text)

    assert sum(len(find(text)) for text in texts) > 1000


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(MAKERS)),
    st.integers(0, 10**6),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_no_surroundings_make_an_engine_lose_a_hit(name: str, seed: int, before: str, after: str) -> None:
    """Whatever stands around a value, surrogates and separators too."""
    text = before + MAKERS[name][1](random.Random(seed)) + after

    assert [find(text, families(text)) for families in ENGINES.values()] == [find(text)] * 2


@settings(max_examples=600)
@given(st.text(alphabet="0123456789+-. ()/@:aAeyJzZ_=\u00a0\u202f\0\n", max_size=60))
def test_no_text_of_the_forms_own_characters_is_lost(text: str) -> None:
    """Texts of nothing but digits, separators and the beginnings of forms."""
    assert [find(text, families(text)) for families in ENGINES.values()] == [find(text)] * 2


def test_plain_prose_is_let_through_at_once() -> None:
    """The usual text meets no condition, and is not searched."""
    prose = "\0".join(["The parcel arrived on time and everything was in order."] * 64)

    assert [families(prose) for families in ENGINES.values()] == [0, 0]
