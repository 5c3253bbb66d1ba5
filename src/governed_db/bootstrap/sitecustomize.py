"""The start of a Python process below `governed-db run` into one whose drivers are governed."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys


def _install() -> None:
    """Python goes on when a sitecustomize fails: then nothing would be governed, so the process ends."""
    try:
        import governed_db
        from governed_db.config.settings import drivers_to_install

        governed_db.install(*drivers_to_install())
    except BaseException as error:  # noqa: BLE001  # whatever it is, it must not go on
        sys.stderr.write(
            f"governed-db: a process started below `governed-db run` cannot be governed: {error}\n"
        )
        sys.stderr.flush()
        os._exit(78)


def _go_on() -> None:
    """The sitecustomize that this one hides."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # at start-up, os is there
    rest = [path for path in sys.path if os.path.abspath(path or ".") != here]  # noqa: PTH100
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if found is not None and found.loader is not None:
        module = importlib.util.module_from_spec(found)
        sys.modules["sitecustomize"] = module
        found.loader.exec_module(module)


_install()
_go_on()
