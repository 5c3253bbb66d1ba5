"""What a schema adds of its own is no way in: partitions, CHECK constraints, full-text tables, cascades.

As in test_attacks.py, each attack must tell two databases apart with the raw driver, and must not governed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import attrs
import pytest

import governed_db
from tests.attacks import sessions
from tests.attacks.cases import Case, Proof, load
from tests.attacks.worlds import FreshDatabase, open_raw

FOLDER = Path(__file__).with_name("clinic")
PEOPLE = (
    ((1, 91000, "cnry one@clinic.example"), (2, 12000, "cnry two@clinic.example")),
    ((1, 11000, "other one@else.example"), (2, 98000, "zz two@else.example")),
)


@attrs.frozen
class Clinic:
    """Two databases that differ in protected values only."""

    urls: tuple[str, str]
    state: Path

    def answers(self, case: Case, dialect: str, *, governed: bool) -> list[tuple[object, ...]]:
        """What the attacker sees in each; nothing stays."""
        return [self.outcome(url, case, dialect, governed=governed).answer for url in self.urls]

    def outcome(self, url: str, case: Case, dialect: str, *, governed: bool) -> sessions.Outcome:
        """What one session of the attack gives; nothing stays."""
        opened: Any = governed_db.connect(url, state_dir=self.state) if governed else open_raw(url)
        with closing(opened) as connection:
            return sessions.run(connection, case, dialect, self.state, commit=False)


@pytest.fixture(scope="module")
def clinic_of(
    fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Clinic]]:
    """A function from a dialect to its clinic."""
    made: dict[str, Clinic] = {}
    with ExitStack() as stack:

        def clinic(dialect: str) -> Clinic:
            if dialect not in made:
                urls = [stack.enter_context(fresh_database(dialect)) for _ in PEOPLE]
                for url, people in zip(urls, PEOPLE, strict=True):
                    _fill(url, dialect, people)
                made[dialect] = Clinic((urls[0], urls[1]), tmp_path_factory.mktemp("clinic"))
            return made[dialect]

        yield clinic


def _fill(url: str, dialect: str, people: tuple[tuple[int, int, str], ...]) -> None:
    with closing(open_raw(url)) as connection, closing(connection.cursor()) as cursor:
        for line in (FOLDER / "schema.txt").read_text("utf-8").splitlines():
            where, _, statement = line.partition(": ")
            if where not in ("all", dialect):
                continue
            for n, salary, email in people if "{n}" in statement else people[:1]:
                cursor.execute(statement.format(n=n, s=salary, e=email))
        connection.commit()


def _cases(*proofs: Proof) -> list[Any]:
    return [
        pytest.param(case, dialect, id=f"{case.id}-{dialect}")
        for case in load(FOLDER, "attacks.txt")
        for dialect in case.on
        if case.proof in proofs
    ]


@pytest.mark.parametrize(("case", "dialect"), _cases(Proof.TELLS))
def test_nothing_tells_of_a_protected_value(
    case: Case, dialect: str, clinic_of: Callable[[str], Clinic]
) -> None:
    """Rows, counts and errors are the same whatever the protected values are."""
    clinic = clinic_of(dialect)
    raw, raw_twin = clinic.answers(case, dialect, governed=False)
    assert raw != raw_twin, f"the attack tells nothing on the raw driver: {raw}"

    governed, twin = clinic.answers(case, dialect, governed=True)

    assert governed == twin


@pytest.mark.parametrize(("case", "dialect"), _cases(Proof.EFFECT))
def test_no_change_is_larger_than_it_looks(
    case: Case, dialect: str, clinic_of: Callable[[str], Clinic]
) -> None:
    """What foreign keys take along, and what functions make, counts against what may be changed at once."""
    clinic = clinic_of(dialect)
    untouched = ((150,),)
    raw = clinic.outcome(clinic.urls[0], case, dialect, governed=False)
    assert raw.steps[-1].rows != untouched, f"the attack has no effect with the raw driver: {raw.steps}"

    governed = clinic.outcome(clinic.urls[0], case, dialect, governed=True)

    assert governed.steps[-1].rows == untouched
    assert governed.is_refused
