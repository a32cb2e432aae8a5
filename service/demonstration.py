"""`duly demo`: the whole story through the real HTTP application, on a data folder that is thrown away afterwards.

A case system opens a matter and issues two notices; legal staff record earlier facts, dispatch, tracking, receipts and
a signed scan, ask when the periods end and then for the bundle; an auditor takes the trust anchors and verifies. All
parties are samples.
"""

import hashlib
import io
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import uvicorn
from PIL import Image, ImageDraw

from service.app import create_app
from service.errors import RefusedError, ServiceError
from service.render import Catalog
from service.serving import lifespan_of
from service.settings import Settings
from service.structured_logs import configure_logs
from service.template_folder import template_folder
from service.wiring.foundation import open_offline
from service.wiring.installed import Installation, installation

JOB_SECONDS = 50
JSON = Mapping[str, Any]


def play(out: Path) -> int:
    """Play the story into a folder that is empty or absent; 0 only if the verifier passes."""
    if out.exists() and any(out.iterdir()):
        raise RefusedError("folder_not_empty", f"{out} is not empty", message_zh=f"目录 {out} 不是空的，请另选一个")
    out.mkdir(parents=True, exist_ok=True)
    configure_logs("ERROR")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="duly-demo-") as data:
        settings = Settings(data=Path(data), checkpoint_seconds=0.3, job_polling_seconds=0.1, token_seconds=0)
        with installation(settings) as installed, _served(installed) as address:
            _Story(address=address, keys=_keys(installed), out=out).play()
        sound = _check(settings)
    status = _verify(out) if sound else 1
    _say(f"用时 {time.monotonic() - began:.1f} 秒。结果在 {out}")
    return status


def _check(settings: Settings) -> bool:
    with open_offline(settings) as foundation:
        wrong = [problem for problem in foundation.fsck() if problem.is_error]
    for problem in wrong:
        _say(str(problem))
    _say("7. 服务停止后逐条重算（duly fsck）：" + ("全部相符" if not wrong else f"{len(wrong)} 处不符"))
    return not wrong


@contextmanager
def _served(installed: Installation) -> Iterator[str]:
    config = uvicorn.Config(
        create_app(installed.services, lifespan=lifespan_of(installed)), host="127.0.0.1", port=0, log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise ServiceError("demo_failed", "the service did not start")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def _keys(installed: Installation) -> dict[str, str]:
    access = installed.foundation.access
    tenant = access.create_tenant(code="DEMO", name="演示租户（某某银行）")
    roles = ("case_system", "legal_staff", "auditor")
    return {role: access.issue_key(tenant_id=tenant.id, role=role, label="demo")[0] for role in roles}


@dataclass(kw_only=True)
class _Story:
    """The callers' side: nothing but HTTP."""

    address: str
    keys: Mapping[str, str]
    out: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def play(self) -> None:
        """Go through the story, a step at a time."""
        with httpx.Client(base_url=self.address, timeout=60) as client:
            self._client = client
            matter = self._open_matter()
            self._earlier_facts(matter)
            demand, guarantor = self._issue(matter, "loan-demand", "p2"), self._issue(matter, "guarantor-demand", "p3")
            self._deliver(demand)
            self._refuse(guarantor)
            self._reckon(matter)
            self._bundle(matter)
            self._audit(demand)

    def _open_matter(self) -> str:
        letter, guarantee = _example("loan-demand"), _example("guarantor-demand")
        matter = self._post("case_system", "/v1/matters", _matter_facts(letter, guarantee))
        _say(f"1. 案件系统立案：{matter['id']}，债权人、债务人、连带责任保证人各一")
        return str(matter["id"])

    def _earlier_facts(self, matter: str) -> None:
        """A call of which nothing was kept, a payment with its slip, a promise by mouth: three grades of proof."""
        call = {"kind": "contact.made", "on": _today(days=-9), "party": "p2", "channel": "phone", "reached": "张三",
                "said": "要求归还借款本息，对方称尽快安排", "demanded": True, "by": "王五"}  # fmt: skip
        self._post("legal_staff", f"/v1/matters/{matter}/events", call)
        paid = {
            "kind": "payment.received",
            "on": _today(days=-6),
            "party": "p2",
            "amount": "5000.00",
            "currency": "CNY",
        }
        slip = _slip("BANK PAYMENT SLIP SAMPLE")
        self._upload(f"/v1/matters/{matter}/events", paid, "payment_slip", "付款回单.jpg", slip)
        promise = {"kind": "promise.made", "on": _today(days=-6), "party": "p2", "due_on": _today(days=-2),
                   "text": "口头承诺四日内再付一笔"}  # fmt: skip
        self._post("legal_staff", f"/v1/matters/{matter}/events", promise)
        _say("   补录此前的一次电话催收（没有录音）、一笔还款（附回单）、一项口头承诺")

    def _issue(self, matter: str, template: str, party: str) -> JSON:
        fields = _example(template)
        body = {"matter": matter, "party": party, "template": template, "fields": fields}
        notice = self._post("case_system", "/v1/notices", body)
        folder = self.out / "notices"
        folder.mkdir(exist_ok=True)
        for document in notice["documents"]:
            suffix = "pdf" if document["role"] == "document_pdf" else "docx"
            data = self._get("case_system", f"/v1/notices/{notice['id']}/document.{suffix}").content
            _same(data, document["sha256"])
            (folder / f"{notice['notice_no']}.{suffix}").write_bytes(data)
        _say(
            f"2. 出具 {notice['notice_no']}（{template}），{notice['pages']} 页，记为本案第 {notice['entry']['seq']} 条"
        )
        return notice

    def _deliver(self, notice: JSON) -> None:
        dispatch = self._dispatch(notice, waybill_no="1136281381675", item="逾期贷款催收通知书", demands="要求还本付息")
        self._track(dispatch, ("accepted", "收寄"), ("delivered_self", "已签收，本人签收"))
        facts = {"outcome": "delivered", "delivered_at": _now(), "signed_by": "张三", "relation": "self"}
        slip = _slip("EMS RECEIPT 1136281381675 SAMPLE")
        self._upload(f"/v1/dispatches/{dispatch['id']}/receipts", facts, "receipt_image", "签收回执.jpg", slip)
        _say("   签收：本人签收，回执图片已存")
        pdf = (self.out / "notices" / f"{notice['notice_no']}.pdf").read_bytes()
        marks = {"received": True, "amount_confirmed": True}
        scan = {
            "kind": "signed_notice",
            "signed_on": _today(),
            "signer": "张三",
            "relation": "self",
            "original_held": True,
            "marks": marks,
        }
        kept = self._upload(f"/v1/notices/{notice['id']}/scans", scan, "scan", "签字扫描件.jpg", _scan(pdf))
        self._check_returned(kept)
        _say("   签字扫描件入库，取回后逐字节一致")

    def _refuse(self, notice: JSON) -> None:
        dispatch = self._dispatch(
            notice, waybill_no="1136281381676", item="保证人履行保证责任通知书", demands="要求承担保证责任"
        )
        self._track(dispatch, ("accepted", "收寄"), ("refused", "收件人拒收，退回"))
        facts = {"outcome": "refused", "delivered_at": _now(), "reason": "收件人拒收"}
        slip = _slip("EMS RETURN 1136281381676 SAMPLE")
        self._upload(f"/v1/dispatches/{dispatch['id']}/receipts", facts, "return_envelope", "退件封面.jpg", slip)
        _say("   保证人拒收，退件封面已存")

    def _dispatch(self, notice: JSON, *, waybill_no: str, item: str, demands: str) -> JSON:
        facts = {
            "carrier": "ems",
            "waybill_no": waybill_no,
            "item_description": f"《{item}》编号{notice['notice_no']} {demands}",
            "posted_at": _now(),
        }
        path = f"/v1/notices/{notice['id']}/dispatches"
        dispatch = self._upload(path, facts, "posting_slip", "邮件存根.jpg", _slip(f"EMS {waybill_no} SAMPLE"))
        _say(f"3. EMS 交寄 {notice['notice_no']}，邮件号 {waybill_no}，存根图片已存")
        return dispatch

    def _track(self, dispatch: JSON, *events: tuple[str, str]) -> None:
        facts = {
            "source": "EMS 全程跟踪查询",
            "events": [{"at": _now(), "status": status, "text": text} for status, text in events],
        }
        self._post("legal_staff", f"/v1/dispatches/{dispatch['id']}/tracking", facts)

    def _reckon(self, matter: str) -> None:
        answer = self._get("legal_staff", f"/v1/matters/{matter}/limitation").json()
        _say("4. 推算时效与保证期间（辅助计算，须经律师复核签字）：")
        for party in answer["parties"]:
            best, strict = (party[track][0]["last_day"] for track in ("best", "conservative"))
            _say(f"   {party['role_zh']}：最后一日，通常算法 {best}，从严算法 {strict}")

    def _bundle(self, matter: str) -> None:
        asked = self._post("legal_staff", f"/v1/matters/{matter}/bundles", {})
        job = self._finished(asked["job"]["id"])
        if job["state"] != "succeeded":
            raise ServiceError("demo_failed", f"the bundle failed: {job['error']}")
        data = self._get("legal_staff", f"/v1/bundles/{asked['bundle']}/download").content
        (self.out / "bundle.zip").write_bytes(data)
        _say(f"5. 证据包已生成并经自身验证器验证：bundle.zip，{len(data):,} 字节")

    def _finished(self, job_id: str) -> JSON:
        shown = ""
        for _ in range(JOB_SECONDS * 5):
            job = self._get("legal_staff", f"/v1/jobs/{job_id}").json()
            if job["message"] != shown:
                shown = job["message"]
                _say(f"   进度 {job['done']}/{job['total']}：{shown}")
            if job["state"] in ("succeeded", "failed"):
                return dict(job)
            time.sleep(0.2)
        raise ServiceError("demo_failed", "the bundle took too long")

    def _audit(self, notice: JSON) -> None:
        anchors = self.out / "anchors"
        anchors.mkdir()
        for name, text in _anchor_files(self._get(None, "/v1/trust").json()).items():
            (anchors / name).write_text(text)
        digest = notice["documents"][0]["sha256"]
        found = self._post("auditor", "/v1/verifications", {"sha256": digest}, keyed=False)
        if not found["recorded"]:
            raise ServiceError("demo_failed", "the notice's digest was not found")
        checkpoint = self._get("auditor", "/v1/log/checkpoint").text.splitlines()
        self._get("auditor", "/v1/log/proof", leaf=notice["entry"]["leaf_hash"])
        _say(f"6. 审计：函件摘要在册；日志 {checkpoint[0]} 现有 {checkpoint[1]} 条；信任锚取自 /v1/trust")

    def _check_returned(self, kept: JSON) -> None:
        for file in kept["files"]:
            _same(self._get("legal_staff", file["href"]).content, file["sha256"])

    def _post(self, role: str, path: str, body: JSON, *, keyed: bool = True) -> JSON:
        headers = self._headers(role) | ({"Idempotency-Key": f"demo-{next(self.numbers)}"} if keyed else {})
        return _ok(self._client.post(path, json=body, headers=headers)).json()  # type: ignore[no-any-return]

    def _upload(self, path: str, facts: JSON, role: str, name: str, data: bytes) -> JSON:
        headers = self._headers("legal_staff") | {"Idempotency-Key": f"demo-{next(self.numbers)}"}
        told = {**facts, "digests": {name: hashlib.sha256(data).hexdigest()}}
        parts: Any = {"facts": (None, json.dumps(told), "application/json"), role: (name, data, "image/jpeg")}
        return _ok(self._client.post(path, files=parts, headers=headers)).json()  # type: ignore[no-any-return]

    def _get(self, role: str | None, path: str, **query: str) -> httpx.Response:
        headers = self._headers(role) if role else {}
        return _ok(self._client.get(path, headers=headers, params=query or None))

    def _headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role]}"}


def _verify(out: Path) -> int:
    command = [sys.executable, "-m", "evidence", "verify", str(out / "bundle.zip"), "--trust", str(out / "anchors")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (out / "verification.txt").write_text(done.stdout + done.stderr)
    _take_report(out)
    _say("8. 离线验证（另一进程，不联网，只凭证据包与信任锚）：\n")
    _say(done.stdout.rstrip())
    return done.returncode


def _take_report(out: Path) -> None:
    from evidence.archive import read_archive

    with (out / "bundle.zip").open("rb") as source:
        archive = read_archive(source)
        name = next(name for name in archive.names if name.endswith("/data/report.pdf"))
        (out / "report.pdf").write_bytes(archive.read(name, limit=1 << 28))


def _matter_facts(letter: JSON, guarantee: JSON) -> JSON:
    return {
        "reference": "SAMPLE-0001",
        "claim": {
            "kind": "loan",
            "contract_no": letter["contract_no"],
            "contract_on": letter["contract_on"],
            "principal": {"amount": letter["principal"], "currency": "CNY"},
            "due_on": letter["due_on"],
            "lender": True,
        },
        "parties": [
            {"party": "p1", "role": "creditor", "kind": "organisation", "name": letter["creditor"]["name"]},
            {"party": "p2", "role": "debtor", "kind": "person", "address_basis": "agreed", **_known(letter["debtor"])},
            {
                "party": "p3",
                "role": "guarantor",
                "kind": "organisation",
                "address_basis": "agreed",
                **_known(guarantee["guarantor"]),
                "guarantee": {
                    "mode": "joint",
                    "contract_no": guarantee["guarantee"]["contract_no"],
                    "contract_on": guarantee["guarantee"]["contract_on"],
                    "period_until_on": guarantee["guarantee"]["until_on"],
                },
            },
        ],
    }


def _known(person: JSON) -> JSON:
    return {name: person[name] for name in ("name", "id_no", "address") if name in person}


def _example(template: str) -> dict[str, Any]:
    return dict(Catalog.load(template_folder()).get(template).example)


def _anchor_files(trust: JSON) -> dict[str, str]:
    return {file["name"]: file["content"] for file in trust["files"]}


def _slip(text: str) -> bytes:
    image = Image.new("RGB", (900, 420), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 880, 400), outline="black", width=3)
    draw.text((60, 80), text, fill="black", font_size=36)
    draw.text((60, 160), "NOT A REAL DOCUMENT", fill="gray", font_size=28)
    return _jpeg(image)


def _scan(pdf: bytes) -> bytes:
    pages = pypdfium2.PdfDocument(pdf)
    page = pages[len(pages) - 1]
    return _jpeg(page.render(scale=150 / 72).to_pil().convert("RGB"))


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return target.getvalue()


def _ok(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    raise ServiceError(
        "demo_failed", f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text}"
    )


def _same(data: bytes, sha256_hex: str) -> None:
    if hashlib.sha256(data).hexdigest() != sha256_hex:
        raise ServiceError("demo_failed", "a file came back with other bytes")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _today(*, days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


def _say(text: str) -> None:
    print(text, flush=True)
