"""The running code into the place of the application from which a statement came."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Final

_OWN: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120
_LIBRARIES: Final = f"{os.sep}site-packages{os.sep}"
_MOST: Final = 100


def call_site() -> str | None:
    """File, line and function of the nearest caller that is neither ours nor an installed library's."""
    frame: FrameType | None = sys._getframe(1)
    nearest: str | None = None
    for _ in range(_MOST):
        if frame is None:
            break
        code = frame.f_code
        name = code.co_filename
        if not name.startswith((_OWN, "<")):
            site = f"{name}:{frame.f_lineno} in {code.co_name}"
            nearest = nearest or site
            if _LIBRARIES not in name and not name.startswith(_STANDARD):
                return site
        frame = frame.f_back
    return nearest


_STANDARD: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120
