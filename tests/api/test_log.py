"""What an auditor reads over HTTP is enough to verify with the core alone."""

import hashlib
import io
import zipfile

import httpx
import pytest
from shell import ORIGIN, Shell
from test_intake import send, vector
from test_problems import places, problem

from evidence.archive import read_archive
from evidence.checkpoint import open_checkpoint
from evidence.consistency import parse_consistency
from evidence.entry import leaf_hash
from evidence.logproof import parse_log_proof, verify_log_proof
from evidence.merkle import verify_consistency
from evidence.tiles import tile_hashes, unpack_entries
from evidence.trust import trust_from_files


@pytest.fixture(scope="module")
def shell_with_entries(shell: Shell) -> Shell:
    shell.open_matter("m_1")
    shell.services.sequencer.integrate()
    with shell.client("administrator") as client:
        assert send(client, vector("good.png"), key="log-1").status_code == 201
    shell.services.sequencer.integrate()
    return shell


@pytest.fixture(scope="module")
def auditor(shell_with_entries: Shell):
    with shell_with_entries.client("auditor") as client:
        yield client


@pytest.fixture(scope="module")
def trust(client: httpx.Client):
    files = client.get("/v1/trust").json()["files"]
    return trust_from_files({file["name"]: file["content"].encode() for file in files})


def leaves(auditor: httpx.Client) -> list[str]:
    return [leaf_hash(entry).hex() for entry in unpack_entries(auditor.get("/v1/log/tile/entries/000.p/2").content)]


def test_checkpoint_and_tiles(auditor: httpx.Client, trust) -> None:
    answer = auditor.get("/v1/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    checkpoint = open_checkpoint(answer.content, log_keys=trust.log_keys, origin=ORIGIN)
    assert checkpoint.tree_size == 2
    tile = auditor.get("/v1/log/tile/0/000.p/2")
    assert "immutable" in tile.headers["cache-control"]
    assert [node.hex() for node in tile_hashes(tile.content)] == leaves(auditor)
    assert (
        open_checkpoint(
            auditor.get("/v1/log/checkpoint?size=1").content, log_keys=trust.log_keys, origin=ORIGIN
        ).tree_size
        == 1
    )


@pytest.mark.parametrize("path", ["0/001", "x", "0/000.p/999", "0/0", "%2e%2e/x", "64/000", "0//000"])
def test_tiles_that_are_not(auditor: httpx.Client, path: str) -> None:
    answer = auditor.get(f"/v1/log/tile/{path}")
    assert answer.status_code in (404, 422)
    problem(answer, answer.status_code, answer.json()["code"])


def test_inclusion_proofs(auditor: httpx.Client, trust) -> None:
    for index, leaf in enumerate(leaves(auditor)):
        text = auditor.get("/v1/log/proof", params={"leaf": leaf}, headers={"Accept": "text/plain"})
        proof = parse_log_proof(text.content)
        assert proof.leaf_index == index
        verify_log_proof(proof, leaf_hash=bytes.fromhex(leaf), log_keys=trust.log_keys, origin=ORIGIN)
        spelled = auditor.get("/v1/log/proof", params={"leaf": leaf}).json()
        assert spelled["tlog_proof"].encode() == text.content
        assert (spelled["leaf_index"], spelled["tree_size"]) == (index, 2)


def test_consistency(auditor: httpx.Client, trust) -> None:
    proof = parse_consistency(auditor.get("/v1/log/consistency", params={"from": 1, "to": 2}).content)
    older = open_checkpoint(auditor.get("/v1/log/checkpoint?size=1").content, log_keys=trust.log_keys, origin=ORIGIN)
    newer = open_checkpoint(proof.checkpoint, log_keys=trust.log_keys, origin=ORIGIN)
    verify_consistency(
        first_size=1, second_size=2, first_root=older.root_hash, second_root=newer.root_hash, proof=proof.proof
    )


def test_questions_that_the_log_cannot_answer(shell_with_entries: Shell, auditor: httpx.Client) -> None:
    problem(auditor.get("/v1/log/proof", params={"leaf": "0" * 64}), 404, "not_found")
    problem(auditor.get("/v1/log/checkpoint?size=77"), 404, "not_found")
    problem(auditor.get("/v1/log/consistency?from=3"), 404, "not_found")
    problem(auditor.get("/v1/log/tokens/77"), 404, "not_found")
    found = problem(auditor.get("/v1/log/proof?leaf=x&size=-1"), 422, "validation_failed")
    assert places(found) == {"#query/leaf": "string_pattern_mismatch", "#query/size": "greater_than_equal"}
    leaf = leaves(auditor)[0]
    answer = auditor.get("/v1/log/proof", params={"leaf": leaf}, headers={"Accept": "image/png"})
    problem(answer, 406, "not_acceptable")
    shell_with_entries.open_matter("m_waiting")
    waiting = shell_with_entries.services.ledger.head(tenant_id=shell_with_entries.tenant.id, matter_id="m_waiting")
    answer = auditor.get("/v1/log/proof", params={"leaf": waiting.leaf_hash.hex()})
    problem(answer, 409, "not_integrated")


def test_tokens_show_where_they_stand(auditor: httpx.Client) -> None:
    answer = auditor.get("/v1/log/tokens/2").json()
    assert [(token["authority"], token["state"], token["tsr"]) for token in answer["tokens"]] == [
        ("dev-1", "pending", None)
    ]


def test_a_digest_is_found_with_its_proof(shell_with_entries: Shell, auditor: httpx.Client, trust) -> None:
    data = vector("good.png")[2]
    digest = hashlib.sha256(data).hexdigest()
    answer = auditor.post("/v1/verifications", json={"sha256": digest.upper()}).json()
    uploaded = auditor.post("/v1/verifications", files={"file": ("任意.bin", data)}).json()
    assert answer == uploaded
    assert answer["recorded"]
    (place,) = answer["places"]
    assert (place["what"], place["role"], place["seq"], place["matter"]) == ("file", "label", 2, None)
    proof = parse_log_proof(place["log"]["tlog_proof"].encode())
    verify_log_proof(proof, leaf_hash=bytes.fromhex(place["leaf_hash"]), log_keys=trust.log_keys, origin=ORIGIN)
    with shell_with_entries.client("administrator") as administrator:
        known = administrator.post("/v1/verifications", json={"sha256": place["leaf_hash"]}).json()
    assert [(one["what"], one["matter"]) for one in known["places"]] == [("leaf", "m_1")]
    with shell_with_entries.client(key=shell_with_entries.other_key) as other:
        assert not other.post("/v1/verifications", json={"sha256": digest}).json()["recorded"]


def test_an_entry_that_waits_for_the_log_is_recorded_without_a_proof(shell_with_entries: Shell) -> None:
    entry = shell_with_entries.open_matter("m_waits_too")
    with shell_with_entries.client("auditor") as auditor:
        answer = auditor.post("/v1/verifications", json={"sha256": entry.leaf_hash.hex()}).json()
    assert (answer["recorded"], answer["places"][0]["log"]) == (True, None)


def test_verifications_refuse_what_is_no_question(auditor: httpx.Client, shell: Shell) -> None:
    problem(auditor.post("/v1/verifications", json={"sha256": "x"}), 422, "validation_failed")
    problem(auditor.post("/v1/verifications", json=[]), 422, "validation_failed")
    problem(auditor.post("/v1/verifications"), 415, "media_type_unsupported")
    problem(auditor.post("/v1/verifications", files={"other": b"x"}), 422, "validation_failed")
    big = {"file": ("x", bytes(2_000_001))}
    problem(auditor.post("/v1/verifications", files=big), 413, "file_too_large")
    with shell.client("case_system") as case_system:
        problem(case_system.post("/v1/verifications", json={"sha256": "0" * 64}), 403, "scope_missing")


def test_trust_needs_no_key_and_is_the_same_as_a_zip(client: httpx.Client) -> None:
    answer = client.get("/v1/trust")
    found = answer.json()
    assert found["origin"] == ORIGIN
    assert [one["name"] for one in found["files"]] == sorted(
        ["log.vkey", "log-ed25519.pem", "log-ecdsa.pem", "tsa-roots.pem", "tsa-chain.pem", "witnesses.vkey"]
    )
    for file in found["files"]:
        assert hashlib.sha256(file["content"].encode()).hexdigest() == file["sha256"]
    zipped = client.get("/v1/trust?format=zip")
    archive = read_archive(io.BytesIO(zipped.content))
    content = {file["name"]: file["content"].encode() for file in found["files"]}
    assert {name: archive.read(name, limit=10**6) for name in archive.names} == {
        f"anchors/{name}": data for name, data in content.items()
    }
    assert zipfile.ZipFile(io.BytesIO(zipped.content)).testzip() is None
    assert client.get("/v1/trust", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    problem(client.get("/v1/trust?format=tar"), 422, "validation_failed")
