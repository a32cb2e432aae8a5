"""Files on their way in: one `facts` part of JSON, and file parts named by their role.

    SCAN = Intake(ScanFacts, roles=("signed_notice", "reply_slip"), scope="scans:write")

    @router.post("/v1/notices/{notice_id}/scans", status_code=201, openapi_extra=SCAN.openapi())
    def record_scan(received: Annotated[Received[ScanFacts], Depends(SCAN.dependency())], …) -> Response:
        return received.once.do(
            lambda also: services.recording.scan(
                tenant_id=received.caller.tenant_id, notice_id=notice_id,
                facts=received.facts.model_dump(mode="json", exclude_none=True), files=received.freeze(), also=also,
            ),
            answer=lambda entry: Answer(status=201, …),
        )

A body of `application/json` is the same without files. Everything is checked before anything is kept: scope, limits
(while streaming), facts, roles, digests, true types, broken or encrypted files. `freeze` puts the bytes under
their digests; call it within `once.do`, before the entry. A failed request leaves at most objects that nothing names.

Source: RFC 7578 (multipart), RFC 9530 (`Content-Digest`, `Repr-Digest` of a part).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from evidence.entry import FileRef
from service.access import Caller
from service.api.callers import requires
from service.api.digests import check_digest, parse_digest, parse_hex_digest
from service.api.idempotency import Once, idempotency_key, once_of
from service.api.json_body import check_content_digest, is_json, parse_json_body
from service.api.multipart import Part, display_name, read_multipart
from service.api.scratch import request_folder
from service.api.validation_messages import field_errors, refused_fields
from service.errors import FieldError, RefusedError
from service.inspection import Inspected, Refused, inspect_files
from service.ledger import object_key
from service.ports import ObjectStore
from service.services import Limits, Services, services_of

Facts = TypeVar("Facts", bound=BaseModel)

IMAGES = ("application/pdf", "image/jpeg", "image/png", "image/tiff", "image/heic")
"""What a scan or a photograph may be."""
RAW = (*IMAGES, "application/json", "text/plain")
"""What a carrier's own answer may be as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """One file that passed every check, still on its way: not in the object store yet."""

    ref: FileRef
    path: Path
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[Facts]):
    """A whole request that passed every check."""

    caller: Caller
    facts: Facts
    files: tuple[ReceivedFile, ...]
    once: Once
    objects: ObjectStore

    def freeze(self) -> tuple[FileRef, ...]:
        """Keep every file under its digest and give what an entry names; safe to repeat."""
        for file in self.files:
            digest = bytes.fromhex(file.ref.sha256)
            with file.path.open("rb") as source:
                self.objects.put(
                    object_key(self.caller.tenant_id, digest),
                    source,
                    size=file.ref.size,
                    sha256=digest,
                    media_type=file.ref.media_type,
                )
        return tuple(file.ref for file in self.files)


@dataclass(frozen=True, slots=True)
class _Upload:
    """What was sent, before it is believed."""

    facts: Any
    parts: tuple[Part, ...]
    digests: dict[str, bytes]


class Intake(Generic[Facts]):
    """The dependency of one operation that takes facts and files.

    Args:
        model: The facts, a pydantic model with `extra="forbid"`.
        roles: Names that file parts may have.
        scope: What the caller must be allowed to do; checked before the body is read.
        types: Media types that may come in.
        looked_into: Whether the files are opened here; tables are not, since the job that reads them does it.
    """

    def __init__(
        self,
        model: type[Facts],
        *,
        roles: Sequence[str],
        scope: str,
        types: Sequence[str] = IMAGES,
        looked_into: bool = True,
    ) -> None:
        self._adapter: TypeAdapter[Facts] = TypeAdapter(model)
        self._looked_into = looked_into
        self._model, self._roles, self._types = model, tuple(roles), tuple(types)
        self.scope = scope

    def dependency(self) -> Any:
        """Give what a route declares: `Annotated[Received[ScanFacts], Depends(SCAN.dependency())]`."""

        async def receive(
            request: Request,
            caller: Annotated[Caller, requires(self.scope)],
            key: Annotated[str, Depends(idempotency_key)],
            services: Annotated[Services, Depends(services_of)],
        ) -> AsyncIterator[Received[Facts]]:
            async with request_folder(services.scratch) as folder:
                try:
                    upload = await _read(request, folder=folder, limits=services.limits)
                    facts, files = await run_in_threadpool(self._checked, upload, services.limits)
                except RefusedError as error:
                    services.metrics.count_refusal(code=error.code)
                    raise
                once = once_of(request, caller=caller, key=key, services=services, meaning=_meaning(upload))
                yield Received(caller=caller, facts=facts, files=files, once=once, objects=services.objects)

        return receive

    def openapi(self) -> dict[str, Any]:
        """Describe the body for `openapi_extra`."""
        schema = self._model.model_json_schema(ref_template="#/components/schemas/{model}")
        files = {
            role: {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
            for role in self._roles
        }
        form = {"type": "object", "properties": {"facts": schema, **files}, "required": ["facts"]}
        encoding = {"facts": {"contentType": "application/json"}}
        encoding |= {role: {"contentType": ", ".join(self._types)} for role in self._roles}
        content = {
            "multipart/form-data": {"schema": form, "encoding": encoding},
            "application/json": {"schema": schema},
        }
        return {"requestBody": {"required": True, "content": content}}

    def _checked(self, upload: _Upload, limits: Limits) -> tuple[Facts, tuple[ReceivedFile, ...]]:
        errors = [*_role_errors(upload, self._roles), *_digest_errors(upload)]
        facts: Facts | None = None
        try:
            facts = self._adapter.validate_python(upload.facts)
        except ValidationError as error:
            errors += field_errors(error.errors(include_url=False), sent=upload.facts)
        if errors or facts is None:
            raise refused_fields(tuple(errors))
        if self._looked_into:
            return facts, _inspected(upload.parts, self._types, limits)
        return facts, tuple(_file(part, Inspected(media_type=self._types[0], pages=0)) for part in upload.parts)


def _meaning(upload: _Upload) -> Any:
    files = [[part.name, part.file_name or "", part.digest.hex()] for part in upload.parts]
    return {"facts": upload.facts, "files": files}


async def _read(request: Request, *, folder: Path, limits: Limits) -> _Upload:
    declared = request.headers.get("content-type", "")
    if is_json(declared):
        return _read_json(request, await request.body())
    if declared.lower().startswith("multipart/form-data"):
        return _with_digests(await read_multipart(request, folder=folder, limits=limits))
    raise RefusedError(
        "media_type_unsupported",
        "Send multipart/form-data with a facts part, or application/json without files.",
        message_zh="请以 multipart/form-data（含 facts 分段）或 application/json（无文件）发送。",
    )


def _read_json(request: Request, body: bytes) -> _Upload:
    check_content_digest(request, hashlib.sha256(body).digest())
    return _Upload(parse_json_body(body), (), {})


def _with_digests(parts: tuple[Part, ...]) -> _Upload:
    facts_parts = [part for part in parts if part.name == "facts"]
    if len(facts_parts) != 1:
        raise RefusedError(
            "multipart_malformed",
            "The multipart body: exactly one part is named facts and holds JSON.",
            message_zh="multipart 正文：须有且只有一个名为 facts 的 JSON 分段。",
        )
    facts = parse_json_body(facts_parts[0].path.read_bytes())
    digests = facts.pop("digests", {}) if isinstance(facts, dict) else {}
    return _Upload(facts, tuple(part for part in parts if part.name != "facts"), _parsed(digests))


def _parsed(digests: object) -> dict[str, bytes]:
    if not isinstance(digests, dict) or not all(isinstance(value, str) for value in digests.values()):
        raise refused_fields(
            (_error("/digests", "digests_malformed", "应为 文件名→SHA-256 的对象", "map file names to SHA-256"),)
        )
    return {name: parse_hex_digest(value, where=f"facts.digests[{name[:60]}]") for name, value in digests.items()}


def _role_errors(upload: _Upload, roles: Sequence[str]) -> list[FieldError]:
    listed = ", ".join(roles)
    errors = []
    for place, part in enumerate(upload.parts):
        pointer = f"/files/{place}"
        if part.name not in roles:
            chinese, english = f"分段名应为文件的角色：{listed}", f"a file part is named by its role: {listed}"
            errors.append(_error(pointer, "role_unknown", chinese, english))
        if part.file_name is None:
            errors.append(_error(pointer, "file_name_missing", "缺少 filename", "a file part needs a filename"))
    return errors


def _digest_errors(upload: _Upload) -> list[FieldError]:
    """Compare what was announced with what arrived; a difference in the bytes refuses at once."""
    for place, part in enumerate(upload.parts):
        for name in ("content-digest", "repr-digest"):
            if name in part.headers:
                check_digest(parse_digest(part.headers[name], where=name), part.digest, where=f"/files/{place} {name}")
    errors = []
    for name, digest in upload.digests.items():
        found = [part for part in upload.parts if name in _names(part)]
        if len(found) == 1:
            check_digest(digest, found[0].digest, where=f"facts.digests[{name[:60]}]")
        else:
            errors.append(_announced(name, len(found)))
    return errors


def _announced(name: str, count: int) -> FieldError:
    """One digest says nothing of two files: whichever it is of, the other would come in unchecked."""
    if not count:
        chinese, english = "没有收到此名称的文件", "no file of this name arrived"
        return _error(f"/digests/{_token(name)}", "file_missing", chinese, english)
    return _error(
        f"/digests/{_token(name)}",
        "file_name_repeated",
        f"收到 {count} 个同名文件（只看文件名，不看文件夹），无法判断摘要属于哪一个，请改名后重新发送",
        f"{count} files of this name arrived (folders do not count): rename them, so that each has a digest of its own",
    )


def _names(part: Part) -> set[str]:
    return {part.file_name, display_name(part.file_name)} if part.file_name is not None else set()


def _inspected(parts: Sequence[Part], types: Sequence[str], limits: Limits) -> tuple[ReceivedFile, ...]:
    if not parts:
        return ()
    found = inspect_files(
        [(part.path, part.headers.get("content-type", "")) for part in parts],
        accepted=types,
        pixels=limits.pixels,
        pages=limits.pages,
        seconds=limits.inspection_seconds,
    )
    refused = [(place, one) for place, one in enumerate(found) if isinstance(one, Refused)]
    if refused:
        raise _refusal(refused)
    return tuple(_file(part, one) for part, one in zip(parts, found, strict=True) if isinstance(one, Inspected))


def _refusal(refused: Sequence[tuple[int, Refused]]) -> RefusedError:
    errors = tuple(_error(f"/files/{place}", one.code, one.message_zh, one.message_en) for place, one in refused)
    codes = {one.code for _, one in refused}
    code = codes.pop() if len(codes) == 1 else "files_refused"
    return RefusedError(
        code,
        f"{len(errors)} file(s) cannot be kept, see errors; nothing was.",
        errors=errors,
        message_zh=f"有 {len(errors)} 个文件无法接收，见 errors；未保留任何内容。",
    )


def _file(part: Part, found: Inspected) -> ReceivedFile:
    ref = FileRef(
        file=display_name(part.file_name or ""),
        sha256=part.digest.hex(),
        size=part.size,
        media_type=found.media_type,
        role=part.name,
    )
    return ReceivedFile(ref=ref, path=part.path, pages=found.pages)


def _token(name: str) -> str:
    return json.dumps(name[:100], ensure_ascii=False)[1:-1].replace("~", "~0").replace("/", "~1")


def _error(pointer: str, code: str, chinese: str, english: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=chinese, message_en=english)
