"""What route handlers are given by name: `caller`, `store`, `settings`, `ports`.

They are ours already: nothing looks whether they are of their types.
"""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from governed_db.server.callers import Caller
from governed_db.server.ports import Ports
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store

TheCaller = NamedDependency[SkipValidation[Caller]]
TheStore = NamedDependency[SkipValidation[Store]]
TheSettings = NamedDependency[SkipValidation[ServerSettings]]
ThePorts = NamedDependency[SkipValidation[Ports]]
