"""A control plane that runs: a real server on a free port of this machine, on its own database."""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import requests

from governed_db.context.tokens.issuers import load_identity
from governed_db.model.principal import Principal
from governed_db.server import enrolment, migrations, partitions
from governed_db.server.callers import Caller, How
from governed_db.server.roles import Role
from governed_db.server.serving import server
from governed_db.server.settings import ServerSettings, Tenant, Who
from governed_db.server.sign_in_settings import SignIn, people
from governed_db.server.store import Store
from tests.identity.provider import Provider

OPERATOR = Principal("operator", kind="human")
# Groups of tokens that have roles: `plane.token("approver")` is in the group "approvers".
ROLES = {role: Who(groups=frozenset({f"{role.value}s"})) for role in Role if role is not Role.CLIENT}


@attrs.frozen
class Plane:
    """A running control plane with two tenants, each with an identity provider of its own."""

    url: str
    settings: ServerSettings
    store: Store
    providers: dict[str, Provider]

    def token(self, *roles: str, sub: str = "alice", tenant: str = "default", **claims: Any) -> str:
        """A token of somebody with these roles."""
        groups = [f"{role}s" for role in roles]
        return self.providers[tenant].token(sub=sub, **{"groups": groups} | claims)

    def key(self, *roles: Role, label: str = "web", tenant: str = "default") -> str:
        """An enrolment key; of a client unless roles are named."""
        with self.store.writing(tenant) as tx:
            return enrolment.enrol(
                tx, self.operator(tenant), label, time.time(), roles=roles or (Role.CLIENT,)
            )[1]

    def operator(self, tenant: str = "default") -> Caller:
        """Who sits at the server."""
        return Caller(tenant, OPERATOR, frozenset(Role), How.SERVER)

    def ask(self, method: str, path: str, credential: str | None = None, **more: Any) -> requests.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {credential}"} if credential is not None else {}
        headers |= more.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=60, **more)

    def get(self, path: str, credential: str | None = None, **more: Any) -> requests.Response:
        return self.ask("GET", path, credential, **more)

    def post(self, path: str, credential: str | None = None, **more: Any) -> requests.Response:
        return self.ask("POST", path, credential, **more)


@contextlib.contextmanager
def running(folder: Path, database: str = "", **settings: Any) -> Iterator[Plane]:
    """A control plane on SQLite in `folder`, or on the database of that URL."""
    with contextlib.ExitStack() as stack:
        providers = {name: Provider() for name in ("default", "other")}
        for provider in providers.values():
            stack.callback(provider.close)
        tenants = tuple(
            Tenant(name, load_identity(provider.identity()), ROLES, (_sign_in(provider),))
            for name, provider in providers.items()
        )
        with socket.create_server(("127.0.0.1", 0)) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            made = ServerSettings(folder, database=database, base_url=url, **{"tenants": tenants} | settings)
            store = Store(made.url)
            stack.callback(store.close)
            migrations.upgrade(store)
            partitions.ensure(store, time.time())
            serving = server(made, store)
            thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            try:
                _await_answer(url, thread)
                yield Plane(url, made, store, providers)
            finally:
                serving.should_exit = True
                thread.join(60)
                forget()


def _sign_in(provider: Provider) -> SignIn:
    """How people of its tenant sign in on pages."""
    told = {"version": 1, "issuers": [{"issuer": provider.url, "audience": "pages", "algorithms": ["ES256"]}]}
    return SignIn("Test provider", people(load_identity(told).issuers[0]), "pages")


def forget() -> None:
    """A connection that ends while its server does is closed by nobody but the collector, which tells
    of it: that is no failure of the test that happens to run then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _await_answer(url: str, thread: threading.Thread) -> None:
    """The port listens from the beginning: the first request waits until the server has started."""
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
    assert thread.is_alive()
