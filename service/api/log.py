"""The log as auditors and witnesses read it: checkpoints, tiles, proofs, tokens. No personal data is on it.

Source: C2SP tlog-tiles, tlog-checkpoint, tlog-proof; RFC 6962; RFC 3161.
"""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from evidence.canonical import format_instant
from evidence.checkpoint import parse_checkpoint
from evidence.consistency import format_consistency
from evidence.errors import MalformedError
from evidence.logproof import LogProof, format_log_proof
from evidence.tiles import MAX_BUNDLE_BYTES, parse_tile_path
from service.api.callers import requires
from service.api.json_body import StrictRoute
from service.api.negotiation import preferred
from service.errors import NotFoundError
from service.records import logs
from service.records.engine import reading
from service.services import Services, services_of

router = APIRouter(prefix="/v1/log", route_class=StrictRoute, tags=["log 日志"], dependencies=[requires("log:read")])

TEXT, JSON, BINARY = "text/plain", "application/json", "application/octet-stream"
TOKEN_LIMIT = 256 * 1024
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_CHECKPOINT = "duly.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— duly.example/log 8Jr…\n"

Wired = Annotated[Services, Depends(services_of)]
Size = Annotated[
    int | None, Query(ge=0, lt=2**53, description="检查点的大小；缺省为最新。A checkpoint's size; newest if absent.")
]
LEAF = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class ProofAnswer(BaseModel):
    """An inclusion proof, spelled out."""

    leaf_hash: str
    leaf_index: int
    tree_size: int
    root_hash: str
    proof: list[str] = Field(description="Hex, from the leaf's sibling upwards.")
    checkpoint: str
    tlog_proof: str = Field(description="The same as one C2SP tlog-proof text.")


class TokenAnswer(BaseModel):
    """One authority's token over one checkpoint."""

    authority: str
    label: str
    state: str = Field(description="pending, granted, failed or superseded")
    gen_time: str | None
    tsq: str | None = Field(description="The request, base64 of DER.")
    tsr: str | None = Field(description="The response, base64 of DER.")


class TokensAnswer(BaseModel):
    """Every authority's token over the checkpoint of one size."""

    tree_size: int
    tokens: list[TokenAnswer]


def _text(content: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {TEXT: {"schema": {"type": "string"}, "example": content}}}}


@router.get("/checkpoint", summary="最新检查点 The signed head", response_class=Response, responses=_text(_CHECKPOINT))
def show_checkpoint(services: Wired, size: Size = None) -> Response:
    """Give the newest signed checkpoint, or the one of a size, as a C2SP signed note."""
    data = services.proofs.checkpoint(size)
    return Response(data, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get(
    "/tile/{path:path}",
    summary="瓦片 A tile or an entry bundle",
    response_class=Response,
    responses={200: {"content": {BINARY: {"schema": {"type": "string", "contentMediaType": BINARY}}}}},
)
def show_tile(
    services: Wired, path: Annotated[str, Path(max_length=120, examples=["0/000.p/3"], pattern=r"^[0-9a-z./]+$")]
) -> Response:
    """Give a tile by its C2SP path: `<level>/<index>[.p/<width>]`, or `entries/<index>[.p/<width>]`."""
    try:
        tile = parse_tile_path(f"tile/{path}")
    except MalformedError:
        raise NotFoundError("the tile", message_zh="没有此瓦片") from None
    data = services.objects.read(f"log/{tile.path}", limit=MAX_BUNDLE_BYTES)
    return Response(data, media_type=BINARY, headers=_FOR_EVER)


@router.get(
    "/proof",
    summary="包含证明 An entry is in the log",
    response_model=ProofAnswer,
    responses={200: {"content": {TEXT: {"schema": {"type": "string"}}}}},
)
def show_proof(
    request: Request,
    services: Wired,
    leaf: Annotated[
        str, Query(pattern="^[0-9a-f]{64}$", examples=[LEAF], description="叶哈希。The entry's leaf hash, hex.")
    ],
    size: Size = None,
) -> Response:
    """Prove that a leaf is in the log: C2SP tlog-proof as text, or the same as JSON."""
    kind = preferred(request, (JSON, TEXT))
    proof = services.proofs.proof(leaf_hash=bytes.fromhex(leaf), tree_size=size)
    if kind == TEXT:
        return Response(format_log_proof(proof), media_type="text/plain; charset=utf-8")
    return JSONResponse(proof_answer(proof, leaf_hash=bytes.fromhex(leaf)).model_dump())


@router.get(
    "/consistency",
    summary="一致性证明 Nothing was rewritten",
    response_class=Response,
    responses=_text("old 3\nhIp…=\n\nduly.example/log\n7\n…"),
)
def show_consistency(
    services: Wired,
    old: Annotated[int, Query(alias="from", ge=0, lt=2**53, description="较早的大小。The earlier size.")],
    new: Annotated[int | None, Query(alias="to", ge=0, lt=2**53, description="较晚检查点的大小；缺省为最新。")] = None,
) -> Response:
    """Prove that a later checkpoint's tree begins with the tree of an earlier size."""
    proof = services.proofs.consistency(old_size=old, tree_size=new)
    return Response(format_consistency(proof), media_type="text/plain; charset=utf-8")


@router.get("/tokens/{size}", summary="时间戳 Tokens over a checkpoint")
def show_tokens(services: Wired, size: Annotated[int, Path(ge=0, lt=2**53, examples=[3])]) -> TokensAnswer:
    """Give each authority's RFC 3161 token over the checkpoint of a size, or where it stands."""
    services.proofs.checkpoint(size)
    labels = services.trust.labels()
    with reading(services.engine) as conn:
        rows = [
            (label, logs.token(conn, origin=services.origin, tree_size=size, authority=name)) for name, label in labels
        ]
    return TokensAnswer(tree_size=size, tokens=[_token(services, row, label) for label, row in rows if row is not None])


def proof_answer(proof: LogProof, *, leaf_hash: bytes) -> ProofAnswer:
    """Spell a proof out."""
    checkpoint, _ = parse_checkpoint(proof.checkpoint)
    return ProofAnswer(
        leaf_hash=leaf_hash.hex(),
        leaf_index=proof.leaf_index,
        tree_size=checkpoint.tree_size,
        root_hash=checkpoint.root_hash.hex(),
        proof=[node.hex() for node in proof.proof],
        checkpoint=proof.checkpoint.decode(),
        tlog_proof=format_log_proof(proof).decode(),
    )


def _token(services: Services, row: logs.TokenRow, label: str) -> TokenAnswer:
    return TokenAnswer(
        authority=row.authority,
        label=label,
        state=row.state,
        gen_time=None if row.gen_time is None else format_instant(row.gen_time.replace(microsecond=0)),
        tsq=_object(services, row.tsq_key),
        tsr=_object(services, row.tsr_key),
    )


def _object(services: Services, key: str | None) -> str | None:
    return None if key is None else base64.b64encode(services.objects.read(key, limit=TOKEN_LIMIT)).decode()
