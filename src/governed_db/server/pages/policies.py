"""Drafts of policies and what was published into pages: writing, checking, a second person, publishing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any, Final

import attrs
from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation
from sqlalchemy.exc import IntegrityError

from governed_db.errors import Error, PolicyError
from governed_db.policy.approvals.deciders import alike
from governed_db.server.answers import Problem
from governed_db.server.bundles import checking, drafts, publishing
from governed_db.server.bundles.drafts import Draft, Text
from governed_db.server.bundles.publishing import Version
from governed_db.server.bundles.replaying import replayed
from governed_db.server.callers import requires
from governed_db.server.pages import difference
from governed_db.server.pages.answers import Shown, go_to, shown
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.pages.jobs import Job, Jobs, Progress
from governed_db.server.roles import READERS, Role
from governed_db.server.store import Tx

SCHEMA: Final = "schema.sql"
START: Final = """version: 1
extends: standard

rules: []

tests: []
"""
_SAID: Final = {
    "save": "Saved.",
    "submit": "Submitted: a second person can agree to it now.",
    "withdraw": "Thrown away.",
    "accept": "You agree to it as it is.",
    "reject": "You are against it. Its author sees why.",
    "publish": "Published and signed. Clients take it within seconds.",
    "roll-back": "Published again, under a new version. Clients take it within seconds.",
}
_STATES: Final = {"open": "draft", "submitted": "review", "withdrawn": "withdrawn"}
_REVIEWERS: Final = (Role.AUTHOR, Role.APPROVER)
Word = Annotated[str, QueryParameter(max_length=64)]
TheJobs = NamedDependency[SkipValidation[Jobs]]


@get("/policies", opt={"access": READERS}, sync_to_thread=True)
def policies(frame: TheFrame, done: Word = "") -> Response[str]:
    """What is in force, and what is being written."""
    with frame.store.reading(frame.caller.tenant) as tx:
        names = publishing.names(tx)
        listed = drafts.listed(tx)
        versions = [one for name in names for one in publishing.versions(tx, name)[:20]]
    newest = {one.name: one for one in reversed(versions)}
    known = {one.draft: one for one in reversed(versions)}
    return frame.show(
        "policies.html",
        "policies",
        said=_SAID.get(done),
        bundles=[newest[name] for name in names],
        drafts=[_summary(one, known.get(one.id)) for one in listed],
        versions=versions,
        may_edit=frame.may(Role.AUTHOR),
    )


@get("/policies/new", opt=requires(Role.AUTHOR), sync_to_thread=True)
def new(frame: TheFrame) -> Response[str]:
    """What a new draft is called."""
    with frame.store.reading(frame.caller.tenant) as tx:
        names = publishing.names(tx) or ("default",)
    return frame.show("new_draft.html", "policies", names=names)


@post("/policies/new", opt=requires(Role.AUTHOR), status_code=200)
async def make(request: Request[Any, Any, Any], frame: TheFrame) -> Response[Any]:
    """A draft of what is in force."""
    form = await request.form()
    name, note = str(form.get("name", "")).strip(), str(form.get("note", "")).strip()[:200]

    def work() -> Response[Any]:
        try:
            with frame.store.writing(frame.caller.tenant) as tx:
                return go_to(f"/policies/{begin(tx, frame, name or 'default', note).id}")
        except Problem as error:
            with frame.store.reading(frame.caller.tenant) as tx:
                names = publishing.names(tx) or ("default",)
            return frame.show(
                "new_draft.html", "policies", names=names, problem=shown(error), status=error.status
            )

    return await _in_thread(work)


@get("/policies/{id:str}", opt={"access": READERS}, sync_to_thread=True)
def draft_page(frame: TheFrame, jobs: TheJobs, id: FromPath[str], done: Word = "") -> Response[str]:
    """One draft: its text, what is wrong with it, and what it changes."""
    return _page(frame, jobs, id, said=_SAID.get(done))


@get("/policies/{id:str}/tests", opt={"access": READERS}, sync_to_thread=True)
def tests_part(frame: TheFrame, jobs: TheJobs, id: FromPath[str]) -> Response[str]:
    """The tests of a draft, while they are run and afterwards."""
    with frame.store.reading(frame.caller.tenant) as tx:
        draft = drafts.get(tx, id)
    return frame.part("tests.html", tests=_tests(frame, jobs, draft))


@get("/policies/{id:str}/replay", opt={"access": READERS}, sync_to_thread=True)
def replay_part(frame: TheFrame, jobs: TheJobs, id: FromPath[str]) -> Response[str]:
    """The replay of a draft, while it goes on and afterwards."""
    with frame.store.reading(frame.caller.tenant) as tx:
        draft = drafts.get(tx, id)
    return frame.part("replay.html", replay=_replay(frame, jobs.get(_replay_key(frame, draft))))


@post("/policies/{id:str}/replay", opt=requires(*READERS), status_code=200)
async def replay(
    request: Request[Any, Any, Any], frame: TheFrame, jobs: TheJobs, id: FromPath[str]
) -> Response[Any]:
    """Begin to decide anew what was recorded."""
    told = str((await request.form()).get("days", "7"))
    days = int(told) if told in ("1", "7", "30") else 7
    tenant, store = frame.caller.tenant, frame.store

    def begun() -> Response[Any]:
        with store.reading(tenant) as tx:
            draft = drafts.get(tx, id)
        progress = Progress()

        def work() -> Any:
            with store.reading(tenant) as tx:
                since = frame.now - days * 86400
                return replayed(tx, checking.policy(draft.text), since, tell=progress.tell)

        jobs.begin(_replay_key(frame, draft), work, progress, again=True)
        return go_to(f"/policies/{id}#replay")

    return await _in_thread(begun)


@post("/policies/{id:str}", opt=requires(*_REVIEWERS), status_code=200)
async def act(
    request: Request[Any, Any, Any], frame: TheFrame, jobs: TheJobs, id: FromPath[str]
) -> Response[Any]:
    """What somebody does with a draft."""
    form = await request.form()
    names = ("act", "comment", "revision", "source", "schema")
    told = {name: str(form.get(name, "")) for name in names}
    return await _in_thread(lambda: _acted(frame, jobs, id, told))


@get("/versions/{name:str}/{number:int}", opt={"access": READERS}, sync_to_thread=True)
def version_page(frame: TheFrame, name: FromPath[str], number: FromPath[int]) -> Response[str]:
    """A version that was published, and what is otherwise since then."""
    return _version(frame, name, number)


@post("/versions/{name:str}/{number:int}", opt=requires(Role.AUTHOR), status_code=200)
async def roll_back(frame: TheFrame, name: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """Put its text in force again."""

    def work() -> Response[Any]:
        folder = frame.settings.keys_folder
        try:
            with frame.store.writing(frame.caller.tenant) as tx:
                made = publishing.roll_back(tx, frame.caller, folder, name, number)
        except (Problem, Error, IntegrityError) as error:
            return _version(frame, name, number, problem=_told(error), status=409)
        return go_to(f"/versions/{name}/{made.version}?done=roll-back")

    return await _in_thread(work)


# -- what is done ----------------------------------------------------------------------------------------


def begin(tx: Tx, frame: Frame, name: str, note: str) -> Draft:
    """A draft of what is in force under this name, or of the least that says anything."""
    if name in publishing.names(tx):
        newest = publishing.newest(tx, name)
        text = publishing.text(tx, newest)
        return drafts.make(tx, frame.caller, name, text, note=note, based_on=newest.version)
    return drafts.make(tx, frame.caller, name, Text({"policy.yaml": START}), note=note)


def _acted(frame: Frame, jobs: Jobs, id: str, told: dict[str, str]) -> Response[Any]:
    doing = told["act"]
    text = None
    try:
        if doing in ("save", "submit"):
            _check_role(frame, Role.AUTHOR)
            with frame.store.reading(frame.caller.tenant) as tx:
                draft = drafts.get(tx, id)
            text = _written(draft, told)
            _save(frame, draft, text, told["revision"])
        _do(frame, id, doing, told)
    except (Problem, Error, IntegrityError) as error:
        if isinstance(error, Problem) and error.status == 404:
            raise
        return _page(frame, jobs, id, problem=_told(error), text=text, status=409)
    return go_to("/policies?done=withdraw" if doing == "withdraw" else f"/policies/{id}?done={doing}")


def _save(frame: Frame, draft: Draft, text: Text, revision: str) -> None:
    if revision != draft.digest:
        raise Problem(
            409,
            "GDB624",
            "the draft was changed since you opened it",
            "your text is still below: compare it, and save again",
        )
    if text.digest != draft.digest or draft.state != "open":
        with frame.store.writing(frame.caller.tenant) as tx:
            drafts.change(tx, frame.caller, draft.id, text)


def _do(frame: Frame, id: str, doing: str, told: dict[str, str]) -> None:
    caller, comment = frame.caller, told["comment"].strip()[:2000]
    if doing == "publish":
        _check_role(frame, Role.AUTHOR)
        with frame.store.reading(caller.tenant) as tx:
            draft = drafts.get(tx, id)
        sound = publishing.sound(draft)
        with frame.store.writing(caller.tenant) as tx:
            publishing.publish(tx, caller, frame.settings.keys_folder, id, sound=sound)
        return
    with frame.store.writing(caller.tenant) as tx:
        match doing:
            case "save":
                return
            case "submit":
                drafts.submit(tx, caller, id)
            case "withdraw":
                _check_role(frame, Role.AUTHOR)
                drafts.withdraw(tx, caller, id)
            case "accept" | "reject":
                agrees = doing == "accept"
                drafts.review(tx, caller, id, digest=told["revision"], agrees=agrees, comment=comment)
            case _:
                raise Problem(
                    400, "GDB645", "the form says nothing that can be done", "use the buttons of the page"
                )


def _written(draft: Draft, told: dict[str, str]) -> Text:
    """The draft's files with what stands in the form; browsers send CRLF."""
    source, schema = (told[name].replace("\r\n", "\n") for name in ("source", "schema"))
    name = draft.text.schema or (SCHEMA if schema.strip() else None)
    files = dict(draft.text.files) | {draft.text.main: source}
    if name is not None:
        files[name] = schema
    return Text(files, draft.text.main, name)


def _check_role(frame: Frame, role: Role) -> None:
    if not frame.may(role):
        raise Problem(
            403, "GDB665", "you may not do this here", f"ask an administrator for the role {role.value}"
        )


# -- what is shown ---------------------------------------------------------------------------------------


def _page(
    frame: Frame,
    jobs: Jobs,
    id: str,
    *,
    problem: Shown | None = None,
    said: str | None = None,
    text: Text | None = None,
    status: int = 200,
) -> Response[str]:
    with frame.store.reading(frame.caller.tenant) as tx:
        draft = drafts.get(tx, id)
        known = draft.name in publishing.names(tx)
        versions = publishing.versions(tx, draft.name) if known else ()
        old = publishing.text(tx, versions[0]) if versions else None
    published = next((one for one in versions if one.draft == id), None)
    text = text or draft.text
    flaws = checking.flaws(text)
    is_own = alike(draft.author) == alike(frame.caller.id)
    is_final = draft.state == "withdrawn" or (published is not None and published.digest == draft.digest)
    before = old.files[old.main] if old is not None else checking.STANDARD
    return frame.show(
        "draft.html",
        "policies",
        problem=problem,
        said=said,
        status=status,
        draft=_summary(draft, published),
        source=text.files[text.main],
        schema=text.files.get(text.schema or "", ""),
        problems=[SimpleNamespace(line=one.line, column=one.column, text=one.message) for one in flaws],
        facts=_facts(text) if not flaws else None,
        tests=_tests(frame, jobs, draft) if not flaws and text is draft.text else None,
        changes=checking.changed(old, text) if not flaws else (),
        difference=difference.lines(before, text.files[text.main]),
        replay=_replay(frame, jobs.get(_replay_key(frame, draft))),
        reviews=list(draft.reviews),
        may_edit=is_own and frame.may(Role.AUTHOR) and not is_final,
        may_review=frame.may(*_REVIEWERS) and not is_own and not is_final,
        may_publish=frame.may(Role.AUTHOR)
        and draft.state == "submitted"
        and draft.is_agreed
        and not is_final,
        may_replay=not flaws,
        hindrance=_hindrance(frame, is_own=is_own),
    )


def _hindrance(frame: Frame, *, is_own: bool) -> str:
    if is_own:
        return "You wrote it: somebody else has to agree. Send them the address of this page."
    return "" if frame.may(*_REVIEWERS) else "Your role does not review. Ask for the role author or approver."


def _summary(draft: Draft, published: Version | None) -> SimpleNamespace:
    is_in_force = published is not None and published.digest == draft.digest
    state = "published" if is_in_force else _STATES[draft.state]
    if state == "review" and draft.is_agreed:
        state = "agreed"
    return SimpleNamespace(
        id=draft.id,
        title=draft.note or f"Draft of {draft.name}",
        name=draft.name,
        author=draft.author,
        changed=draft.changed,
        state=state,
        version=published.version if is_in_force and published is not None else None,
        revision=draft.digest,
    )


def _facts(text: Text) -> SimpleNamespace:
    read = checking.policy(text)
    return SimpleNamespace(rules=len(read.rules), tests=len(read.tests))


def _tests(frame: Frame, jobs: Jobs, draft: Draft) -> SimpleNamespace | None:
    """The tests' results; they are begun when nobody has run them for this text."""
    if checking.flaws(draft.text):
        return None
    job = jobs.begin(("tests", frame.caller.tenant, draft.digest), lambda: checking.checked(draft.text))
    found = job.result or checking.Checked()
    problem = shown(job.problem).message if job.problem is not None else found.problem
    return SimpleNamespace(
        is_running=job.is_running,
        results=found.tests,
        problem=problem,
        seconds=max(0.0, frame.now - job.begun),
    )


def _replay_key(frame: Frame, draft: Draft) -> tuple[str, ...]:
    return ("replay", frame.caller.tenant, draft.digest)


def _replay(frame: Frame, job: Job | None) -> SimpleNamespace | None:
    if job is None:
        return None
    told = attrs.asdict(job.result) if job.result is not None else {}
    problem = shown(job.problem) if job.problem is not None else None
    return SimpleNamespace(
        is_running=job.is_running,
        progress=job.progress,
        seconds=max(0.0, frame.now - job.begun),
        problem=problem,
        **told,
    )


def _version(
    frame: Frame, name: str, number: int, *, problem: Shown | None = None, status: int = 200
) -> Response[str]:
    with frame.store.reading(frame.caller.tenant) as tx:
        version = publishing.get(tx, name, number)
        newest = publishing.newest(tx, name)
        text, now = publishing.text(tx, version), publishing.text(tx, newest)
    source = text.files[text.main]
    return frame.show(
        "version.html",
        "policies",
        problem=problem,
        status=status,
        version=version,
        newest=newest,
        source=source,
        difference=difference.lines(now.files[now.main], source),
        is_newest=newest.version == number,
        may_roll_back=frame.may(Role.AUTHOR) and newest.digest != version.digest,
    )


def _told(error: Problem | Error | IntegrityError) -> Shown:
    if isinstance(error, IntegrityError):
        return shown(Problem(409, "GDB636", "somebody else published at the same moment", "try again"))
    if isinstance(error, PolicyError):
        return shown(Problem(409, "GDB632", "it is no policy yet", "put right what stands under Checks"))
    return shown(error)


async def _in_thread(work: Callable[[], Response[Any]]) -> Response[Any]:
    return await to_thread.run_sync(work)


ROUTES: list[Any] = [
    policies, new, make, draft_page, tests_part, replay_part, replay, act, version_page, roll_back,
]  # fmt: skip
