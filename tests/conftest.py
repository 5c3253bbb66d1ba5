"""What every test may ask for: private servers, fresh databases, repeatable properties."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures", "tests.events"]

# The same examples in every run: a failure that only sometimes shows helps nobody.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

# PyMySQL reads all certificates of the machine for each connection, which takes 40 ms.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull
