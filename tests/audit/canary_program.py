"""A program that does what programs do, with canaries for values, and writes down what it is shown.

Standard input tells it where and with what; what it wrote is looked through by test_canaries.py.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import governed_db

GIVEN: dict[str, Any] = json.load(sys.stdin)
SECRETS: dict[str, str] = GIVEN["secrets"]
SHOWN = Path(GIVEN["folder"]) / "shown"
MOST = 5_000  # characters of one variable
PLAIN = (str, bytes, tuple, list, dict, set, BaseException, type(lambda: None))
OWN = str(Path(governed_db.__file__).parent)


def show(name: str, *things: object) -> None:
    """What a tool could print of these."""
    with (SHOWN / f"{name}.txt").open("a", encoding="utf-8") as file:
        for thing in things:
            file.write(f"{thing}\n{thing!r}\n")


def attempt(name: str, act: Callable[[], object]) -> None:
    """Do it; what it raises is shown with all that hangs on it, local variables of our frames among that."""
    try:
        act()
    except BaseException as error:  # noqa: BLE001
        seen: BaseException | None = error
        while seen is not None:
            show("errors", name, seen, seen.args, vars(seen), getattr(seen, "diag", ""))
            seen = seen.__cause__ or seen.__context__
        show("tracebacks", "".join(traceback.format_exception(error)))
        step = error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename.startswith(OWN):
                for variable, value in step.tb_frame.f_locals.items():
                    if isinstance(value, PLAIN):
                        place = f"{name} {step.tb_frame.f_code.co_qualname} {variable}"
                        show("locals", place, repr(value)[:MOST])
            step = step.tb_next


def texts(literal: str, parameter: str) -> list[tuple[str, str, tuple[object, ...]]]:
    """What the statements are called, their texts, and their parameters."""
    unique = "UPDATE customers SET email = (SELECT email FROM customers c WHERE c.id = 5) WHERE id = 4"
    return [
        ("masked", "SELECT * FROM customers", ()),
        ("tokens", "SELECT name, token FROM api_tokens a JOIN customers c ON c.id = customer_id", ()),
        ("literal", f"SELECT id FROM customers WHERE email = '{literal}'", ()),
        ("parameter", "SELECT id FROM customers WHERE email = ?", (parameter,)),
        ("refused", f"SELECT id FROM customers WHERE email LIKE '{literal}%'", ()),
        ("refused parameter", "SELECT id FROM customers WHERE name > ?", (parameter,)),
        ("not understood", f"SELECT '{literal}' FROM FROM", ()),
        ("unclosed", f"SELECT '{literal}", ()),
        ("no such table", f"SELECT '{literal}' FROM nowhere WHERE x = '{literal}'", ()),
        ("no such function", f"SELECT strange_function('{literal}')", ()),
        ("asked", f"DELETE FROM customers WHERE notes <> '{literal}'", ()),
        ("asked parameter", "UPDATE customers SET notes = ? WHERE city <> ?", (parameter, parameter)),
        ("unique", unique, ()),
        ("not null", "UPDATE customers SET name = NULL WHERE id = 4", ()),
        ("cast", "SELECT CAST(city AS integer) + 1 FROM customers WHERE id = 1", ()),
        ("type", "SELECT count(*) FROM customers WHERE created_at = ? AND id = ?", (parameter, parameter)),
        ("written", "UPDATE customers SET notes = ? WHERE id = ?", (parameter, 3)),
        ("comment", f"SELECT 1 /* {literal} */", ()),
        ("two", f"SELECT 1; SELECT '{literal}'", ()),
        ("too few", "SELECT id FROM orders WHERE id = ? AND status = ?", (parameter,)),
    ]


def statements(connection: Any, mark: str) -> None:
    """Reads, writes, refusals, failures in the driver, requests; with literals and with parameters."""
    literal, parameter = SECRETS["literal"], SECRETS["parameter"]

    def run(text: str, *parameters: object) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(text.replace("?", mark), parameters) if parameters else cursor.execute(text)
            if cursor.description:
                cursor.fetchall()
        finally:
            cursor.close()

    for name, text, parameters in texts(literal, parameter):
        attempt(name, lambda text=text, parameters=parameters: run(text, *parameters))  # type: ignore[misc]
        with suppress(Exception):
            connection.rollback()


def acting(token: str) -> None:
    """Say who acts."""
    with governed_db.acting_as(token=token, identity=GIVEN["identity"]):
        pass


def main() -> None:
    """All of it, on one driver."""
    SHOWN.mkdir()
    logging.basicConfig(filename=SHOWN / "log.txt", level=logging.DEBUG)
    url, mark, home = GIVEN["url"], GIVEN["mark"], GIVEN["home"]
    for wrong in GIVEN["wrong_urls"]:
        attempt("connect", lambda wrong=wrong: governed_db.connect(wrong, state_dir=home))  # type: ignore[misc]
    more = {"state_dir": home, "identity": GIVEN["identity"], "collector": GIVEN["collector"]}
    for token in GIVEN["bad_tokens"]:
        attempt("token", lambda token=token: governed_db.connect(url, token=token, **more))  # type: ignore[misc]
    with closing(governed_db.connect(url, token=f"file:{GIVEN['token_file']}", **more)) as connection:
        show("reprs", connection, connection.cursor(), connection._governed.gate.ports)
        with governed_db.acting_as(
            token=GIVEN["token"], identity=GIVEN["identity"], prompt=SECRETS["prompt"]
        ) as who:
            show("reprs", who, who.principal)
            statements(connection, mark)
        for token in GIVEN["bad_tokens"]:
            attempt("acting", lambda token=token: acting(token))  # type: ignore[misc]
        connection.cursor().execute(f"SELECT name FROM customers WHERE email = '{SECRETS['literal']}'")
    governed_db.runtime.release(home)  # type: ignore[attr-defined]


main()
