"""Promise: people see what they decide on, under a name of which it is known how it is known."""

from __future__ import annotations

import base64
import json
import os
import pwd
from pathlib import Path

import attrs
import pytest

from governed_db.model.approval import GrantState, RequestState, Subject, Terms
from governed_db.model.preview import How, Preview, Previews, Reached, RowChange, Sample
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.receiver import receiving
from tests.approvals.subjects import SUBJECT
from tests.cli.terminal import run

SECRET = "whsec_" + base64.b64encode(b"fake" * 8).decode()
WHY = "the shop is down and nobody can be reached"


@pytest.fixture
def store(state: Path) -> ApprovalStore:
    """The approval store of this test's state folder."""
    state.mkdir(mode=0o700)
    return ApprovalStore(state / "approvals.sqlite")


def asked(store: ApprovalStore, **more: object) -> str:
    """The id of a new request."""
    return store.request(attrs.evolve(SUBJECT, **more)).id


def test_two_people_agree(store: ApprovalStore) -> None:
    """The first one hears that another is needed; the list of votes tells how each is known."""
    wanted = asked(store, terms=Terms(quorum=2))

    first = run("approvals", "approve", wanted, "--as", "grace")
    second = run("approvals", "approve", wanted, "--as", "heidi")

    assert first.out.startswith(f"{wanted}: grace agrees, 1 of 2 needed (5000 rows)")
    assert second.out.startswith(f"{wanted} is approved by heidi")
    assert "grace agrees (asserted), heidi agrees (asserted)" in run("approvals", "show", wanted).out


def test_who_logged_in_needs_no_name(store: ApprovalStore) -> None:
    """Where policy wants to know who decides, a typed name is refused and the user's own counts."""
    wanted = asked(store, terms=Terms(verified=True))

    typed = run("approvals", "approve", wanted, "--as", "grace")
    own = run("approvals", "approve", wanted, "--json").json

    assert typed.err.startswith("GDB413 ")
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert [(vote["by"], vote["proof"]) for vote in own["votes"]] == [(user, "system")]


def test_groups_of_the_system_count(store: ApprovalStore) -> None:
    """Without --group the groups that the operating system knows satisfy a rule's approvers."""
    import grp

    user = pwd.getpwuid(os.geteuid())
    name = grp.getgrgid(user.pw_gid).gr_name

    assert run("approvals", "approve", asked(store, approvers=(name,))).code == 0
    assert run("approvals", "deny", asked(store, approvers=("no-such-group",))).err.startswith("GDB404 ")


def test_withdrawn_and_taken_back(store: ApprovalStore) -> None:
    """Who asked may cancel; what was approved and not used can be revoked."""
    first = asked(store)
    assert "is cancelled by alice" in run("approvals", "cancel", first, "--as", "alice").out

    second = asked(store)
    run("approvals", "approve", second, "--as", "grace")
    revoked = run("approvals", "revoke", second, "--as", "grace", "--comment", "wrong table")

    assert revoked.out.startswith(f"what was approved of {second}")
    assert store.reserve(SUBJECT) is None
    assert [grant.state for grant in store.grants(second)] == [GrantState.REVOKED]


def test_the_glass_is_broken_and_reviewed(store: ApprovalStore) -> None:
    """With a justification it may run; it is listed as due until somebody else has looked at it."""
    wanted = asked(store, terms=Terms(emergency=("oncall",)))
    oncall = ("--as", "alice", "--group", "oncall")

    assert run("approvals", "break-glass", wanted, *oncall).err.startswith("GDB412 ")
    broken = run("approvals", "break-glass", wanted, *oncall, "--comment", WHY)
    due = run("approvals", "list", "--due", "--json").json
    own = run("approvals", "review", wanted, "--as", "alice")
    seen = run("approvals", "review", wanted, "--as", "grace", "--object", "--comment", "could have waited")

    assert "; somebody else has to review it by " in broken.out
    assert [(one["id"], one["review"]["state"]) for one in due] == [(wanted, "due")]
    assert own.err.startswith("GDB403 ")
    assert seen.out.strip() == f"{wanted}: the review is done, objected to by grace"
    assert run("approvals", "list", "--due").out.strip() == "no requests"
    recorded = run("audit", "show", wanted, "--json").json
    assert [
        (event["fields"]["action"], event["fields"]["status"])
        for event in recorded
        if event["phase"] == "admin" and event["fields"]["status"] != "asked"
    ] == [
        ("approvals break-glass", "refused"),
        ("approvals break-glass", "approved"),
        ("approvals review", "refused"),
        ("approvals review", "approved"),
    ]


PREVIEW = Previews(
    (
        Preview(
            "UPDATE orders SET status = ?",
            How.MEASURED,
            rows=3,
            samples=(
                Sample(
                    "public.orders",
                    ("id", "status", "email"),
                    ("email",),
                    (
                        RowChange(("1", "open", "***"), ("1", "sent", "***"), (1,)),
                        RowChange(None, ("2", "new\x1b[2J[bold]", "***")),
                        RowChange(("3", "gone", None), None),
                    ),
                ),
            ),
            reached=(Reached("order_items", "ON DELETE CASCADE", "orders", deleted=7),),
            complete=False,
            caveats=("sequences do not go back",),
        ),
    )
)


def test_a_diff_that_a_person_can_read(store: ApprovalStore) -> None:
    """Rows before and after, what goes with them and what to mind; nothing of it moves the terminal."""
    wanted = asked(store)
    store.keep_preview(wanted, PREVIEW.to_json())

    shown = run("approvals", "show", wanted).out
    told = run("approvals", "show", wanted, "--json").json

    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "would change 3 row(s), measured by running it and undoing it" in lines
    assert "~ 1 open → sent ***" in lines
    assert "+ 2 new\\u001b[2J[bold] ***" in lines
    assert "- 3 gone NULL" in lines
    assert "order_items: 7 deleted (by ON DELETE CASCADE through orders)" in lines
    assert "and perhaps more: not all that it reaches is known" in lines
    assert "mind: sequences do not go back" in lines
    assert "\x1b" not in shown
    assert told["preview"] == json.loads(json.dumps(PREVIEW.to_json()))


def test_a_preview_that_nobody_can_read(store: ApprovalStore) -> None:
    """A stored preview of another form is said to be unreadable, and the rest is shown."""
    wanted = asked(store)
    store.keep_preview(wanted, {"parts": 7})

    assert "cannot be read" in run("approvals", "show", wanted).out


def test_what_differs_is_shown(store: ApprovalStore) -> None:
    """The approver sees that the same was approved with other parameters."""
    run("approvals", "approve", asked(store), "--as", "grace")
    wanted = asked(store, parameters_digest="another")

    assert "an approval was given for another parameters" in run("approvals", "show", wanted).out


def test_watching(store: ApprovalStore) -> None:
    """What waits is told at once, as lines of JSON for programs."""
    wanted = asked(store, statement="DELETE FROM t \x1b]0;evil\x07")

    text = run("approvals", "watch", "--for", "0").out
    lines = run("approvals", "watch", "--for", "0", "--json").out.splitlines()

    assert text.startswith(
        f"{wanted}  pending  agent:refunds ← alice  5000 row(s)  DELETE FROM t \\u001b]0;evil\\u0007"
    )
    assert [json.loads(line)["id"] for line in lines] == [wanted]


def test_notifications_are_sent_by_hand(store: ApprovalStore, state: Path) -> None:
    """`notify` sends what waits; what is not taken stays and is told without its address."""
    with receiving() as receiver:
        receiver.answers = [500]
        path = state / "notifications.yaml"
        path.write_text(f"targets: [{{name: ops, url: '{receiver.url}/hidden', secret: {SECRET}}}]")
        path.chmod(0o600)
        ApprovalStore(state / "approvals.sqlite", targets=["ops"]).request(SUBJECT)

        first = run("approvals", "notify")
        assert (len(receiver.got), first.out.splitlines()[0]) == (1, "0 sent, 1 waiting")

    assert "status 500" in first.out
    assert "hidden" not in first.out


def test_requests_in_every_state_are_listed(store: ApprovalStore) -> None:
    """`--state` takes each of them."""
    wanted = asked(store)
    store.cancel(wanted, "alice")

    for name in RequestState:
        listed = run("approvals", "list", "--state", name.value, "--json").json
        assert [one["id"] for one in listed] == ([wanted] if name is RequestState.CANCELLED else [])
    assert isinstance(SUBJECT, Subject)
