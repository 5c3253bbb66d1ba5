"""Policies over HTTP: authors write drafts, second people agree, and clients take what is published."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import attrs
from litestar import Request, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.exc import IntegrityError

from governed_db.errors import PolicyError
from governed_db.policy.bundles.document import Revoked
from governed_db.policy.changes import Change
from governed_db.server.answers import Problem
from governed_db.server.bundles import checking, drafts, keys, publishing
from governed_db.server.bundles.checking import Checked
from governed_db.server.bundles.drafts import Draft, Text
from governed_db.server.bundles.keys import SigningKey
from governed_db.server.bundles.publishing import Stale, Version
from governed_db.server.bundles.replaying import Replay, replayed
from governed_db.server.bundles.watching import MOST_SECONDS
from governed_db.server.callers import Caller, requires
from governed_db.server.given import TheCaller, ThePorts, TheSettings, TheStore
from governed_db.server.ports import Ports
from governed_db.server.roles import READERS, Role
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:\.\d*)?(?:$|[,;\s])")
_READ: Final = requires(*READERS)
_WRITE: Final = requires(Role.AUTHOR)
_ADMIN: Final = requires(Role.ADMIN)
Days = Annotated[float, QueryParameter(gt=0, le=400)]
Named = Annotated[str | None, QueryParameter(max_length=100)]


# -- what clients take --------------------------------------------------------------------------------------


@get("/v1/bundles/{file:str}", opt=requires(Role.CLIENT, *READERS))
async def bundle(
    file: FromPath[str],
    request: Request[Any, Any, Any],
    caller: TheCaller,
    store: TheStore,
    ports: ThePorts,
    settings: TheSettings,
) -> Response[bytes]:
    """The newest signed bundle of a name (`NAME.json`). With `Prefer: wait=N` and the ETag that is known, the
    answer comes when there is another, or after N seconds."""
    name = file.removesuffix(".json")
    known = request.headers.get("if-none-match", "").removeprefix("W/").strip('"')
    seconds = _wait(request.headers.get("prefer", ""))

    def newest() -> str:
        return _newest(store, caller, settings, ports, name).etag

    if known and seconds:
        await ports.watch.other_than((caller.tenant, name), known, newest, seconds)
    version, content = await _in_thread(lambda: _document(store, caller, settings, ports, name, known))
    headers = {"ETag": f'"{version.etag}"', "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if version.etag == known:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


async def _in_thread(work: Any) -> Any:
    from anyio import to_thread

    return await to_thread.run_sync(work)


def _newest(store: Store, caller: Caller, settings: ServerSettings, ports: Ports, name: str) -> Version:
    """The version in force; made where there is none, and signed anew when it is half over."""
    folder = settings.keys_folder
    with store.reading(caller.tenant) as tx:
        is_seeded = name in publishing.names(tx) or name != "default"
        found = publishing.newest(tx, name) if is_seeded else None
    if found is not None and found.expires - ports.now() > found.seconds / 2:
        return found
    with store.writing(caller.tenant) as tx:
        if found is None:
            return publishing.seed(tx, folder, name)
        return publishing.renewed(tx, folder, name, ports.now())


def _document(
    store: Store, caller: Caller, settings: ServerSettings, ports: Ports, name: str, known: str
) -> tuple[Version, bytes]:
    version = _newest(store, caller, settings, ports, name)
    if version.etag == known:
        return version, b""
    with store.reading(caller.tenant) as tx:
        return version, publishing.document(tx, version)


def _wait(prefer: str) -> float:
    found = _WAIT.search(prefer)
    return min(float(found[1]), MOST_SECONDS) if found else 0.0


# -- drafts -------------------------------------------------------------------------------------------------


@attrs.frozen
class Writing:
    """A text for a draft."""

    files: dict[str, str]
    main: str = "policy.yaml"
    schema: str | None = None
    note: str = ""
    based_on: int | None = None

    @property
    def text(self) -> Text:
        return Text(self.files, self.main, self.schema)


@attrs.frozen
class Reviewing:
    """What is said of a draft; `digest`: of the text that was read."""

    digest: str
    agrees: bool
    comment: str = ""


@attrs.frozen
class Publishing:
    """How long clients may go on with a bundle, and what they do afterwards."""

    seconds: int = publishing.SECONDS
    stale: Stale = "deny_all"


@attrs.frozen
class RollingBack:
    """The version whose text shall be in force again."""

    version: int


@attrs.frozen
class Revoking:
    """Principals, and tokens by their ids (jti), that count no more. `before`: only tokens issued earlier."""

    principals: tuple[Revoked, ...] = ()
    tokens: tuple[str, ...] = ()


@attrs.frozen
class Difference:
    """What a draft says otherwise than what is in force."""

    since: int | None
    changes: tuple[Change, ...]


@get("/v1/policies", opt=_READ, sync_to_thread=True)
def policies(caller: TheCaller, store: TheStore) -> list[Version]:
    """What is in force, by name."""
    with store.reading(caller.tenant) as tx:
        return [publishing.newest(tx, name) for name in publishing.names(tx)]


@get("/v1/policies/{name:str}/versions", opt=_READ, sync_to_thread=True)
def versions(name: FromPath[str], caller: TheCaller, store: TheStore) -> list[Version]:
    """All that was published of a name, the newest first."""
    with store.reading(caller.tenant) as tx:
        return list(publishing.versions(tx, name))


@get("/v1/policies/{name:str}/versions/{version:int}", opt=_READ, sync_to_thread=True)
def version_text(name: FromPath[str], version: FromPath[int], caller: TheCaller, store: TheStore) -> Text:
    """The text of one version."""
    with store.reading(caller.tenant) as tx:
        return publishing.text(tx, publishing.get(tx, name, version))


@post("/v1/policies/{name:str}/drafts", opt=_WRITE, sync_to_thread=True)
def make_draft(name: FromPath[str], data: JSONBody[Writing], caller: TheCaller, store: TheStore) -> Draft:
    """Begin a draft of your own."""
    with store.writing(caller.tenant) as tx:
        return drafts.make(tx, caller, name, data.text, note=data.note, based_on=data.based_on)


@get("/v1/drafts", opt=_READ, sync_to_thread=True)
def list_drafts(caller: TheCaller, store: TheStore, policy: Named = None) -> list[Draft]:
    """Drafts that are not withdrawn, the newest first."""
    with store.reading(caller.tenant) as tx:
        return list(drafts.listed(tx, policy))


@get("/v1/drafts/{id:str}", opt=_READ, sync_to_thread=True)
def get_draft(id: FromPath[str], caller: TheCaller, store: TheStore) -> Draft:
    """One draft, with what was said of it."""
    with store.reading(caller.tenant) as tx:
        return drafts.get(tx, id)


@put("/v1/drafts/{id:str}", opt=_WRITE, sync_to_thread=True)
def change_draft(id: FromPath[str], data: JSONBody[Writing], caller: TheCaller, store: TheStore) -> Draft:
    """Write your draft anew; what was said of it before counts no more."""
    with store.writing(caller.tenant) as tx:
        return drafts.change(tx, caller, id, data.text, data.note or None)


@post("/v1/drafts/{id:str}/check", opt=_READ, status_code=200, sync_to_thread=True)
def check_draft(id: FromPath[str], caller: TheCaller, store: TheStore) -> Checked:
    """What is wrong with it, line by line, and what its tests find."""
    with store.reading(caller.tenant) as tx:
        text = drafts.get(tx, id).text
    return checking.checked(text)


@get("/v1/drafts/{id:str}/diff", opt=_READ, sync_to_thread=True)
def diff_draft(id: FromPath[str], caller: TheCaller, store: TheStore) -> Difference:
    """What it says otherwise than what is in force."""
    with store.reading(caller.tenant) as tx:
        draft = drafts.get(tx, id)
        is_first = draft.name not in publishing.names(tx)
        before = None if is_first else publishing.newest(tx, draft.name)
        old = publishing.text(tx, before) if before is not None else None
    try:
        found = checking.changed(old, draft.text)
    except PolicyError as error:
        raise Problem(409, "GDB632", "it is no policy yet", "; ".join(error.problems)[:2000]) from None
    return Difference(before.version if before is not None else None, found)


@post("/v1/drafts/{id:str}/replay", opt=_READ, status_code=200, sync_to_thread=True)
def replay_draft(
    id: FromPath[str],
    caller: TheCaller,
    store: TheStore,
    ports: ThePorts,
    *,
    days: Days = 30.0,
) -> Replay:
    """Which recorded statements it would decide otherwise. Nothing is run, no database is asked."""
    with store.reading(caller.tenant) as tx:
        text = drafts.get(tx, id).text
        try:
            return replayed(tx, checking.policy(text), ports.now() - days * 86400)
        except PolicyError as error:
            raise Problem(409, "GDB632", "it is no policy yet", "; ".join(error.problems)[:2000]) from None


@post("/v1/drafts/{id:str}/submit", opt=_WRITE, status_code=200, sync_to_thread=True)
def submit_draft(id: FromPath[str], caller: TheCaller, store: TheStore) -> Draft:
    """Have others look at your draft."""
    with store.writing(caller.tenant) as tx:
        return drafts.submit(tx, caller, id)


@post("/v1/drafts/{id:str}/withdraw", opt=_WRITE, status_code=200, sync_to_thread=True)
def withdraw_draft(id: FromPath[str], caller: TheCaller, store: TheStore) -> Draft:
    """Take your draft back."""
    with store.writing(caller.tenant) as tx:
        return drafts.withdraw(tx, caller, id)


@post("/v1/drafts/{id:str}/reviews", opt=requires(Role.AUTHOR, Role.APPROVER), sync_to_thread=True)
def review_draft(id: FromPath[str], data: JSONBody[Reviewing], caller: TheCaller, store: TheStore) -> Draft:
    """Say whether somebody else's draft may be published."""
    with store.writing(caller.tenant) as tx:
        return drafts.review(tx, caller, id, digest=data.digest, agrees=data.agrees, comment=data.comment)


# -- publishing ---------------------------------------------------------------------------------------------


@post("/v1/drafts/{id:str}/publish", opt=_WRITE, sync_to_thread=True)
def publish_draft(
    id: FromPath[str], data: JSONBody[Publishing], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Version:
    """Put a draft in force that a second person has agreed to."""
    with store.reading(caller.tenant) as tx:
        draft = drafts.get(tx, id)
    sound = publishing.sound(draft)
    with _versions_made_at_once(), store.writing(caller.tenant) as tx:
        return publishing.publish(
            tx, caller, settings.keys_folder, id, sound=sound, seconds=data.seconds, stale=data.stale
        )


@post("/v1/policies/{name:str}/rollback", opt=_WRITE, sync_to_thread=True)
def roll_back(
    name: FromPath[str],
    data: JSONBody[RollingBack],
    caller: TheCaller,
    store: TheStore,
    settings: TheSettings,
) -> Version:
    """Put the text of an earlier version in force again, under a new version."""
    with _versions_made_at_once(), store.writing(caller.tenant) as tx:
        return publishing.roll_back(tx, caller, settings.keys_folder, name, data.version)


@get("/v1/revocations", opt=requires(Role.ADMIN, Role.AUDITOR), sync_to_thread=True)
def revocations(caller: TheCaller, store: TheStore) -> Revoking:
    """Principals and tokens that count no more."""
    with store.reading(caller.tenant) as tx:
        found = publishing.revocations(tx)
    return Revoking(found.principals, found.tokens)


@post("/v1/revocations", opt=_ADMIN, sync_to_thread=True)
def revoke(
    data: JSONBody[Revoking], caller: TheCaller, store: TheStore, settings: TheSettings
) -> list[Version]:
    """Have principals and tokens count no more: bundles that say so are published at once."""
    with _versions_made_at_once(), store.writing(caller.tenant) as tx:
        folder = settings.keys_folder
        return list(publishing.revoke(tx, caller, folder, principals=data.principals, tokens=data.tokens))


@get("/v1/keys", opt=requires(Role.CLIENT, *READERS), sync_to_thread=True)
def signing_keys(caller: TheCaller, store: TheStore) -> list[SigningKey]:
    """The public keys that bundles are signed with; clients pin the current one."""
    with store.reading(caller.tenant) as tx:
        return list(keys.listed(tx))


@post("/v1/keys", opt=_ADMIN, sync_to_thread=True)
def rotate_key(caller: TheCaller, store: TheStore, settings: TheSettings) -> SigningKey:
    """Let a new key take the place of the current one. Clients learn of it from bundles that both sign."""
    folder = settings.keys_folder
    with _versions_made_at_once(), store.writing(caller.tenant) as tx:
        made = keys.rotate(tx, caller, folder)
        for name in publishing.names(tx):
            publishing.again(tx, caller, folder, name, "keys")
        return made


@post("/v1/keys/{kid:str}/retire", opt=_ADMIN, status_code=200, sync_to_thread=True)
def retire_key(
    kid: FromPath[str], caller: TheCaller, store: TheStore, settings: TheSettings
) -> list[SigningKey]:
    """Have clients take nothing any more that only this key has signed."""
    with _versions_made_at_once(), store.writing(caller.tenant) as tx:
        keys.retire(tx, caller, kid)
        for name in publishing.names(tx):
            publishing.again(tx, caller, settings.keys_folder, name, "keys")
        return list(keys.listed(tx))


class _versions_made_at_once:  # noqa: N801  # read as a phrase
    """Two that publish at once: the table's key lets one of them be the next version."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, IntegrityError):
            raise Problem(409, "GDB636", "somebody else published at the same moment", "try again") from None


ROUTES: list[Any] = [
    bundle,
    policies,
    versions,
    version_text,
    make_draft,
    list_drafts,
    get_draft,
    change_draft,
    check_draft,
    diff_draft,
    replay_draft,
    submit_draft,
    withdraw_draft,
    review_draft,
    publish_draft,
    roll_back,
    revocations,
    revoke,
    signing_keys,
    rotate_key,
    retire_key,
]
