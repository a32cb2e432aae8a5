"""Who is calling, and whether they may: one dependency for every router.

    @router.get("/v1/matters/{matter_id}")
    def show_matter(matter_id: str, caller: Annotated[Caller, requires("matters:read")], …):

An API key comes as `Authorization: Bearer duly_…` or as `X-API-Key`; any other bearer token is a signed token of the
configured identity provider. Every query is then made with `caller.tenant_id`, so that another tenant's id is simply
not found.
"""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from service.access import SCOPES, Caller
from service.errors import NotFoundError, UnauthorisedError
from service.services import Services, services_of

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="API 密钥（`duly_…`）或身份平台签发的令牌。An API key, or a token of the identity provider.",
)
_KEY = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="apiKey", description="API 密钥（`duly_…`）。An API key."
)
_KEY_PREFIX = "duly_"
_TEXT_LIMIT = 8192


def credential(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    key: Annotated[str | None, Depends(_KEY)],
) -> str:
    """Give the key or token as it was sent; empty when there is none."""
    return key or (bearer.credentials if bearer else "")


Credential = Annotated[str, Depends(credential)]


def current_caller(
    request: Request,
    wanted: SecurityScopes,
    sent: Credential,
    services: Annotated[Services, Depends(services_of)],
) -> Caller:
    """Tell who calls and that they have every wanted scope.

    Raises:
        UnauthorisedError: No key or token, or one that does not hold.
        ForbiddenError: A scope is missing.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        caller = identify(services, sent)
        # The label is for the log: a key's id or a role, never a person.
        request.state.caller, request.state.caller_label = caller, caller.key_id
    for scope in wanted.scopes:
        caller.require(scope)
    return caller


def identify(services: Services, text: str) -> Caller:
    """Tell who holds a key or token."""
    if not text:
        raise UnauthorisedError(
            "credentials_missing",
            "Send Authorization: Bearer <key>, or X-API-Key: <key>.",
            message_zh="请以 Authorization: Bearer <密钥> 或 X-API-Key: <密钥> 提供凭证。",
        )
    if len(text) <= _TEXT_LIMIT and not text.startswith(_KEY_PREFIX) and services.oidc is not None:
        return _caller_of_token(services, text)
    return services.access.authenticate(text[:_TEXT_LIMIT])


def requires(*scopes: str) -> Any:
    """Admit callers that have all these scopes; stands in an `Annotated[Caller, …]`."""
    return Security(current_caller, scopes=list(scopes))


def _caller_of_token(services: Services, token: str) -> Caller:
    if services.oidc is None:
        raise UnauthorisedError("token_invalid", "No identity provider is configured.", message_zh="未配置身份平台。")
    identity = services.oidc.identify(token)
    try:
        tenant = services.access.tenant_by_code(identity.tenant_code)
    except NotFoundError:
        raise _not_ours() from None
    if identity.role not in SCOPES or tenant.closed_at is not None or tenant.code != identity.tenant_code:
        raise _not_ours()
    return Caller(
        tenant_id=tenant.id,
        tenant_code=tenant.code,
        key_id=f"oidc:{identity.role}",
        role=identity.role,
        scopes=SCOPES[identity.role],
    )


def _not_ours() -> UnauthorisedError:
    return UnauthorisedError(
        "token_invalid", "The token names no open tenant or no role of ours.", message_zh="令牌中的租户或角色无效。"
    )
