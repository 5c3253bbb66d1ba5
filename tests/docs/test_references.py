"""Whatever can be typed, set, caught or imported stands in the reference; it invents nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import governed_db
from governed_db.config.options import GOVERNED, PREFIX
from tests.cli.test_command_line import commands
from tests.docs.pages import PAGES, ROOT

REFERENCE = ROOT / "docs" / "reference"
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def page(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def sections(text: str, marks: str) -> dict[str, str]:
    """What stands under each heading of that depth, by the heading."""
    pieces = re.split(rf"^{marks} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def test_commands_and_options() -> None:
    """Every command has a section; it names exactly the options and arguments that the command takes."""
    found = {
        heading: set(re.findall(r"^\| `(-{1,2}[a-z-]+|[A-Z|]+)", text, flags=re.MULTILINE))
        for heading, text in sections(page("commands"), "##").items()
        if heading.startswith("governed-db ")
    }
    taken = {
        f"governed-db {name}": {
            parameter.opts[-1]
            if parameter.opts[-1].startswith("-")
            else (parameter.metavar or parameter.name or "").strip("[]").upper()
            for parameter in command.params
        }
        for name, command in commands()
    }

    assert found == taken


def test_environment_variables() -> None:
    """Every variable that is read stands in the settings, and no other."""
    read = set(
        re.findall(r'variable\("([A-Z_]+)"\)', (ROOT / "src/governed_db/config/settings.py").read_text())
    )
    told = set(re.findall(r"^\| `GOVERNED_DB_([A-Z_]+)`", page("settings"), flags=re.MULTILINE))
    spoken = {
        name for path in PAGES for name in re.findall(r"GOVERNED_DB_([A-Z_]+)", path.read_text("utf-8"))
    }

    assert told == read
    assert {name for name in spoken if not name.startswith("TEST_")} <= told


def test_keywords_and_url_parameters() -> None:
    """Every keyword of ours stands in the settings, with the form that it has in drop-in modules and URLs."""
    told = set(re.findall(r"^\| `(governed_[a-z_]+)`", page("settings"), flags=re.MULTILINE))

    assert told == {PREFIX + name for name in GOVERNED}


def test_error_codes() -> None:
    """Every code that can be met stands in the reference with what to do, and no other."""
    raised = {code for path in SOURCES for code in re.findall(r"GDB\d{3}", path.read_text("utf-8"))}
    told = re.findall(r"^\| (GDB\d{3}) \|", page("errors"), flags=re.MULTILINE)

    assert sorted(told) == sorted(raised)


def test_public_names() -> None:
    """Every public name stands in the reference of Python, and no other."""
    told = set(re.findall(r"^### `(?:governed_db\.)?(\w+)", page("python"), flags=re.MULTILINE))

    assert told == set(governed_db.__all__) - {"__version__"} | {
        "sqlite3",
        "psycopg",
        "pymysql",
        "sqlalchemy",
        "django",
        "integrations",
    }
    assert "__version__" in page("python")


def test_attributes_of_errors_and_explanations() -> None:
    """The fields of an Explanation and of errors are told by their names."""
    import attrs

    told = sections(page("python"), "###")
    fields = [field.name for field in attrs.fields(governed_db.Explanation)]

    assert [name for name in fields if f"`{name}`" not in told["`Explanation`"]] == []
    assert [name for name in ("code", "reasons", "decision_id") if f"`{name}`" not in told["`Error`"]] == []


def links() -> Iterator[tuple[Path, str]]:
    """Every link of a page to a file of ours."""
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if "://" not in target:
                yield path, target


@pytest.mark.parametrize(("source", "target"), list(links()), ids=lambda value: Path(value).name)
def test_links(source: Path, target: str) -> None:
    """Links between pages lead somewhere."""
    assert (source.parent / target).exists()


def test_every_page_is_reached() -> None:
    """Every page of docs can be reached from the README."""
    reached = {ROOT / "README.md"}
    while (
        new := {
            (source.parent / target).resolve()
            for source, target in links()
            if source in reached and target.endswith(".md")
        }
        - reached
    ):
        reached |= new

    assert {str(path.relative_to(ROOT)) for path in PAGES if path not in reached} == set()
