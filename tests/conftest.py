"""What every test may ask for: private servers, fresh databases, repeatable properties."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures"]

# The same examples in every run: a failure that only sometimes shows helps nobody.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
