"""The keys of a store into those that one connection's plans were made with, and values of tokens."""

from __future__ import annotations

import attrs

from governed_db.core.ports import KeyPort
from governed_db.errors import AnalysisError
from governed_db.mask.tokens import Domain, KeyRing, no_token


@attrs.define(eq=False)
class KeysInUse:
    """Remembers which keys were handed out last, so that newer ones are noticed.

    `port` is None where there are no keys.
    """

    port: KeyPort | None
    _ring: KeyRing | None = None

    def ring(self) -> KeyRing | None:
        """The keys that plans are made with from now on; None where there are none to be had."""
        self._ring = self.port.ring() if self.port is not None else None
        return self._ring

    def have_changed(self) -> bool:
        """Whether plans were made with keys that are not the newest ones."""
        return self._ring is not None and self.port is not None and self.port.ring() is not self._ring

    def value_of(self, token: str, domain: Domain) -> str | bytes:
        """What a token stands for in a domain. Raises AnalysisError GDB220 if it stands for nothing there."""
        ring = self.ring()
        if ring is None or self.port is None:
            raise no_token("there is no key to turn the token back with")
        try:
            return ring.value_of(token, domain)
        except AnalysisError:
            latest = self.port.latest()
            if latest is ring:
                raise
        return latest.value_of(token, domain)
