"""Promise: people hear of what waits, signed, at least once and with one id, whenever a process ends."""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from governed_db.errors import ConfigurationError, PolicyError
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.notices.opening import open_approvals
from governed_db.remote.notices.sender import DELAYS, Sender, post
from governed_db.remote.notices.targets import Target, TargetKind, load_targets
from tests.approvals.receiver import Receiver, receiving
from tests.approvals.subjects import SUBJECT, Clock

LINKS = {"approve": "https://gov.example/a/{id}", "deny": "https://gov.example/d/{id}"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes messages."""
    with receiving() as made:
        yield made


@pytest.fixture
def secret() -> str:
    """A secret of Standard Webhooks, new in each test."""
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


@attrs.frozen
class Office:
    """A store whose messages go to one target, sent by hand."""

    store: ApprovalStore
    sender: Sender
    clock: Clock


def office(folder: Path, target: Target, clock: Clock | None = None) -> Office:
    """A new office."""
    clock = clock or Clock(time.time())
    store = ApprovalStore(folder / "approvals.sqlite", clock=clock, targets=[target.name])
    return Office(store, Sender(store.file, (target,), clock=clock, jitter=lambda: 0.5), clock)


def webhook(url: str, secret: str, **more: Any) -> Target:
    """A target that takes Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return Target("ops", TargetKind.WEBHOOK, url, (key,), **more)


def config(folder: Path, text: str) -> Path:
    """The notifications.yaml of a state folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "notifications.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_receiver_can_tell_who_sent_it(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """The reference library verifies what is sent; not with another secret, nor when it was changed."""
    made = office(tmp_path, webhook(receiver.url, secret, links=LINKS))
    asked = made.store.request(SUBJECT)

    assert made.sender.send_due() == 1

    _, headers, body = receiver.got[0]
    told = Webhook(secret).verify(body.decode(), headers)
    assert (told["type"], told["data"]["id"], told["data"]["rows"]) == ("approval.requested", asked.id, 5000)
    assert told["data"]["links"] == {
        "approve": f"https://gov.example/a/{asked.id}",
        "deny": f"https://gov.example/d/{asked.id}",
    }
    other = "whsec_" + base64.b64encode(b"y" * 24).decode()
    for key, text in ((other, body.decode()), (secret, body.decode().replace("5000", "5001"))):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(text, headers)


def test_a_secret_is_changed_without_a_gap(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """While two secrets are configured, receivers that know either one can verify."""
    newer = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    path = config(
        tmp_path / "s", f"targets: [{{name: ops, url: '{receiver.url}', secret: '{newer} {secret}'}}]"
    )
    (target,) = load_targets(path.parent)
    made = office(tmp_path, target)
    made.store.request(SUBJECT)
    made.sender.send_due()

    _, headers, body = receiver.got[0]
    for key in (secret, newer):
        assert Webhook(key).verify(body.decode(), headers)["type"] == "approval.requested"


def test_every_step_is_told_once(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """Asked, voted, approved, denied, withdrawn, expired and reviewed; asking again is no news."""
    made = office(tmp_path, webhook(receiver.url, secret))
    two = attrs.evolve(SUBJECT, terms=attrs.evolve(SUBJECT.terms, quorum=2))
    asked = made.store.request(two)
    made.store.request(two)
    made.store.approve(asked.id, "bob")
    made.store.approve(asked.id, "carol")
    made.store.deny(made.store.request(attrs.evolve(SUBJECT, statement_digest="b")).id, "bob")
    made.store.cancel(made.store.request(attrs.evolve(SUBJECT, statement_digest="c")).id, "alice")
    made.store.request(attrs.evolve(SUBJECT, statement_digest="d"))
    made.clock.now += 86400
    made.store.list()

    made.sender.send_due()

    said = [json.loads(body)["type"].removeprefix("approval.") for _, _, body in receiver.got]
    assert sorted(said) == sorted(
        [
            "requested",
            "voted",
            "approved",
            "requested",
            "denied",
            "requested",
            "cancelled",
            "requested",
            "expired",
        ]
    )
    assert made.sender.send_due() == 0


@pytest.mark.parametrize("status", [500, 503, 404, 302])
def test_what_is_not_taken_is_sent_again_later(
    receiver: Receiver, secret: str, tmp_path: Path, status: int
) -> None:
    """With the same id and longer waits, until it is taken; no redirect is followed."""
    receiver.answers = [status, status]
    receiver.headers = {"location": receiver.url + "/elsewhere"}
    made = office(tmp_path, webhook(receiver.url, secret))
    made.store.request(SUBJECT)

    assert made.sender.send_due() == 0
    for delay in DELAYS[:2]:  # the jitter of these tests is none
        made.clock.now += delay - 0.1
        assert made.sender.send_due() == 0
        made.clock.now += 0.2
        made.sender.send_due()

    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    assert [path for path, _, _ in receiver.got] == ["/", "/", "/"]
    assert made.sender.waiting() == []


def test_a_target_may_say_when(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """Retry-After counts where it is longer than the own delay; 410 ends it."""
    receiver.answers, receiver.headers = [429, 410], {"retry-after": "120"}
    made = office(tmp_path, webhook(receiver.url, secret))
    made.store.request(SUBJECT)
    made.sender.send_due()
    ((_, count, due, failure),) = made.sender.waiting()
    assert (count, round(due - made.clock.now), failure) == (1, 120, "status 429")

    made.clock.now += 120
    made.sender.send_due()
    assert made.sender.waiting() == []


def test_several_processes_send_each_message_once(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """A message that one sender works on is not given to another."""
    made = office(tmp_path, webhook(receiver.url, secret))
    for number in range(5):
        made.store.request(attrs.evolve(SUBJECT, statement_digest=str(number)))
    other = Sender(made.store.file, (webhook(receiver.url, secret),), clock=made.clock)

    first = made.sender._due(webhook("http://127.0.0.1", secret))
    held = next(first)
    assert other.send_due() == 4

    assert held.id not in {headers["webhook-id"] for _, headers, _ in receiver.got}


CHILD = """
import os, signal, sys, time
from pathlib import Path
from governed_db.remote.notices.opening import open_approvals
from tests.approvals.subjects import SUBJECT
store = open_approvals(Path(sys.argv[1]))
started = time.perf_counter()
print(store.request(SUBJECT).id, flush=True)
if sys.argv[2] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def child(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    """A short-lived program that asks and ends."""
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), how],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_short_program_still_tells(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """A process that asks and ends at once waits the moment that its message takes."""
    config(tmp_path, f"targets: [{{name: ops, url: '{receiver.url}', secret: {secret}}}]")

    asked = child(tmp_path, "ends").stdout.strip()

    assert [json.loads(body)["data"]["id"] for _, _, body in receiver.got] == [asked]


def test_who_asks_while_the_thread_goes_to_rest_is_heard(
    receiver: Receiver, secret: str, tmp_path: Path
) -> None:
    """A message that comes after the thread's last look and before its end is sent by it all the same."""

    class Watched(Sender):
        """A sender during whose first look at what waits somebody asks."""

        def waiting(self) -> list[tuple[str, int, float, str]]:
            found = super().waiting()
            if not asked:
                asked.append(store.request(SUBJECT).id)
            return found

    asked: list[str] = []
    target = webhook(receiver.url, secret)
    store = ApprovalStore(tmp_path / "approvals.sqlite", targets=[target.name])
    sender = Watched(store.file, (target,))
    store.told = sender.wake

    sender.wake()

    deadline = time.monotonic() + 60
    while not receiver.got and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [json.loads(body)["data"]["id"] for _, _, body in receiver.got] == asked


def test_nothing_is_lost_when_a_process_dies(receiver: Receiver, secret: str, tmp_path: Path) -> None:
    """Killed right after it asked, its message is sent by the next process of the folder."""
    config(tmp_path, f"targets: [{{name: ops, url: 'http://127.0.0.1:9', secret: {secret}}}]")
    done = child(tmp_path, "dies")
    assert done.returncode == -signal.SIGKILL
    config(tmp_path, f"targets: [{{name: ops, url: '{receiver.url}', secret: {secret}}}]")

    target = load_targets(tmp_path)
    later = Clock(time.time() + 120)  # past the lease and the delay of an attempt that it may have begun
    Sender(open_approvals(tmp_path).file, target, clock=later).send_due()
    deadline = time.monotonic() + 20
    while not receiver.got and time.monotonic() < deadline:
        time.sleep(0.01)

    assert {json.loads(body)["data"]["id"] for _, _, body in receiver.got} == {done.stdout.strip()}


def test_asking_does_not_wait_for_a_target(secret: str, tmp_path: Path) -> None:
    """A target that never answers delays nobody: asking returns although nothing was taken."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config(tmp_path, f"targets: [{{name: ops, url: '{url}', secret: {secret}}}]")
        store = open_approvals(tmp_path)
        asked = store.request(SUBJECT)
        store.approve(asked.id, "bob")
        assert store.reserve(SUBJECT) is not None


def test_slack_shows_it_and_nothing_of_it_is_markup(receiver: Receiver, tmp_path: Path) -> None:
    """Who, what, how many rows, and two links; what others wrote cannot mention, link or hide."""
    made = office(tmp_path, Target("chat", TargetKind.SLACK, receiver.url, links=LINKS))
    nasty = attrs.evolve(SUBJECT, reason="<!channel> & \x1b[2J ok", statement="DELETE ``` FROM <@U1>")
    asked = made.store.request(nasty)
    made.sender.send_due()

    told = json.loads(receiver.got[0][2])
    texts = [block["text"]["text"] for block in told["blocks"] if block["type"] == "section"]
    buttons = told["blocks"][-1]["elements"]
    assert "5000 rows" in texts[0]
    assert "&lt;!channel&gt; &amp; \\u001b[2J ok" in texts[0]
    assert texts[1] == "```DELETE ''' FROM &lt;@U1&gt;```"
    assert [button["url"] for button in buttons] == [
        f"https://gov.example/a/{asked.id}",
        f"https://gov.example/d/{asked.id}",
    ]


def test_slack_without_pages_says_the_commands(receiver: Receiver, tmp_path: Path) -> None:
    """Where there is no page to link to, the commands are named."""
    made = office(tmp_path, Target("chat", TargetKind.SLACK, receiver.url))
    asked = made.store.request(SUBJECT)
    made.sender.send_due()

    last = json.loads(receiver.got[0][2])["blocks"][-1]["text"]["text"]
    assert last == f"`governed-db approvals approve {asked.id}` or `governed-db approvals deny {asked.id}`"


def test_secrets_are_told_nobody(
    receiver: Receiver, secret: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither secret nor address stands in a repr, a log line or what is stored about a failure."""
    caplog.set_level(logging.DEBUG)
    receiver.answers = [500]
    hidden = f"{receiver.url}/services/T000/hidden-path"
    target = webhook(hidden, secret)
    made = office(tmp_path, target)
    made.store.request(SUBJECT)
    made.sender.send_due()
    refused = post("http://127.0.0.1:9/hidden-path", b"{}", {})

    told = repr((target, made.sender.waiting(), refused)) + caplog.text
    assert "hidden-path" not in told
    assert secret.removeprefix("whsec_") not in told
    assert repr(target.secrets[0])[2:-1] not in told
    assert "ops has not taken" in caplog.text


WRONG = {
    "targets: [{name: a, url: 'http://example.com', secret: SECRET}]": "https address",
    "targets: [{name: a, url: 'file:///etc/passwd', secret: SECRET}]": "https address",
    "targets: [{name: a, url: 'https://x.example'}]": "a webhook needs secret",
    "targets: [{name: a, url: 'https://x.example', secret: whsec_short}]": "24 to 64 bytes",
    "targets: [{url: 'https://x.example', kind: slack}]": "a target needs a name",
    "targets: [{name: a, url_env: NOT_SET_ANYWHERE, kind: slack}]": "the environment has no NOT_SET_ANYWHERE",
    "links: {approve: 'javascript:alert({id})'}": "a link is an https address",
    "target: []": "did you mean 'targets'?",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_told_at_once(tmp_path: Path, secret: str, text: str) -> None:
    """What is wrong stands in the error with its place, and never the secret."""
    config(tmp_path, text.replace("SECRET", secret))

    with pytest.raises(PolicyError) as wrong:
        load_targets(tmp_path)

    assert WRONG[text] in str(wrong.value)
    assert secret not in str(wrong.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """It holds secrets."""
    config(tmp_path, "targets: []").chmod(0o644)

    with pytest.raises(ConfigurationError, match="GDB503"):
        load_targets(tmp_path)


def test_chance_of_the_program_is_left_alone(tmp_path: Path) -> None:
    """A program that seeded `random` finds its numbers as they would be without us."""
    target = webhook("http://127.0.0.1:9", "whsec_" + base64.b64encode(bytes(24)).decode())
    store = ApprovalStore(tmp_path / "approvals.sqlite", targets=[target.name])
    store.request(SUBJECT)
    before = random.getstate()

    Sender(store.file, (target,)).send_due()

    assert random.getstate() == before
