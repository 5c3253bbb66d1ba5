"""Whatever is offered in place of an attack is permitted when it is run, and brings out no stored value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

import governed_db
from tests import shop
from tests.attacks.cases import DIALECTS, Statement, load
from tests.attacks.conftest import world_of
from tests.attacks.worlds import World

__all__ = ["world_of"]

# All statements of the corpus with 1, every third with 3.
STEP = int(os.environ.get("GOVERNED_DB_TEST_REWRITES", "3"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_offered_is_permitted_and_leaks_nothing(
    dialect: str, world_of: Callable[[str], World]
) -> None:
    """Of every refused statement of the attack corpus: rows, names and errors hold no canary.

    GOVERNED_DB_TEST_REWRITES=1 takes all statements, not every third.
    """
    world = world_of(dialect)
    offered = 0
    with closing(world.governed()) as connection:
        for statement in list(_statements(dialect))[::STEP]:
            text = statement.written(dialect, world.folder)
            rewrite = _rewrite(connection, text, statement.parameters)
            if rewrite is None:
                continue
            offered += 1
            said = _ran(connection, rewrite.text, statement.parameters)
            leaks = [one for one in shop.leaked(said) if one.text not in f"{text}{statement.parameters}"]
            assert leaks == [], rewrite
    assert offered >= 10


def _statements(dialect: str) -> Iterator[Statement]:
    for case in load():
        if dialect in case.on and not case.undo:
            yield from case.statements


def _rewrite(connection: Any, text: str, parameters: Any) -> Any:
    try:
        found = governed_db.explain(connection, text, parameters)
    except Exception:  # noqa: BLE001 - what the driver does not take is not refused by us
        connection.rollback()
        return None
    assert found.rewrite is None or found.effect != "permit"
    return found.rewrite


def _ran(connection: Any, text: str, parameters: Any) -> str:
    """All that comes out of a statement, which must not be refused; what the database says is an answer."""
    with closing(connection.cursor()) as cursor:
        try:
            cursor.execute(text) if parameters is None else cursor.execute(text, parameters)
            rows = cursor.fetchall() if cursor.description is not None else []
            said = f"{cursor.description} {rows}"
        except governed_db.StatementDenied as error:
            pytest.fail(f"offered and refused: {text}\n{error}")
        except Exception as error:  # noqa: BLE001 - errors of the database are looked at too
            said = f"{error} {error.args} {error.__cause__} {error.__context__}"
        finally:
            connection.rollback()
    return said
