"""Tenants, and who may do what: API keys with roles and scopes.

A key is shown once and kept only as its SHA-256: 43 random characters need no salt and no slow hash.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StoreError,
    UnauthorisedError,
)
from service.ports import Clock, RandomBytes
from service.records import ids, tables
from service.records.engine import reading, writing

_BOTH = ("matters:read", "notices:read", "files:read", "events:write")
_CASE_SYSTEM = (*_BOTH, "matters:write", "notices:write", "webhooks:read")
_LEGAL_STAFF = (*_BOTH, "dispatches:write", "receipts:write", "scans:write", "bundles:write", "bundles:read")
_AUDITOR = ("log:read", "verifications:read")
_ADMINISTRATOR = tuple(sorted({*_CASE_SYSTEM, *_LEGAL_STAFF, *_AUDITOR, "admin:read", "admin:write", "webhooks:write"}))

SCOPES: Mapping[str, frozenset[str]] = {
    "case_system": frozenset(_CASE_SYSTEM),
    "legal_staff": frozenset(_LEGAL_STAFF),
    "auditor": frozenset(_AUDITOR),
    "administrator": frozenset(_ADMINISTRATOR),
}
"""What each role may do."""

_ABBREVIATIONS = {"case_system": "cs", "legal_staff": "ls", "auditor": "au", "administrator": "ad"}
_USE_NOTED_EVERY = timedelta(minutes=5)
_k, _t = tables.api_keys.c, tables.tenants.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A creditor's organisation; `mac_key` (32 bytes) marks its pages and is never shown."""

    id: str
    code: str
    name: str
    mac_key: bytes
    created_at: datetime
    closed_at: datetime | None

    def __repr__(self) -> str:
        """Leave the key out of every log."""
        return f"Tenant(id={self.id!r}, code={self.code!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it may be listed: never its text."""

    id: str
    tenant_id: str
    role: str
    scopes: frozenset[str]
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, and what they may do."""

    tenant_id: str
    tenant_code: str
    key_id: str
    role: str
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise ForbiddenError unless the caller has the scope."""
        if scope not in self.scopes:
            raise ForbiddenError(
                "scope_missing", f"this key lacks the scope {scope}", message_zh=f"该密钥没有 {scope} 权限"
            )


class Access:
    """Tenants and keys in the records."""

    def __init__(self, engine: Engine, *, clock: Clock, random_bytes: RandomBytes) -> None:
        self._engine, self._clock, self._random_bytes = engine, clock, random_bytes

    def create_tenant(self, *, code: str, name: str) -> Tenant:
        """Make a tenant; `code` (2 to 8 of A-Z and 0-9) begins its notice numbers and is nobody else's."""
        _check_tenant(code=code, name=name)
        mac_key = self._random_bytes(32)
        values: dict[str, object] = {
            "id": ids.new_id(ids.TENANT, self._random_bytes),
            "code": code,
            "name": name,
            "mac_key": mac_key,
            "mac_key_digest": hashlib.sha256(mac_key).digest(),
            "created_at": self._clock(),
        }
        try:
            with writing(self._engine) as conn:
                conn.execute(insert(tables.tenants).values(values))
        except IntegrityError:
            raise ConflictError(
                "tenant_exists", f"there is a tenant {code}", message_zh=f"租户 {code} 已存在"
            ) from None
        return self.tenant(code)

    def tenant(self, id_or_code: str) -> Tenant:
        """Give a tenant by id or code."""
        with reading(self._engine) as conn:
            query = select(tables.tenants).where((_t.id == id_or_code) | (_t.code == id_or_code))
            found = conn.execute(query).mappings().one_or_none()
        if found is None:
            raise NotFoundError("the tenant", message_zh="未找到该租户")
        return _tenant(found)

    def tenant_by_code(self, code: str) -> Tenant:
        """Give a tenant by its code."""
        return self.tenant(code)

    def tenants(self) -> tuple[Tenant, ...]:
        """Give all tenants, by code."""
        with reading(self._engine) as conn:
            return tuple(_tenant(found) for found in conn.execute(select(tables.tenants).order_by(_t.code)).mappings())

    def close_tenant(self, tenant_id: str) -> None:
        """Stop all keys of a tenant; its records stay."""
        with writing(self._engine) as conn:
            closed = update(tables.tenants).where(_t.id == tenant_id, _t.closed_at.is_(None))
            conn.execute(closed.values(closed_at=self._clock()))

    def issue_key(
        self, tenant_id: str, *, role: str, label: str, expires_at: datetime | None = None
    ) -> tuple[str, ApiKey]:
        """Make a key; its text is given here and never again."""
        if role not in SCOPES:
            raise _refused(
                "/role", "role_unknown", f"角色须为 {', '.join(SCOPES)} 之一", f"role is one of {', '.join(SCOPES)}"
            )
        secret = base64.urlsafe_b64encode(self._random_bytes(32)).decode().rstrip("=")
        text = f"duly_{_ABBREVIATIONS[role]}_{secret}"
        values = {
            "id": ids.new_id(ids.KEY, self._random_bytes),
            "tenant_id": self.tenant(tenant_id).id,
            "role": role,
            "scopes": sorted(SCOPES[role]),
            "key_digest": _digest(text),
            "label": label,
            "created_at": self._clock(),
            "expires_at": expires_at,
        }
        with writing(self._engine) as conn:
            conn.execute(insert(tables.api_keys).values(values))
            found = conn.execute(select(tables.api_keys).where(_k.id == values["id"])).mappings().one()
        return text, _api_key(found)

    def authenticate(self, text: str) -> Caller:
        """Tell who holds this key; UnauthorisedError when unknown, revoked, expired or of a closed tenant."""
        now, digest = self._clock(), _digest(text)
        # Looked up by digest: a guess changes the digest unforeseeably, so the look-up's time tells nothing.
        query = select(tables.api_keys, _t.code, _t.closed_at).join(tables.tenants).where(_k.key_digest == digest)
        with reading(self._engine) as conn:
            found = conn.execute(query).mappings().one_or_none()
        if found is None or not hmac.compare_digest(found["key_digest"], digest) or not _is_valid(found, now):
            raise UnauthorisedError(
                "key_unknown", "the API key is unknown, expired or revoked", message_zh="密钥无效、已过期或已吊销"
            )
        self._note_use(found, now)
        return Caller(
            tenant_id=found["tenant_id"],
            tenant_code=found["code"],
            key_id=found["id"],
            role=found["role"],
            scopes=frozenset(found["scopes"]),
        )

    def keys(self, tenant_id: str) -> tuple[ApiKey, ...]:
        """Give a tenant's keys, oldest first."""
        query = select(tables.api_keys).where(_k.tenant_id == tenant_id).order_by(_k.created_at, _k.id)
        with reading(self._engine) as conn:
            return tuple(_api_key(found) for found in conn.execute(query).mappings())

    def revoke_key(self, tenant_id: str, key_id: str) -> None:
        """End a key at once; ending it again changes nothing."""
        mine = (_k.tenant_id == tenant_id, _k.id == key_id)
        with writing(self._engine) as conn:
            if conn.execute(select(_k.id).where(*mine)).first() is None:
                raise NotFoundError("the key", message_zh="未找到该密钥")
            revoked = update(tables.api_keys).where(*mine, _k.revoked_at.is_(None))
            conn.execute(revoked.values(revoked_at=self._clock()))

    def _note_use(self, found: RowMapping, now: datetime) -> None:
        last = found["last_used_at"]
        if last is not None and now - last < _USE_NOTED_EVERY:
            return
        with suppress(StoreError), writing(self._engine) as conn:  # nice to know, no reason to refuse a caller
            conn.execute(update(tables.api_keys).where(_k.id == found["id"]).values(last_used_at=now))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_valid(found: RowMapping, now: datetime) -> bool:
    expired = found["expires_at"] is not None and found["expires_at"] <= now
    return not expired and found["revoked_at"] is None and found["closed_at"] is None


def _tenant(found: RowMapping) -> Tenant:
    return Tenant(**{name: found[name] for name in ("id", "code", "name", "mac_key", "created_at", "closed_at")})


def _api_key(found: RowMapping) -> ApiKey:
    columns = ("id", "tenant_id", "role", "label", "created_at", "expires_at", "revoked_at", "last_used_at")
    return ApiKey(**{name: found[name] for name in columns}, scopes=frozenset(found["scopes"]))


def _check_tenant(*, code: str, name: str) -> None:
    if not re.fullmatch(r"[A-Z0-9]{2,8}", code):
        raise _refused(
            "/code", "code_malformed", "租户代码为 2 至 8 位大写字母或数字", "the code is 2 to 8 of A-Z and 0-9"
        )
    if not name.strip() or len(name) > 200:
        raise _refused("/name", "name_malformed", "名称为 1 至 200 字", "the name has 1 to 200 characters")


def _refused(pointer: str, code: str, message_zh: str, message_en: str) -> RefusedError:
    error = FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
    return RefusedError(code, message_en, errors=(error,), message_zh=message_zh)
