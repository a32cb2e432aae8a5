"""Timestamp tokens: committed ones of every kind, each bad one for its own reason, and no bit of a good one spare."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError, MalformedError, TimestampError
from evidence.timestamp import (
    TsaAnchors,
    parse_request,
    parse_response,
    tsa_anchors_from_pem,
    verify_timestamp,
)
from evidence.timestamp_format import MAX_REQUEST_SIZE, MAX_RESPONSE_SIZE, with_certificates

VECTORS = Path(__file__).parent.parent / "vectors" / "timestamp"
CASES = json.loads((VECTORS / "cases.json").read_text())
DIGEST = hashlib.sha256((VECTORS / "stamped.txt").read_bytes()).digest()
ROOTS = (VECTORS / "tsa-roots.pem").read_bytes()
CHAIN = (VECTORS / "tsa-chain.pem").read_bytes()
ANCHORS = tsa_anchors_from_pem(roots_pem=ROOTS, chain_pem=CHAIN)
BARE_ANCHORS = tsa_anchors_from_pem(roots_pem=ROOTS, chain_pem=b"")


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def signed_data_of(tsr: bytes):
    return tsp.TimeStampResp.load(tsr)["time_stamp_token"]["content"]


def verifies(tsr: bytes, *, tsq: bytes, anchors: TsaAnchors) -> bool:
    try:
        verify_timestamp(tsr, data_digest=DIGEST, anchors=anchors, tsq=tsq)
    except EvidenceError:
        return False
    return True


@pytest.mark.parametrize("case", [each for each in CASES if not each["finding"]], ids=lambda case: case["file"])
def test_accepts_each_good_token(case):
    tsq = read(case["request"]) if case["request"] else None
    token = verify_timestamp(read(case["file"]), data_digest=DIGEST, anchors=ANCHORS, tsq=tsq)
    assert token.imprint == DIGEST
    assert "Signer" in token.signer
    assert token.gen_time.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("case", [each for each in CASES if each["finding"]], ids=lambda case: case["file"])
def test_names_what_is_wrong_with_each_bad_token(case):
    error = MalformedError if "not the DER" in case["finding"] else TimestampError
    tsq = read(case["request"]) if case["request"] else None
    with pytest.raises(error) as caught:
        verify_timestamp(read(case["file"]), data_digest=DIGEST, anchors=ANCHORS, tsq=tsq)
    assert case["finding"] in str(caught.value)


def test_every_committed_file_is_a_case():
    listed = {case["file"] for case in CASES} | {case["request"] for case in CASES} - {""}
    assert listed == {path.name for path in VECTORS.glob("*.ts[qr]")}


@pytest.mark.parametrize("name", ["good-rsa-3072", "good-p256", "good-without-nonce"])
def test_openssl_agrees_on_the_good_tokens(name):
    openssl = ["openssl", "ts", "-verify", "-in", VECTORS / f"{name}.tsr", "-queryfile", VECTORS / f"{name}.tsq"]
    anchors = ["-CAfile", VECTORS / "tsa-roots.pem", "-untrusted", VECTORS / "tsa-chain.pem"]
    answer = subprocess.run([*openssl, *anchors], capture_output=True, text=True, check=False)
    assert "Verification: OK" in answer.stdout


def test_reads_what_a_token_says():
    token = parse_response(read("good-milliseconds.tsr"))
    assert token.accuracy_us == 1_500_000
    assert token.policy == "1.3.6.1.4.1.99999.1"
    assert token.imprint_algorithm == "2.16.840.1.101.3.4.2.1"
    assert token.nonce == parse_request(read("good-milliseconds.tsq")).nonce
    assert token.signer == ""
    assert token.der in read("good-milliseconds.tsr")
    assert token.gen_time.microsecond % 1000 == 0


def test_reads_what_was_asked():
    request = parse_request(read("good-policy-asked.tsq"))
    assert (request.imprint, request.policy, request.certificates_wanted) == (DIGEST, "1.3.6.1.4.1.99999.2", True)
    assert parse_request(read("good-without-nonce.tsq")).nonce is None
    assert not parse_request(read("good-without-certificates.tsq")).certificates_wanted


def test_the_unsorted_vector_is_unsorted():
    signed_data = signed_data_of(read("good-unsorted-certificates.tsr"))
    ders = [each.dump() for each in signed_data["certificates"]]
    assert ders != sorted(ders)


def test_a_token_without_certificates_needs_the_chain():
    with pytest.raises(TimestampError, match="neither in the token nor among the anchors"):
        verify_timestamp(read("good-without-certificates.tsr"), data_digest=DIGEST, anchors=BARE_ANCHORS)
    assert verify_timestamp(read("good-p256.tsr"), data_digest=DIGEST, anchors=BARE_ANCHORS)


def test_an_intermediate_is_never_a_root():
    stranger = read("bad-foreign-authority-brings-its-root.tsr")
    signed_data = signed_data_of(stranger)
    lured = TsaAnchors(
        roots=ANCHORS.roots,
        intermediates=(*ANCHORS.intermediates, *(each.chosen.dump() for each in signed_data["certificates"])),
    )
    with pytest.raises(TimestampError, match="no way from"):
        verify_timestamp(stranger, data_digest=DIGEST, anchors=lured)


def test_no_root_no_trust():
    with pytest.raises(TimestampError, match="no way from"):
        verify_timestamp(
            read("good-p256.tsr"), data_digest=DIGEST, anchors=TsaAnchors(roots=(), intermediates=ANCHORS.intermediates)
        )


@pytest.mark.parametrize("strange", ["unknown version", "serial 0", "broken name"])
def test_an_unreadable_certificate_added_to_a_token_does_not_spoil_it(strange):
    tsr = read("good-p256.tsr")
    real = [each.chosen.dump() for each in signed_data_of(tsr)["certificates"]]
    broken = asn1_x509.Certificate.load(real[0])
    if strange == "unknown version":
        broken["tbs_certificate"]["version"] = 9
    elif strange == "serial 0":
        broken["tbs_certificate"]["serial_number"] = 0
    der = broken.dump(force=True)
    if strange == "broken name":
        der = der.replace(b"Sample Time Stamping", b"Sample Time Stampin\xff")
    assert der not in real
    crowded = with_certificates(tsr, [*real, der])
    assert len(crowded) > len(tsr)
    assert verify_timestamp(crowded, data_digest=DIGEST, anchors=BARE_ANCHORS)


def test_a_token_may_not_carry_a_crowd():
    tsr = read("good-without-certificates.tsr")
    ders = [asn1_x509.Certificate.load(der) for der in ANCHORS.roots]
    for serial in range(1, 34):
        ders[0]["tbs_certificate"]["serial_number"] = serial
        ders.append(asn1_x509.Certificate.load(ders[0].dump(force=True)))
    with pytest.raises(TimestampError, match="35 certificates, more than the 32 allowed"):
        verify_timestamp(with_certificates(tsr, [each.dump() for each in ders]), data_digest=DIGEST, anchors=ANCHORS)


@pytest.mark.parametrize(
    ("roots", "chain", "says"),
    [
        (b"", CHAIN, "no certificate"),
        (b"hello", CHAIN, "tsa-roots.pem: not PEM"),
        (ROOTS, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "tsa-chain.pem: not PEM"),
        (CHAIN, b"", "is not a root"),
        (ROOTS, b"\n" * 1_048_577, "1048577 bytes, more than"),
    ],
)
def test_refuses_anchors_that_are_none(roots, chain, says):
    with pytest.raises(MalformedError, match=says):
        tsa_anchors_from_pem(roots_pem=roots, chain_pem=chain)


def test_refuses_what_is_too_large_before_reading_it():
    with pytest.raises(MalformedError, match="more than"):
        parse_response(bytes(MAX_RESPONSE_SIZE + 1))
    with pytest.raises(MalformedError, match="more than"):
        parse_request(bytes(MAX_REQUEST_SIZE + 1))


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: read("good-p256.tsr")[:60] + tail))
@settings(max_examples=150, deadline=None)
def test_bytes_of_any_kind_are_malformed_or_refused(data):
    for parse in (parse_response, parse_request):
        with pytest.raises(EvidenceError):
            parse(data)


def spare_bytes(tsr: bytes) -> set[int]:
    """Where a change leaves the same meaning: unsigned fields that no check has a reason to look at.

    These are the human text in the status, two CMS version numbers, the copy of the digest algorithms outside the
    signature, and the empty parameters of the signer's algorithms.
    """
    response = tsp.TimeStampResp.load(tsr)
    signed_data = response["time_stamp_token"]["content"]
    signer_info = signed_data["signer_infos"][0]
    loose = [
        (response, response["status"]["status_string"]),
        (signed_data, signed_data["version"]),
        (signed_data, signed_data["digest_algorithms"]),
        (signer_info, signer_info["version"]),
        (signer_info["digest_algorithm"], signer_info["digest_algorithm"]["parameters"]),
        (signer_info["signature_algorithm"], signer_info["signature_algorithm"]["parameters"]),
    ]
    return {at for whole, part in loose if part.dump() for at in span(tsr, whole.dump(), part.dump())}


def span(tsr: bytes, whole: bytes, part: bytes) -> range:
    start = tsr.rindex(whole) + whole.index(part)
    return range(start, start + len(part))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "anchors", "step"),
    [("good-without-certificates", ANCHORS, 1), ("good-p256", BARE_ANCHORS, 1), ("good-rsa-3072", BARE_ANCHORS, 3)],
)
def test_no_flipped_bit_verifies(name, anchors, step):
    good, tsq = read(f"{name}.tsr"), read(f"{name}.tsq")
    assert verifies(good, tsq=tsq, anchors=anchors)
    surviving = set()
    for at in range(0, len(good), step):
        flipped = bytearray(good)
        flipped[at] ^= 1 << (at // step % 8)
        if verifies(bytes(flipped), tsq=tsq, anchors=anchors):
            surviving.add(at)
    assert surviving <= spare_bytes(good)
