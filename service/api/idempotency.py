"""`Idempotency-Key`: a POST that creates is done once, however often it is sent.

    @router.post("/v1/matters", status_code=201)
    def open_matter(body: MatterBody, caller: …, once: Annotated[Once, Depends(once_of_json)], …) -> Response:
        return once.do(
            lambda also: services.matters.open(tenant_id=caller.tenant_id, facts=body.facts(), also=also),
            answer=lambda entry: Answer(status=201, headers={"Location": …}, content={…}),
        )

`answer` describes what was done; it is stored in the very transaction that does it (`also`), so the work is done if and
only if the answer is stored, and a retry after a lost connection or a crash gets the same bytes with
`Idempotent-Replayed: true`. With an upload, use `received.once` instead (see `service.api.intake`).

Source: draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from sqlalchemy import Connection
from starlette.responses import Response

from evidence.errors import MalformedError
from service.access import Caller
from service.api.callers import current_caller
from service.errors import RefusedError, ServiceError
from service.idempotency import Idempotency, Replay, Started
from service.services import Services, services_of

Done = TypeVar("Done")

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SCOPE_LIMIT = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a caller is told of work that was done."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Write the content as JSON."""
        return json.dumps(self.content, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One keyed request, before it is begun."""

    idempotency: Idempotency
    tenant_id: str
    scope: str
    key: str
    fingerprint: bytes

    def do(
        self, work: Callable[[Callable[[Connection, Done], None]], object], *, answer: Callable[[Done], Answer]
    ) -> Response:
        """Do the work unless it was done, and give its answer, now or again.

        Args:
            work: Calls a use case with the `also` it is given; the use case calls that within its transaction.
            answer: Describes what was done; called within the transaction, so it must not wait for anything.

        Raises:
            ConflictError: The same request is running.
            RefusedError: The key was used for another request.
        """
        begun = self.idempotency.begin(
            tenant_id=self.tenant_id, scope=self.scope, key=self.key, fingerprint=self.fingerprint
        )
        if isinstance(begun, Replay):
            return Response(begun.body, begun.status, {**begun.headers, "Idempotent-Replayed": "true"}, _JSON)
        return self._do_first(begun, work, answer)

    def _do_first(
        self,
        started: Started,
        work: Callable[[Callable[[Connection, Done], None]], object],
        answer: Callable[[Done], Answer],
    ) -> Response:
        given: list[Answer] = []

        def store(conn: Connection, done: Done) -> None:
            given.append(answer(done))
            headers, body = given[-1].headers, given[-1].body()
            self.idempotency.finish(conn, started, status=given[-1].status, headers=headers, body=body)

        try:
            _do_recordable(work, store)
        except BaseException:
            # Harmless where the commit succeeded and only its answer was lost: a finished request is not released.
            with suppress(ServiceError):
                self.idempotency.release(started)
            raise
        last = given[-1]
        return Response(last.body(), last.status, dict(last.headers), _JSON)


_JSON = "application/json"


def _do_recordable(
    work: Callable[[Callable[[Connection, Done], None]], object], store: Callable[[Connection, Done], None]
) -> None:
    """Do the work; facts that canonical JSON cannot hold and that no model caught are still the caller's to correct."""
    try:
        work(store)
    except MalformedError as error:
        raise RefusedError(
            "not_recordable",
            f"This cannot be recorded: {error}",
            message_zh=f"此内容无法记录：{error}",
        ) from error


def idempotency_key(
    value: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="1 至 255 个可见 ASCII 字符，由调用方生成；重试时保持不变。Required; the same for a retry.",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ] = None,
) -> str:
    """Read the key, quoted or not."""
    if value is None or not value.strip():
        raise RefusedError(
            "idempotency_key_missing",
            "This creates something: send an Idempotency-Key header (a UUID will do), the same when you retry.",
            message_zh="此操作会新建记录：请提供 Idempotency-Key 请求头（如 UUID），重试时保持不变。",
        )
    key = value.strip()
    if len(key) > 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise RefusedError(
            "idempotency_key_malformed",
            "Idempotency-Key has 1 to 255 visible ASCII characters.",
            message_zh="Idempotency-Key 须为 1 至 255 个可见 ASCII 字符。",
        )
    return key


async def once_of_json(
    request: Request,
    caller: Annotated[Caller, Depends(current_caller)],
    key: Annotated[str, Depends(idempotency_key)],
    services: Annotated[Services, Depends(services_of)],
) -> Once:
    """Key a request with a JSON body (or none); the fingerprint is over method, path and the body's meaning."""
    body = await request.json() if await request.body() else None
    return once_of(request, caller=caller, key=key, services=services, meaning=body)


def once_of(request: Request, *, caller: Caller, key: str, services: Services, meaning: object) -> Once:
    """Key a request by what it means: any JSON value that is equal exactly when the requests are the same."""
    scope = f"{request.method} {request.url.path}"
    if len(scope) > _SCOPE_LIMIT:
        scope = f"{request.method} sha256:{hashlib.sha256(scope.encode()).hexdigest()}"
    return Once(
        idempotency=services.idempotency,
        tenant_id=caller.tenant_id,
        scope=scope,
        key=key,
        fingerprint=fingerprint(scope, meaning),
    )


def fingerprint(scope: str, meaning: object) -> bytes:
    """Digest what a request means; spacing and the order of keys do not matter."""
    text = json.dumps(meaning, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{scope}\n{text}".encode()).digest()
