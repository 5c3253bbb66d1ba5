"""All pages behind one guard: what changes something comes from a form of ours."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide
from litestar.exceptions import HTTPException

from governed_db.errors import Error
from governed_db.server.answers import Problem
from governed_db.server.pages import (
    activity,
    answers,
    approvals,
    assets,
    classifications,
    coverage,
    integrity,
    overview,
    policies,
    signing,
)
from governed_db.server.pages.frame import frame_of
from governed_db.server.pages.jobs import Jobs
from governed_db.server.pages.signing import Ways
from governed_db.server.settings import ServerSettings


def routes(settings: ServerSettings) -> Router:
    """The pages of one server."""
    ways, jobs = Ways.of(settings), Jobs()
    return Router(
        "/",
        route_handlers=[
            *assets.ROUTES,
            *signing.ROUTES,
            *overview.ROUTES,
            *approvals.ROUTES,
            *coverage.ROUTES,
            *activity.ROUTES,
            *integrity.ROUTES,
            *policies.ROUTES,
            *classifications.ROUTES,
        ],
        guards=[answers.Unforged(settings)],
        dependencies={
            "frame": Provide(frame_of, sync_to_thread=False),
            "jobs": Provide(lambda: jobs, sync_to_thread=False),
            "ways": Provide(lambda: ways, sync_to_thread=False),
        },
        after_request=answers.secured,
        exception_handlers={
            Problem: answers.tell_problem,
            Error: answers.tell_refusal,
            HTTPException: answers.tell_http,
            Exception: answers.tell_failure,
        },
        include_in_schema=False,
    )
