"""The control plane keeps to its OpenAPI document, whatever is sent.

Schemathesis makes requests of the document, of every kind that it allows and forbids: no answer may be
a failure of the server. GOVERNED_DB_TEST_SCHEMATHESIS is how many requests are made for each operation
(1 if it is not set; 200 take some minutes).
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from governed_db.server.roles import Role
from tests.server.running import Plane

EXAMPLES = int(os.environ.get("GOVERNED_DB_TEST_SCHEMATHESIS", "1"))


@pytest.fixture(scope="module")
def document(postgres_plane: Plane) -> dict[str, Any]:
    """As anybody can fetch it."""
    answer = postgres_plane.get("/schema/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_every_operation_is_told(document: dict[str, Any]) -> None:
    """Each has a description, and all but the public ones ask for a credential."""
    operations = [one for path in document["paths"].values() for one in path.values()]
    silent = [one["operationId"] for one in operations if not one.get("description")]

    assert silent == []
    assert {"/v1/events", "/v1/coverage", "/v1/integrity", "/healthz"} <= set(document["paths"])
    assert document["security"] == [{"bearer": []}]


def test_no_request_makes_the_server_fail(postgres_plane: Plane) -> None:
    """Of what the document allows, and of what it does not; by somebody who may do everything."""
    key = postgres_plane.key(*Role, label="schemathesis")
    schema = schemathesis.openapi.from_dict(postgres_plane.get("/schema/openapi.json").json())
    for result in schema.get_all_operations():
        operation = result.ok()
        if not operation.path.startswith("/v1/"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            headers = {"Authorization": f"Bearer {key}"}
            # A server that waits for a new bundle would be waited for in each example.
            if case.headers is not None:
                for name in [name for name in case.headers if name.lower() in ("prefer", "authorization")]:
                    del case.headers[name]
            answer = case.call(base_url=postgres_plane.url, headers=headers, timeout=60)
            case.validate_response(answer, checks=[not_a_server_error])

        holds()
