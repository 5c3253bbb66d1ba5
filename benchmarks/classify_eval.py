"""Labelled columns into recall and precision of the classifier, each schema judged as unseen.

Usage: python benchmarks/classify_eval.py COLUMNS.jsonl [--errors N] [--agent]
Each line: {"schema", "table", "column", "type", "label", "level"}; level is strong, weak or none.
The lexicon is fixed; what is fitted is the threshold, on all schemas but the one that is judged.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from pathlib import Path

from governed_db.classify.findings import WEAK_FROM
from governed_db.classify.score import classify_columns
from governed_db.model.classification import UNREVIEWED, Finding
from governed_db.model.statement import ColumnRef

LABELS = {
    "email": "pii.email", "phone": "pii.phone", "person_name": "pii.name", "address": "pii.address",
    "dob": "pii.birth_date", "national_id": "pii.national_id", "gov_id": "pii.national_id",
    "card": "pii.card",
    "bank_account": "pii.bank", "ip": "pii.ip", "geo": "pii.location", "gender": "pii.gender",
    "health": "pii.health", "biometric": "pii.biometric", "free_text": "pii.free_text", "secret": "secret.*",
    "salary": "financial.salary", "financial": "financial.balance", "finance": "financial.balance",
    "username": "pii.identifier", "account": "pii.identifier", "id": "pii.identifier",
    "device": "pii.identifier", "photo": "pii.photo", "demographic": "pii.demographic",
    "job": "pii.employment",
    "org": "pii.employment", "date": "pii.employment", "url": "pii.identifier", "contact": "pii.free_text",
}  # fmt: skip
THRESHOLDS = [0.4, 0.45, 0.5, 0.52, 0.55, 0.6, 0.65, 0.7]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("columns", type=Path)
    parser.add_argument("--errors", type=int, default=20)
    parser.add_argument("--agent", action="store_true", help="count unreviewed columns as masked")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.columns.read_text().splitlines() if line]
    start = time.perf_counter()
    found = classify_columns([(r["schema"], r["table"], r["column"], r["type"]) for r in rows])
    seconds = time.perf_counter() - start
    pairs = [(row, found[ColumnRef(row["schema"], row["table"], row["column"])]) for row in rows]
    print(f"{len(rows)} columns in {seconds * 1000:.0f} ms")
    _report("fixed threshold", pairs, WEAK_FROM, agent=options.agent)
    _leave_one_out(pairs, agent=options.agent)
    _levels(pairs)
    _confusion(pairs)
    _errors(pairs, options.errors, agent=options.agent)


def _masked(finding: Finding, threshold: float, *, agent: bool) -> bool:
    return finding.score >= threshold and (agent or finding.classification != UNREVIEWED)


def _counts(pairs, threshold, *, agent):
    hits = collections.Counter()
    for row, finding in pairs:
        hits[row["level"], _masked(finding, threshold, agent=agent)] += 1
    return hits


def _summary(hits) -> str:
    strong, weak, wrong = hits["strong", True], hits["weak", True], hits["none", True]
    all_strong, all_weak = strong + hits["strong", False], weak + hits["weak", False]
    masked = strong + weak + wrong
    clear = wrong + hits["none", False]
    return (
        f"recall strong {strong / (all_strong or 1):.3f}  weak {weak / (all_weak or 1):.3f}  "
        f"both {(strong + weak) / (all_strong + all_weak or 1):.3f}  "
        f"precision {(strong + weak) / (masked or 1):.3f} (wrong {wrong} of {clear})"
    )


def _report(title, pairs, threshold, *, agent) -> None:
    print(f"{title} {threshold}: {_summary(_counts(pairs, threshold, agent=agent))}")


def _f1(hits) -> float:
    right = hits["strong", True] + hits["weak", True]
    return 2 * right / (2 * right + hits["none", True] + hits["strong", False] + hits["weak", False])


def _leave_one_out(pairs, *, agent) -> None:
    total = collections.Counter()
    for schema in sorted({row["schema"] for row, _ in pairs}):
        others = [pair for pair in pairs if pair[0]["schema"] != schema]
        own = [pair for pair in pairs if pair[0]["schema"] == schema]
        best = max(THRESHOLDS, key=lambda t: _f1(_counts(others, t, agent=agent)))
        hits = _counts(own, best, agent=agent)
        total.update(hits)
        print(f"  {schema:24} at {best}: {_summary(hits)}")
    print(f"leave one schema out: {_summary(total)}")


def _levels(pairs) -> None:
    table = collections.Counter((row["level"], finding.level.value) for row, finding in pairs)
    for level in ("strong", "weak", "none"):
        print(f"  labelled {level:6}", {to: table[level, to] for to in ("strong", "weak", "none")})


def _confusion(pairs) -> None:
    wrong = collections.Counter()
    for row, finding in pairs:
        if row["level"] == "none" or finding.level.value == "none":
            continue
        expected, got = LABELS[row["label"]], finding.classification
        if got != expected and not (expected == "secret.*" and got.startswith("secret.")):
            wrong[expected, got] += 1
    print("classes confused:", ", ".join(f"{a}->{b} {n}" for (a, b), n in wrong.most_common(25)))


def _errors(pairs, limit, *, agent) -> None:
    def show(title, chosen):
        print(f"{title}: {len(chosen)}")
        for row, f in chosen[:limit]:
            print(f"  {row['schema']}.{row['table']}.{row['column']} ({row['type'][:24]}) {row['label']} "
                  f"-> {f.classification} {f.score} {'; '.join(f.evidence)}")  # fmt: skip

    missed = [p for p in pairs if p[0]["level"] != "none" and not _masked(p[1], WEAK_FROM, agent=agent)]
    show("missed", sorted(missed, key=lambda p: (p[0]["level"], p[1].score)))
    wrong = [p for p in pairs if p[0]["level"] == "none" and _masked(p[1], WEAK_FROM, agent=agent)]
    show("masked without need", sorted(wrong, key=lambda p: -p[1].score))


if __name__ == "__main__":
    main()
