"""Keys, scopes, tenants, and tokens of an identity provider."""

import base64
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from shell import Clock, Shell
from test_problems import problem

from service.errors import StoreError, UnauthorisedError
from service.oidc import OidcVerifier, keys_at, keys_given

pytestmark = pytest.mark.slow

ISSUER = "https://id.example"


def test_without_a_key(shell: Shell) -> None:
    with shell.client() as client:
        answer = client.get("/v1/try/matters/m_1")
    problem(answer, 401, "credentials_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("text", ["duly_cs_x", "x", "duly_" + "a" * 20_000, "a.b.c", "%00"])
def test_with_a_wrong_key(shell: Shell, text: str) -> None:
    with shell.client(key=text) as client:
        problem(client.get("/v1/try/matters/m_1"), 401, "key_unknown")


def test_a_key_in_its_own_header(shell: Shell) -> None:
    shell.open_matter("m_header")
    with shell.client() as client:
        answer = client.get("/v1/try/matters/m_header", headers={"X-API-Key": shell.keys["case_system"]})
    assert answer.json() == {"matter": "m_header"}


def test_a_key_without_the_scope(shell: Shell) -> None:
    with shell.client("auditor") as client:
        found = problem(client.get("/v1/try/matters/m_1"), 403, "scope_missing")
    assert "matters:read" in found["detail"]


def test_a_revoked_key(shell: Shell) -> None:
    text, key = shell.access.issue_key(shell.tenant.id, role="auditor", label="x")
    with shell.client(key=text) as client:
        assert client.get("/v1/log/checkpoint").status_code == 200
        shell.access.revoke_key(shell.tenant.id, key.id)
        problem(client.get("/v1/log/checkpoint"), 401, "key_unknown")


def test_an_expired_key(shell: Shell) -> None:
    expires = shell.clock() + timedelta(days=1)
    text, _ = shell.access.issue_key(shell.tenant.id, role="auditor", label="x", expires_at=expires)
    with shell.client(key=text) as client:
        assert client.get("/v1/log/checkpoint").status_code == 200
        shell.clock.move(days=1)
        problem(client.get("/v1/log/checkpoint"), 401, "key_unknown")


def test_another_tenants_matter_is_not_found(shell: Shell) -> None:
    shell.open_matter("m_theirs")
    with shell.client(key=shell.other_key) as client:
        theirs = problem(client.get("/v1/try/matters/m_theirs"), 404, "not_found")
        nobodys = problem(client.get("/v1/try/matters/m_nobodys"), 404, "not_found")
    assert theirs["detail"] == nobodys["detail"]


def test_the_key_is_checked_before_the_fields(shell: Shell) -> None:
    with shell.client() as client:
        problem(client.post("/v1/try/facts", json={}), 401, "credentials_missing")


class Issuer:
    """An identity provider with one key of a kind."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm, self.clock = algorithm, Clock()
        self.key: Any = {
            "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()
        kind = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm}
        maker = kind.get(algorithm, jwt.algorithms.OKPAlgorithm)
        self.jwk = json.loads(maker.to_jwk(self.key.public_key())) | {"kid": "k1", "alg": algorithm, "use": "sig"}

    def verifier(self) -> OidcVerifier:
        keys = keys_given({"keys": [self.jwk]})
        return OidcVerifier(issuer=ISSUER, audience="duly", signing_key=keys, clock=self.clock)

    def token(self, *, key: Any = None, algorithm: str = "", kid: str = "k1", **changes: Any) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": "duly",
            "sub": "clerk-7",
            "exp": now + 60,
            "duly_tenant": "DEMO",
            "duly_role": "legal_staff",
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.key, algorithm=algorithm or self.algorithm, headers={"kid": kid})


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_the_issuer(algorithm: str) -> None:
    issuer = Issuer(algorithm)
    identity = issuer.verifier().identify(issuer.token())
    assert (identity.tenant_code, identity.role, identity.subject) == ("DEMO", "legal_staff", "clerk-7")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"nbf": 4_000_000_000},
        {"duly_tenant": None},
        {"duly_tenant": 7},
        {"duly_role": ""},
    ],
)
def test_a_token_whose_claims_do_not_hold(changes: dict[str, Any]) -> None:
    issuer = Issuer("ES256")
    with pytest.raises(UnauthorisedError):
        issuer.verifier().identify(issuer.token(**changes))


def test_a_token_signed_by_somebody_else() -> None:
    issuer, other = Issuer("ES256"), Issuer("ES256")
    with pytest.raises(UnauthorisedError):
        issuer.verifier().identify(issuer.token(key=other.key))
    with pytest.raises(UnauthorisedError):
        issuer.verifier().identify(issuer.token(kid="k2"))


def test_a_token_signed_with_the_public_key_as_a_secret() -> None:
    issuer = Issuer("RS256")
    _, claims, _ = issuer.token().split(".")
    public = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for header, key in (({"alg": "HS256", "kid": "k1"}, public), ({"alg": "none", "kid": "k1"}, None)):
        signed = f"{segment(json.dumps(header).encode())}.{claims}"
        signature = hmac.digest(key, signed.encode(), "sha256") if key else b""
        with pytest.raises(UnauthorisedError):
            issuer.verifier().identify(f"{signed}.{segment(signature)}")


def segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "....", "eyJhbGciOiJSUzI1NiJ9..", "\u0000.\u0000."])
def test_text_that_is_no_token(text: str) -> None:
    with pytest.raises(UnauthorisedError):
        Issuer("ES256").verifier().identify(text)


def test_keys_are_fetched_from_the_issuer_and_kept() -> None:
    issuer, asked = Issuer("ES256"), []

    class Jwks(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"keys": [issuer.jwk]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Jwks)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/jwks"
    verifier = OidcVerifier(issuer=ISSUER, audience="duly", signing_key=keys_at(url), clock=issuer.clock)
    try:
        assert verifier.identify(issuer.token()).role == verifier.identify(issuer.token()).role == "legal_staff"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == ["/jwks"]
    away = OidcVerifier(issuer=ISSUER, audience="duly", signing_key=keys_at(url), clock=issuer.clock)
    with pytest.raises(StoreError):
        away.identify(issuer.token())


def test_tokens_over_http(tmp_path_factory: pytest.TempPathFactory) -> None:
    issuer = Issuer("ES256")
    shell = Shell(tmp_path_factory.mktemp("oidc"), oidc=issuer.verifier())
    shell.open_matter("m_1")
    try:
        with shell.client(key=issuer.token()) as client:
            assert client.get("/v1/try/matters/m_1").status_code == 200
            problem(client.get("/v1/log/checkpoint"), 403, "scope_missing")
        for changes in ({"duly_tenant": "NOBODY"}, {"duly_role": "king"}, {"duly_tenant": shell.tenant.id}):
            with shell.client(key=issuer.token(**changes)) as client:
                problem(client.get("/v1/try/matters/m_1"), 401, "token_invalid")
        with shell.client("legal_staff") as client:
            assert client.get("/v1/try/matters/m_1").status_code == 200
    finally:
        shell.close()
