"""What each identity provider says of somebody is read where that provider puts it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.claims import principal_of
from governed_db.context.tokens.issuers import Issuer, load_identity
from governed_db.context.tokens.verify import Verifier
from governed_db.errors import IdentityError, PolicyError
from governed_db.model.principal import Principal
from tests.identity.provider import AUDIENCE, Provider

URL = "https://issuer.test"


def issuer(provider: str, /, **more: Any) -> Issuer:
    """One issuer of an identity file."""
    told = {"issuer": URL, "provider": provider, "audience": AUDIENCE} | more
    return load_identity({"version": 1, "issuers": [told]}).issuers[0]


def who(provider: str, claims: dict[str, Any], /, **more: Any) -> Principal:
    """Who the claims are about, without attributes."""
    return attrs.evolve(principal_of(claims, issuer(provider, **more)), attributes={})


@pytest.mark.parametrize(
    ("provider", "claims", "expected"),
    [
        ("okta", {"sub": "alice@a.test", "uid": "00u", "cid": "0oa", "groups": ["dev"]},
         Principal("alice@a.test", "human", ("dev",))),
        ("okta", {"sub": "0oaBATCH", "cid": "0oaBATCH"}, Principal("0oaBATCH", "service")),
        ("entra", {"sub": "pairwise", "oid": "8c-1", "tid": "t", "scp": "db", "groups": ["g-1"]},
         Principal("8c-1", "human", ("g-1",))),
        ("entra", {"sub": "8c-2", "oid": "8c-2", "idtyp": "app"}, Principal("8c-2", "service")),
        ("google", {"sub": "1067", "email": "alice@a.test"},
         Principal("1067", "human", (), groups_complete=False)),
        ("google", {"sub": "1068", "email": "x@p.iam.gserviceaccount.com"}, Principal("1068", "service")),
        ("auth0", {"sub": "auth0|1", "groups": ["dev"]}, Principal("auth0|1", "human", ("dev",))),
        ("auth0", {"sub": "x@clients", "gty": "client-credentials"}, Principal("x@clients", "service")),
        ("keycloak", {"sub": "f-1", "preferred_username": "alice", "groups": ["/dev"]},
         Principal("f-1", "human", ("/dev",))),
        ("keycloak",
         {"sub": "f-2", "preferred_username": "service-account-etl", "realm_access": {"roles": ["r"]}},
         Principal("f-2", "service", ("r",))),
        ("kubernetes", {"sub": "system:serviceaccount:jobs:etl", "kubernetes.io": {}},
         Principal("system:serviceaccount:jobs:etl", "service",
                   ("system:serviceaccounts", "system:serviceaccounts:jobs"))),
        ("oidc", {"sub": "app", "client_id": "app"}, Principal("app", "service")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_providers(provider: str, claims: dict[str, Any], expected: Principal) -> None:
    """Ids, kinds and groups of people and of programs."""
    assert who(provider, claims) == expected


def test_spiffe(provider: Provider) -> None:
    """A JWT-SVID needs no issuer: its trust domain names the keys."""
    told = {
        "provider": "spiffe",
        "trust_domain": "a.test",
        "jwks": f"{provider.url}/keys",
        "audience": AUDIENCE,
    }
    verifier = Verifier(load_identity({"version": 1, "issuers": [told]}))
    header = {"typ": "JWT"}
    name = "spiffe://a.test/etl"
    found = verifier.verify(Bearer(provider.token(header=header, without=("iss", "iat", "groups"), sub=name)))

    assert (found.principal.id, found.principal.kind) == (name, "service")
    for other in ("spiffe://b.test/etl", "spiffe://a.test.evil/etl", "etl"):
        with pytest.raises(IdentityError, match="GDB551"):
            verifier.verify(Bearer(provider.token(header=header, without=("iss",), sub=other)))


@pytest.mark.parametrize(
    ("provider", "claims"),
    [
        ("okta", {"sub": "a", "groups": [f"g{i}" for i in range(100)]}),
        ("entra", {"sub": "a", "oid": "a", "scp": "db", "_claim_names": {"groups": "src1"}}),
        ("entra", {"sub": "a", "oid": "a", "scp": "db", "hasgroups": True}),
        ("entra", {"sub": "a", "oid": "a", "idtyp": "app", "_claim_names": {"groups": "src1"}}),
        ("oidc", {"sub": "a"}),
    ],
)
def test_cut_lists_of_groups(provider: str, claims: dict[str, Any]) -> None:
    """A list that the provider may have cut, or left out, is not taken for the whole."""
    assert who(provider, claims).groups_complete is False


def test_mail_addresses_must_be_verified() -> None:
    """An e-mail address as id counts only if the issuer says that it is verified."""
    told = {"claims": {"id": "email"}}

    assert who("oidc", {"sub": "1", "email": "a@a.test", "email_verified": True}, **told).id == "a@a.test"
    for said in ({}, {"email_verified": False}, {"email_verified": "yes"}):
        with pytest.raises(IdentityError, match="not verified"):
            who("oidc", {"sub": "1", "email": "a@a.test"} | said, **told)


def test_own_claim_map() -> None:
    """The file says where ids, groups, scopes and attributes stand: in a claim, or along a path."""
    told = {
        "claims": {
            "id": "upn",
            "groups": ["resource_access", "db", "roles"],
            "scopes": "https://a.test/scopes",
            "attributes": {"region": "custom:region", "teams": "teams"},
        },
        "scopes": {"db.read": ["select"], "db.write": {"actions": ["update"], "relations": ["orders"]}},
        "prefix": "acme:",
    }
    claims = {
        "sub": "x", "upn": "alice", "resource_access": {"db": {"roles": ["dev"]}},
        "https://a.test/scopes": ["db.read", "unknown"], "custom:region": "eu", "teams": ["x", "y"],
    }  # fmt: skip

    found = principal_of(claims, issuer("oidc", **told))

    assert (found.id, found.groups) == ("acme:alice", ("acme:dev",))
    assert found.attributes == {"issuer": URL, "region": "eu", "teams": ("x", "y")}
    assert [scope.name for scope in found.scopes or ()] == ["db.read"]


def test_acting_for_a_person() -> None:
    """`act` names who acts, and who acted before; all of them are links of the chain."""
    claims = {"sub": "alice", "groups": ["a"], "act": {"sub": "bot", "act": {"sub": "gateway"}}}

    chain = list(principal_of(claims, issuer("oidc", agents=[{"id": "bot", "groups": ["bots"]}])).chain())

    assert [(link.id, link.kind) for link in chain] == [
        ("alice", "human"),
        ("bot", "agent"),
        ("gateway", "agent"),
    ]
    assert [(link.groups, link.groups_complete) for link in chain] == [
        (("a",), True), (("bots",), True), ((), False),
    ]  # fmt: skip


def test_clients_that_are_agents() -> None:
    """A person's token that was issued to the client of an agent is the agent's acting for the person."""
    found = who("oidc", {"sub": "alice", "groups": [], "azp": "helpdesk-bot"}, agents=["helpdesk-*"])

    assert [(link.id, link.kind) for link in found.chain()] == [("alice", "human"), ("helpdesk-bot", "agent")]


def test_chains_have_an_end() -> None:
    """A chain of actors without end is refused."""
    act: dict[str, Any] = {"sub": "bot"}
    for _ in range(20):
        act = {"sub": "bot", "act": act}

    with pytest.raises(IdentityError, match="act"):
        who("oidc", {"sub": "alice", "act": act})


def test_two_tokens(provider: Provider) -> None:
    """A person's token and an agent's make a chain, if the person's names the agent."""
    verifier = Verifier(load_identity(provider.identity(agents=["bot"])))
    agent = Bearer(provider.token(sub="bot", client_id="bot", exp=2_000_000_000))
    by_client = verifier.verify_pair(Bearer(provider.token(sub="alice", azp="bot")), agent)
    by_claim = verifier.verify_pair(Bearer(provider.token(sub="alice", may_act={"sub": "bot"})), agent)

    for found in (by_client, by_claim):
        assert [(link.id, link.kind) for link in found.principal.chain()] == [
            ("alice", "human"),
            ("bot", "agent"),
        ]
        assert found.proof.expires < 2_000_000_000
        assert len(found.proof.credentials) == 2


@pytest.mark.parametrize(
    "claims",
    [{}, {"azp": "other"}, {"may_act": {"sub": "other"}}, {"may_act": {"sub": "bot", "iss": "https://b"}}],
)
def test_two_tokens_that_are_not_bound(provider: Provider, claims: dict[str, Any]) -> None:
    """An agent cannot add its token to that of a person who did not choose it."""
    verifier = Verifier(load_identity(provider.identity()))
    agent = Bearer(provider.token(sub="bot", client_id="bot"))

    with pytest.raises(IdentityError, match="do not belong together"):
        verifier.verify_pair(Bearer(provider.token(sub="alice", **claims)), agent)


def test_mistakes_in_the_file() -> None:
    """All mistakes of an identity file are told at once."""
    told = {
        "version": 1,
        "issuers": [
            {"issuer": "http://plain.test", "audience": "x"},
            {"issuer": "https://login.microsoftonline.com/common/v2.0", "provider": "entra", "audience": "x"},
            {"issuer": "https://a.test", "provider": "oktaa", "scopes": {"s": ["selct"]}},
        ],
    }

    with pytest.raises(PolicyError) as refused:
        load_identity(told)

    said = "\n".join(refused.value.problems)
    for piece in (
        "issuer is an https address", "names no tenant", "did you mean 'okta'", "says no audience",
        "did you mean 'select'", "two issuers have the prefix ''",
    ):  # fmt: skip
        assert piece in said
