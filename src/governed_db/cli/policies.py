"""`governed-db policy`: a policy file into what is wrong with it, what it decides, and what it says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs
import click

from governed_db.cli import output
from governed_db.cli.audit_questions import When
from governed_db.cli.options import json_option, known_state_dir, state_dir_option

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.model.policy import Policy
    from governed_db.policy.changes import Change
    from governed_db.policy.replay import Outcome
    from governed_db.policy.replaying import Replayed
    from governed_db.policy.tests import PolicyTestResult


@click.group()
def command() -> None:
    """Check, test and show policies."""


@command.command()
@click.argument("policy")
@json_option
def check(policy: str, *, as_json: bool) -> None:
    """Read a policy (a file or a pack) and tell everything that is wrong with it, with line and column."""
    from governed_db.policy.load import load_policy

    loaded = load_policy(policy)
    found = {
        "policy": loaded.name,
        "revision": loaded.revision,
        "rules": len(loaded.rules),
        "tests": len(loaded.tests),
    }
    said = f"{policy}: {len(loaded.rules)} rules, {len(loaded.tests)} tests, revision {loaded.revision}"
    output.tell(found, lambda console: output.show(console, f"✓ {said}", "green"), as_json=as_json)


@command.command()
@click.argument("policy")
@click.option("--url", help="The database that the tests are about; only its catalog is read.")
@click.option("--schema", metavar="FILE", help="In place of --url: CREATE statements, as SQLite takes them.")
@state_dir_option
@json_option
def test(policy: str, *, url: str | None, schema: str | None, state_dir: str | None, as_json: bool) -> None:
    """Decide the statements under `tests:` of a policy and compare with what they expect."""
    from governed_db.cli import subject
    from governed_db.policy import tests as policy_tests
    from governed_db.policy.load import load_policy

    if (url is None) == (schema is None):
        raise click.UsageError("say what the tests are about: --url URL or --schema FILE")
    loaded = load_policy(policy)
    about = subject.of_url(loaded, url, state_dir) if url else subject.of_schema(loaded, str(schema))
    results = policy_tests.run(loaded, about.analyse, classes=about.classes, database=about.database)
    failed = sum(not result.is_passed for result in results)
    found = {
        "policy": loaded.name,
        "revision": loaded.revision,
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [_result_told(result) for result in results],
    }
    output.tell(found, lambda console: _draw_results(console, results), as_json=as_json)
    if failed:
        raise click.exceptions.Exit(1)


@command.command()
@click.argument("policy", required=False)
@json_option
def show(policy: str | None, *, as_json: bool) -> None:
    """The rules of a policy, in order, packs that it extends included.

    Without a name: the policy that applies here, which is GOVERNED_DB_POLICY or else the pack standard.
    """
    from governed_db.policy.load import load_policy
    from governed_db.policy.wording import told

    loaded = load_policy(policy or os.environ.get("GOVERNED_DB_POLICY") or "standard")
    found = {
        "policy": loaded.name,
        "revision": loaded.revision,
        "observes": loaded.observes,
        "rules": [told(rule) for rule in loaded.rules],
        "classifications": {one.column.text: one.classification or "none" for one in loaded.overrides},
    }
    output.tell(found, lambda console: _draw_policy(console, loaded), as_json=as_json)


@command.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@json_option
def diff(before: str, after: str, *, as_json: bool) -> None:
    """What policy AFTER says otherwise than BEFORE, packs included. Exits with 1 if anything."""
    from governed_db.policy.changes import changes
    from governed_db.policy.load import load_policy

    found = changes(load_policy(before), load_policy(after))
    output.tell(
        [attrs.asdict(one) for one in found], lambda console: _draw_changes(console, found), as_json=as_json
    )
    if found:
        raise click.exceptions.Exit(1)


@command.command("replay")
@click.argument("policy", metavar="FILE")
@click.option("--since", type=When(), metavar="WHEN", help="From then on: 30d, 12h, or a date.")
@state_dir_option
@json_option
def replay_(policy: str, *, since: float | None, state_dir: str | None, as_json: bool) -> None:
    """Decide anew, by a policy, what the trail has recorded. Exits with 1 if anything would change.

    Nothing is run, and no database is asked. Limits that count over statements are not replayed.
    """
    from governed_db.policy import replaying
    from governed_db.policy.load import load_policy
    from governed_db.remote.reader import read

    loaded = load_policy(policy)
    trail = read(known_state_dir(state_dir) / "audit", with_facts=True)
    found = replaying.replayed(trail, loaded, since)
    told = replaying.told(found, loaded)
    output.tell(told, lambda console: _draw_replay(console, found, told), as_json=as_json)
    if found.differences:
        raise click.exceptions.Exit(1)


# -- how it is told --------------------------------------------------------------------------------------


def _result_told(result: PolicyTestResult) -> dict[str, Any]:
    return {
        "line": result.test.line,
        "sql": result.test.sql,
        "expected": result.test.expect,
        "effect": result.decision.effect.value,
        "rule": result.decision.rule,
        "problems": list(result.problems),
    }


def _draw_results(console: Console, results: tuple[PolicyTestResult, ...]) -> None:
    for result in results:
        line = f"{result.test.line}: " if result.test.line else ""
        console.print(output.mark(result.is_passed), end=" ")
        output.show(console, f"{line}{result.test.expect}: {result.test.sql}")
        for problem in result.problems:
            output.show(console, f"    {problem}", "red")
    failed = sum(not result.is_passed for result in results)
    console.print(f"{len(results) - failed} passed, {failed} failed")


def _draw_policy(console: Console, policy: Policy) -> None:
    from governed_db.policy.wording import told

    output.show(console, f"{policy.name}  revision {policy.revision}, {len(policy.rules)} rules", "bold")
    if policy.observes:
        console.print("[yellow]observes: nothing is refused or changed, what would be is recorded[/]")
    made = output.table("rule", "effect", "who", "about", "then")
    for rule in policy.rules:
        line = told(rule)
        made.add_row(
            rule.id, rule.effect.value, *(_plain(line.get(name, "")) for name in ("who", "about", "then"))
        )
    console.print(made)
    if policy.overrides:
        said = ((one.column.text, one.classification or "none") for one in policy.overrides)
        console.print(output.rows(("column", "classification"), said))


def _draw_changes(console: Console, found: tuple[Change, ...]) -> None:
    if not found:
        console.print("they say the same")
    for one in found:
        output.show(console, " ".join(part for part in (one.what, one.name, one.field) if part), "bold")
        if one.before is not None:
            output.show(console, f"  - {one.before}", "red")
        if one.after is not None:
            output.show(console, f"  + {one.after}", "green")


def _draw_replay(console: Console, found: Replayed, told: dict[str, Any]) -> None:
    from governed_db.policy.replaying import ordered

    for one in ordered(found):
        is_other = one.before.effect != one.after.effect
        effects = f"{output.coloured(one.before.effect)} to {output.coloured(one.after.effect)}"
        console.print(f"{one.count} x {effects if is_other else 'masks'}")
        output.show(console, f"  {one.statement}")
        output.show(console, f"  by {' for '.join(reversed(one.principals))} on {one.database}")
        output.show(console, f"  {one.before.rule} to {one.after.rule}  {' '.join(one.codes)}")
        if not is_other:
            output.show(console, f"  masked {_columns(one.before)} to {_columns(one.after)}")
        for site in one.call_sites:
            output.show(console, f"  at {site}")
    counts = f"{told['changed']} would change, {told['same']} would not"
    unknown = f", {told['unknown']} cannot be decided anew: recorded without facts" if told["unknown"] else ""
    console.print(counts + unknown)
    if told["reads_attributes"]:
        said = "attributes of principals are not recorded: what reads them counts as not fulfilled"
        output.show(console, said, "yellow")


def _columns(outcome: Outcome) -> str:
    return ", ".join("+".join(each) for each in outcome.masked) or "nothing"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
