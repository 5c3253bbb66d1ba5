"""A class into one of whose objects there is no second, and which tell nothing of their inside to copiers."""

from __future__ import annotations

from typing import Any, NoReturn


class Single:
    """Refuses what copy and pickle ask for: it would hold libpq's own objects."""

    __slots__ = ()

    def __getstate__(self) -> NoReturn:
        raise _refused(self)

    def __reduce__(self) -> NoReturn:
        raise _refused(self)

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise _refused(self)


def _refused(one: object) -> TypeError:
    return TypeError(f"a governed {type(one).__name__} cannot be copied or pickled")
