"""Run as a process of its own, to be killed: reserves, issues, appends and integrates under idempotency keys.

`python append_forever.py FOLDER TENANT FIRST` goes on from request FIRST and prints a line for every answer it gave.
"""

import hashlib
import io
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.adapters.directory import DirectoryStore
from service.idempotency import Idempotency, Replay
from service.ledger import Appended, Draft, Ledger, object_key
from service.logkeys import load_log_keys
from service.numbers import reserve, settle
from service.records.engine import open_engine, writing
from service.records.locks import Owner
from service.sequencer import Sequencer

ORIGIN = "log.example/2026"


def clock() -> datetime:
    return datetime.now(UTC)


class Installation:
    def __init__(self, folder: Path, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.engine = open_engine(f"sqlite:///{folder / 'records.sqlite'}")
        self.objects = DirectoryStore(folder / "objects")
        self.owner = Owner(self.engine, secrets.token_bytes)
        self.ledger = Ledger(self.engine, self.objects, clock=clock, origin=ORIGIN, random_bytes=secrets.token_bytes)
        self.idempotency = Idempotency(self.engine, clock=clock, owner=self.owner)
        keys = load_log_keys(folder / "keys", origin=ORIGIN)
        self.sequencer = Sequencer(self.engine, self.objects, clock=clock, log_keys=keys, origin=ORIGIN)

    def settle(self) -> None:
        self.sequencer.check_head()
        self.idempotency.settle()
        settle(self.ledger, self.engine, owner_is_alive=self.owner.is_alive)

    def issue(self, n: int) -> str:
        """One request: number, document, entry with the stored answer; the answer is the leaf hash."""
        key = {"tenant_id": self.tenant_id, "scope": "POST /v1/notices", "key": f"key-{n}"}
        begun = self.idempotency.begin(**key, fingerprint=hashlib.sha256(str(n).encode()).digest())
        if isinstance(begun, Replay):
            return begun.body.decode()
        # As a use case does it: an id of its own for every attempt, since a void keeps the one of the last.
        notice_id = f"n_{n}_{secrets.token_hex(4)}"
        with writing(self.engine) as conn:
            number = {"tenant_id": self.tenant_id, "year": 2026, "notice_id": notice_id, "matter_id": "m_1"}
            notice_no = reserve(conn, **number, owner=self.owner.id)
        pdf = f"%PDF {notice_no}".encode()
        digest = hashlib.sha256(pdf).digest()
        place = object_key(self.tenant_id, digest)
        self.objects.put(place, io.BytesIO(pdf), size=len(pdf), sha256=digest, media_type="application/pdf")
        document = {"file": "n.pdf", "sha256": digest.hex(), "size": len(pdf), "role": "document_pdf"}
        facts = {"notice": notice_id, "notice_no": notice_no, "template": "t", "version": "v1", "engine": "html"}
        facts |= {"party": "p2", "pages": 1, "request": n}
        facts |= {"documents": [document | {"media_type": "application/pdf"}]}

        def answer(conn: object, appended: Appended) -> None:
            body = appended.leaf_hash.hex().encode()
            self.idempotency.finish(conn, begun, status=201, headers={}, body=body)

        draft = Draft(tenant_id=self.tenant_id, matter_id="m_1", kind="notice.issued", facts=facts, also=answer)
        return self.ledger.append(draft).leaf_hash.hex()


def main(folder: Path, tenant_id: str, first: int) -> None:
    installation = Installation(folder, tenant_id)
    installation.settle()
    print("ready", flush=True)
    n = first
    while True:
        print(n, installation.issue(n), flush=True)
        if n % 3 == 0:
            installation.sequencer.catch_up()
        n += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
