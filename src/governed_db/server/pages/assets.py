"""The files that pages refer to, from the package, kept by browsers for as long as they like."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from governed_db.server.answers import not_found
from governed_db.server.callers import PUBLIC
from governed_db.server.pages import render


@get("/assets/{digest:str}/{name:str}", opt=dict(PUBLIC), sync_to_thread=False)
def file(digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One file; its path holds what its bytes are."""
    try:
        read, known = render.asset(name)
    except KeyError:
        raise not_found() from None
    if digest != known:
        raise not_found()
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(read, media_type=f"{render.ASSETS[name]}; charset=utf-8", headers=kept)


ROUTES: list[Any] = [file]
