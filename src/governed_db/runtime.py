"""Settings into a frozen Runtime, and a Runtime into the gate of one connection: the composition root.

Runtimes are shared by all connections with the same policy and state folder, and what was learned of
a database by all its sessions that see it the same way. Both live here, in this process's one registry.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from governed_db.config import Settings, load_settings
from governed_db.config.collectors import of_control_plane
from governed_db.config.waiting import on_approval as how_to_wait
from governed_db.context.identity import current_context, operating_system_principal
from governed_db.context.knowledge import Learned, Learning, load_knowledge
from governed_db.context.looks import Looks
from governed_db.context.resuming import resumed
from governed_db.context.tracing import tracing
from governed_db.core import forks
from governed_db.core.ports import ApprovalPort
from governed_db.enforce.facts_log import FactsLog
from governed_db.enforce.gate import Gate
from governed_db.enforce.ports import Ports
from governed_db.enforce.risks import Risks
from governed_db.enforce.scoring import scoring
from governed_db.errors import ConfigurationError
from governed_db.model.audit import AuditEvent
from governed_db.model.ids import uuid7
from governed_db.model.policy import Policy
from governed_db.model.principal import Principal
from governed_db.policy.load import load_policy, packs
from governed_db.rehearsal import build
from governed_db.remote import conversation_file
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.budgets import BudgetStore
from governed_db.remote.bundles.feed import Feed
from governed_db.remote.habits import NAME as HABITS
from governed_db.remote.habits import HabitStore
from governed_db.remote.keys import digest, load_key
from governed_db.remote.mask_keys import MaskKeyFile
from governed_db.remote.notices.opening import open_approvals
from governed_db.remote.routes import route
from governed_db.remote.shipping import Shipping
from governed_db.remote.sights import SightFile
from governed_db.remote.spool import Spool
from governed_db.trust import Trust, credential

if TYPE_CHECKING:
    from governed_db.drivers.protocol import Driver
    from governed_db.model.catalog import Dialect

Listener: TypeAlias = Callable[[Path, Spool], Shipping]


@attrs.frozen(eq=False)
class Runtime:
    """What the connections under one policy and state folder share."""

    settings: Settings
    policy: Policy
    spool: Spool
    approvals: ApprovalStore
    budgets: BudgetStore
    key: bytes = attrs.field(repr=False)
    keys: MaskKeyFile
    learned: Learned = attrs.field(repr=False)
    looks: Looks = attrs.field(repr=False)
    risks: Risks | None = None
    facts: FactsLog = attrs.field(init=False, repr=False)

    @facts.default
    def _tells_facts(self) -> FactsLog:
        return FactsLog(self.spool, lambda: uuid7(time.time()), time.time)

    def gate(self, driver: Driver, database: str, target_key: str, ports: Ports) -> Gate:
        """The enforcement point of one connection."""
        look = partial(self._look, driver.dialect, target_key)
        return Gate(ports, driver, database, look)

    def _look(self, dialect: Dialect, target_key: str, *, anew: bool = False) -> Learning:
        """What a database contains, by the policy that is in force when it is asked.

        `anew`: what was seen of its values before is forgotten first.
        """
        if anew:
            self.looks.at(target_key).forget()
        now = open_runtime(self.settings) if self.settings.control_plane is not None else self
        return load_knowledge(dialect, target_key, policy=now.policy, looks=now.looks, learned=now.learned)

    def ports(self, settings: Settings, on_approval: object) -> Ports:
        """What a connection with these settings hands its events and questions to."""
        return Ports(
            policy=self.policy,
            audit=self.spool,
            approvals=approvals(settings),
            budgets=self.budgets,
            principal=unproven(settings) or settings.principal or operating_system_principal(),
            current=current_context,
            digest=partial(digest, self.key),
            new_id=lambda: uuid7(time.time()),
            keys=self.keys,
            admission=_trust.admission(settings, feed(settings)),
            on_approval=how_to_wait(on_approval),
            resumed=resumed,
            tracing=tracing,
            risks=self.risks,
            facts=self.facts,
        )


def unproven(settings: Settings) -> Principal | None:
    """Who statements are recorded for when a token should tell and does not."""
    if settings.token is None or settings.identity is None:
        return None
    return Principal("unproven", kind="service", groups_complete=False)


# The registry of this process: (policy, state folder) to Runtime. A policy that is a mapping or an object
# of its own is told apart by its revision.
_runtimes: dict[tuple[str, Path], Runtime] = {}
_packs: dict[str, Policy] = {}
_spools: dict[Path, tuple[Spool, ApprovalStore, BudgetStore]] = {}
_lock = forks.lock()
_trust = Trust()
_feeds: dict[tuple[Path, str], Feed] = {}
_shippings: dict[tuple[Path, tuple[str, ...]], Shipping] = {}
_listeners: list[Listener] = []
_listening: dict[tuple[Path, int], Shipping] = {}


def trust() -> Trust:
    """What this process's connections and `acting_as` verify tokens with."""
    return _trust


def open_gate(
    driver: Driver,
    database: str,
    target_key: str,
    *,
    policy: object | None = None,
    principal: object | None = None,
    token: object | None = None,
    identity: object | None = None,
    control_plane: str | None = None,
    collector: str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    on_approval: object | None = None,
) -> Gate:
    """The gate of a new connection.

    `database` is the name that policy rules go by. `target_key` says which database it is and as
    whom it was entered: connections with equal keys share what is learned of it.
    """
    settings = load_settings(
        policy=policy,
        principal=principal,  # type: ignore[arg-type]  # checked there
        token=token,
        identity=identity,
        control_plane=control_plane,
        collector=collector,
        state_dir=state_dir,
    )
    runtime = open_runtime(settings)
    if settings.collectors and _takes_events(settings):
        shipping(settings).start()
    if _listeners:
        _begin_listening()
    gate = runtime.gate(driver, database, target_key, runtime.ports(settings, on_approval))
    published = feed(settings)
    if published is not None:
        published.watch(gate)
    return gate


def open_runtime(settings: Settings) -> Runtime:
    """The runtime of these settings, made when it is first asked for.

    A policy file is read each time, so that a connection opened after it was changed is under the
    policy as it is now. Packs do not change while a process runs.
    """
    published = feed(settings)
    source = settings.policy if settings.policy is not None else "standard"
    if published is not None:
        policy = published().policy
    else:
        policy = _pack(source) if isinstance(source, str) else load_policy(source)  # type: ignore[arg-type]  # checked there
    if settings.shadow is not None:
        policy = attrs.evolve(policy, shadow=attrs.evolve(_pack(settings.shadow), shadow=None))
    with _lock:
        revisions = (one.revision for one in (policy, policy.shadow) if one is not None)
        key = ("+".join(revisions), settings.state_dir)
        if key not in _runtimes:
            stores = _stores(settings)
            secret = load_key(settings.state_dir)
            keys = MaskKeyFile(settings.state_dir)
            looks = Looks(settings.sample_seconds, time.time, partial(SightFile, settings.state_dir))
            risks = _risks(policy, settings.state_dir)
            learned = Learned()
            _runtimes[key] = Runtime(settings, policy, *stores, secret, keys, learned, looks, risks)
        return _runtimes[key]


def feed(settings: Settings) -> Feed | None:
    """The bundles of these settings' control plane, of which one is in force; None if they name none."""
    if settings.control_plane is None:
        return None
    if settings.policy is not None or settings.shadow is not None:
        raise ConfigurationError(
            "a policy is given, and a control plane that the policy comes from",
            code="GDB512",
            help="leave policy= and GOVERNED_DB_POLICY out, or the control plane",
        )
    key = (settings.state_dir, settings.control_plane)
    with _lock:
        found, spool = _feeds.get(key), _stores(settings)[0]
    if found is not None:
        return found
    made = _trust.feed(settings, build, partial(_tell, spool), spool.client)
    made.start()  # asks the network: without the lock, which a fork would wait for
    with _lock:
        found = _feeds.setdefault(key, made)
    if found is not made:
        made.close()
    return found


def approvals(settings: Settings) -> ApprovalPort:
    """Where people are asked: at the control plane where the bundle in force says so, else here."""
    published = feed(settings)
    with _lock:
        spool, store, _ = _stores(settings)
    if published is None or "approvals" not in published().bundle.manifest.serves:
        return store
    from governed_db.remote.plane_approvals import PlaneApprovals  # here: for who has a control plane

    return PlaneApprovals(published.place.base, credential(settings), tell=partial(_tell, spool))


def shipping(settings: Settings) -> Shipping:
    """What sends the events of these settings' state folder to their collectors."""
    key = (settings.state_dir, settings.collectors)
    with _lock:
        if key not in _shippings:
            token = credential(settings)
            routes = tuple(route(address, settings.state_dir, token) for address in settings.collectors)
            _shippings[key] = Shipping(routes, _stores(settings)[0].flush)
        return _shippings[key]


def _takes_events(settings: Settings) -> bool:
    """Whether a control plane that nobody named as a collector is one: bundles need only a web server."""
    published = feed(settings)
    if published is None or settings.collectors != of_control_plane(settings.control_plane):
        return True
    return "events" in published().bundle.manifest.serves


def listen(listener: Listener) -> None:
    """Have what `listener` makes follow the trail of each state folder that this process writes."""
    _listeners.append(listener)
    _begin_listening()


def _begin_listening() -> None:
    with _lock:
        for folder, stores in _spools.items():
            for number, listener in enumerate(_listeners):
                if (folder, number) not in _listening:
                    _listening[folder, number] = listener(folder, stores[0])
        found = list(_listening.values())
    for each in found:
        each.start()


def _tell(spool: Spool, told: dict[str, Any]) -> None:
    now = time.time()
    spool.put(lambda event: event, AuditEvent(uuid7(now), now, "admin", {"by": "control plane"} | told))


def release(state_dir: str | os.PathLike[str]) -> None:
    """Close what this process has open in a state folder. Connections that use it can record nothing more."""
    folder = Path(state_dir).expanduser().absolute()
    with _lock:
        for name in [name for name in _feeds if name[0] == folder]:
            _feeds.pop(name).close()
        for sent in [sent for sent in _shippings if sent[0] == folder]:
            _shippings.pop(sent).close()
        for heard in [heard for heard in _listening if heard[0] == folder]:
            _listening.pop(heard).close()
        for key in [key for key in _runtimes if key[1] == folder]:
            del _runtimes[key]
        stores = _spools.pop(folder, None)
    if stores is not None:
        stores[0].close()


def _risks(policy: Policy, state_dir: Path) -> Risks | None:
    """Habits are learnt only where some condition asks for them."""
    if not policy.reads_risk:
        return None
    return Risks(HabitStore(state_dir / HABITS), scoring(policy.scorer))


def _pack(source: str) -> Policy:
    if source not in packs():
        return load_policy(source)
    with _lock:
        if source not in _packs:
            _packs[source] = load_policy(source)
        return _packs[source]


def _stores(settings: Settings) -> tuple[Spool, ApprovalStore, BudgetStore]:
    """One spool for each folder, whatever the policies: two writers would be two chains."""
    state_dir = settings.state_dir
    if state_dir not in _spools:
        _spools[state_dir] = (
            Spool(state_dir / "audit", max_bytes=settings.audit_bytes),
            open_approvals(state_dir),
            BudgetStore(state_dir / conversation_file.NAME),
        )
    return _spools[state_dir]
