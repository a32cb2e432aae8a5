"""Bearer tokens of a house's own identity provider: who signed in, for which tenant, in which role.

A token is believed only when a key of the configured issuer signed it with RS, PS, ES or EdDSA, it is addressed to
us, and its times hold. Symmetric algorithms and `none` are never accepted: with them anybody who knows the public key
could sign.

Source: RFC 7519, RFC 8725, OpenID Connect Core 1.0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from service.errors import StoreError, UnauthorisedError
from service.ports import Clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 30
KEYS_KEPT_SECONDS = 300

SigningKey = Callable[[str], jwt.PyJWK]
"""Gives the issuer's key that a token names; raises `jwt.PyJWTError` when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a token says is calling; the tenant is named by its code."""

    subject: str
    tenant_code: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcVerifier:
    """Checks tokens of one issuer.

    `tenant_claim` and `role_claim` name the claims that hold the tenant's code and the role's name.
    """

    issuer: str
    audience: str
    signing_key: SigningKey
    clock: Clock
    tenant_claim: str = "duly_tenant"
    role_claim: str = "duly_role"

    def identify(self, token: str) -> Identity:
        """Check a token and read who it is for.

        Raises:
            UnauthorisedError: The token does not hold, with a reason that does not repeat it.
            StoreError: The issuer's keys could not be fetched.
        """
        try:
            claims = self._claims(token)
        except jwt.PyJWKClientConnectionError as error:
            raise StoreError(f"the keys of {self.issuer} could not be fetched: {error}", code="oidc_away") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise _refusal(type(error).__name__) from None
        return Identity(
            subject=_text(claims, "sub"),
            tenant_code=_text(claims, self.tenant_claim),
            role=_text(claims, self.role_claim),
        )

    def _claims(self, token: str) -> Mapping[str, Any]:
        # The algorithm is read from the token only to be looked for in our own list.
        if jwt.get_unverified_header(token).get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        claims: Mapping[str, Any] = jwt.decode(
            token,
            self.signing_key(token),
            algorithms=list(ALGORITHMS),
            audience=self.audience,
            issuer=self.issuer,
            # Times are checked below against our clock, not the library's.
            options={
                "require": ["exp", "iss", "aud", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        self._check_times(claims)
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.clock().timestamp()
        if float(claims["exp"]) + LEEWAY_SECONDS <= now:
            raise jwt.ExpiredSignatureError
        if float(claims.get("nbf", 0)) - LEEWAY_SECONDS > now:
            raise jwt.ImmatureSignatureError


def keys_at(jwks_url: str) -> SigningKey:
    """Fetch the issuer's keys from its JWKS address when they are first needed, and keep them for five minutes."""
    client = jwt.PyJWKClient(jwks_url, cache_jwk_set=True, lifespan=KEYS_KEPT_SECONDS, timeout=5)
    return client.get_signing_key_from_jwt


def keys_given(jwks: Mapping[str, Any]) -> SigningKey:
    """Use keys that are at hand, for a house without a way out to its issuer."""
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(dict(jwks)).keys}

    def find(token: str) -> jwt.PyJWK:
        named = jwt.get_unverified_header(token).get("kid")
        if named not in keys:
            raise jwt.PyJWKClientError("no key of that name")
        return keys[named]

    return find


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise _refusal(f"the claim {name} is missing")
    return value


def _refusal(reason: str) -> UnauthorisedError:
    return UnauthorisedError(
        "token_invalid", f"The bearer token does not hold: {reason}.", message_zh="令牌无效或已过期。"
    )
