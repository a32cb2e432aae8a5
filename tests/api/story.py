"""The whole installation but the job engine: real renderer, real templates, and a store that can be told to fail."""

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import httpx
from shell import ORIGIN, Shell, _random

from service.api import matter_schema
from service.batch_mail import BatchMail
from service.batches import Batches, BatchParts, BatchWork
from service.bundles import BundleParts, Bundles
from service.mailing.ems import Sender
from service.mailing.layout import load_layout
from service.notices import Notices
from service.ports import ObjectStore
from service.posting import Posting
from service.recording import Recording
from service.render import Catalog, RenderPool
from service.services import Services

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

from faults import Plan

TEMPLATES = Path(__file__).parents[2] / "templates"
VECTORS = Path(__file__).parents[1] / "vectors" / "intake"
_keys = iter(range(10**9))


class FaultyStore:
    """The object folder behind a plan of faults: what is asked of it is done, unless the plan says otherwise."""

    def __init__(self, objects: ObjectStore) -> None:
        self.objects, self.plan = objects, Plan()

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: bytes, media_type: str) -> None:
        self.plan.around(
            f"put {key}", lambda: self.objects.put(key, source, size=size, sha256=sha256, media_type=media_type)
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)


class Story(Shell):
    """A shell whose services are all there; bundles are asked for, and their work is left to be looked at."""

    def __init__(self, folder: Path, *, pool: RenderPool, catalog: Catalog, url: str = "") -> None:
        self.pool, self.catalog = pool, catalog
        self.asked: list[tuple[str, str]] = []
        self.runs: list[tuple[str, str, int]] = []
        self.posts: list[tuple[str, str]] = []
        super().__init__(folder, url=url)

    def _wire(self, **more: Any) -> Services:
        self.objects = FaultyStore(self.objects)
        services = super()._wire(**more)
        parts = {
            "engine": self.engine,
            "ledger": services.ledger,
            "matters": services.matters,
            "clock": self.clock,
            "random_bytes": _random,
        }
        notices = Notices(
            **parts,
            objects=self.objects,
            catalog=self.catalog,
            pool=self.pool,
            owner=self.owner.id,
            metrics=services.metrics,
        )
        # Asking for a bundle needs these; the parts that make one are the bundle's own tests' business.
        known = {**parts, "objects": self.objects, "scratch": self.folder / "scratch", "origin": ORIGIN}
        bundle_parts = BundleParts(**{field.name: known.get(field.name) for field in fields(BundleParts)})
        self.batch_parts = BatchParts(
            **{name: part for name, part in parts.items() if name != "random_bytes"},
            objects=self.objects,
            access=services.access,
            notices=notices,
            catalog=self.catalog,
            pool=self.pool,
            owner=self.owner,
            scratch=self.folder / "scratch",
            lanes=2,
        )
        self.batches = Batches(
            self.engine,
            clock=self.clock,
            random_bytes=_random,
            enqueue=lambda tenant, batch, run: self.runs.append((tenant, batch, run)),
        )
        recording = Recording(**parts)
        self.mail = BatchMail(
            self.batch_parts,
            posting=Posting(engine=self.engine, recording=recording),
            layout=load_layout(),
            sender=Sender(phone="01000000000"),
            random_bytes=_random,
            enqueue=lambda tenant, job: self.posts.append((tenant, job)),
        )
        return replace(
            services,
            catalog=self.catalog,
            batches=self.batches,
            batch_mail=self.mail,
            notices=notices,
            recording=recording,
            bundles=Bundles(bundle_parts, enqueue=lambda tenant, bundle: self.asked.append((tenant, bundle))),
        )

    def run_batches(self) -> None:
        """Do the runs that were asked for here and now, step by step, as the durable workflow does."""
        work = BatchWork(self.batch_parts, self.batches)
        while self.runs:
            tenant, batch, run = self.runs.pop(0)
            read = work.read(tenant, batch, run)
            if read["dry_run"]:
                work.sample(tenant, batch, run)
            while read["go"] and not read["dry_run"] and (chunks := work.plan(tenant, batch, run)):
                for first, last in chunks:
                    work.work(tenant, batch, first, last)
            work.close(tenant, batch, run)

    def run_posts(self) -> None:
        """Do the jobs of the post that were asked for here and now."""
        while self.posts:
            self.mail.work(*self.posts.pop(0))


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": f"story-{next(_keys)}"}


def matter_body(**more: Any) -> dict[str, Any]:
    return deepcopy(matter_schema.EXAMPLE) | more


def post(client: httpx.Client, url: str, body: Any, **headers: str) -> httpx.Response:
    return client.post(url, json=body, headers=fresh_key() | headers)


def opened(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = post(client, "/v1/matters", matter_body(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


def notice_body(matter: str, *, template: str = "loan-demand", **fields: Any) -> dict[str, Any]:
    example = json.loads((TEMPLATES / template / "v1" / "example.json").read_text(encoding="utf-8"))
    party = "p3" if template == "guarantor-demand" else "p2"
    return {"matter": matter, "party": party, "template": template, "fields": example | fields}


def issued(client: httpx.Client, matter: str, **more: Any) -> dict[str, Any]:
    """Issue a letter of its own: under a contract number that no other has."""
    body = notice_body(matter, contract_no=f"示例借字第2023-{next(_keys):05d}号")
    answer = post(client, "/v1/notices", body | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def upload(
    client: httpx.Client, url: str, facts: dict[str, Any], *files: tuple[str, str], key: str = ""
) -> httpx.Response:
    """Send facts with files of `tests/vectors/intake`, each as (role, name)."""
    types = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png"}
    parts: list[Any] = [("facts", (None, json.dumps(facts), "application/json"))]
    parts += [(role, (name, (VECTORS / name).read_bytes(), types[Path(name).suffix])) for role, name in files]
    return client.post(url, files=parts, headers={"Idempotency-Key": key} if key else fresh_key())


def events_of(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Read server-sent events; comments come as {"comment": …}."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line:
            if event:
                yield event
            event = {}
        elif line.startswith(":"):
            event["comment"] = line[1:].strip()
        else:
            name, _, value = line.partition(": ")
            event[name] = value
