"""Make the timestamp vectors: `python tests/vectors/timestamp/make.py` (needs the `openssl` command).

Honest tokens come from `openssl ts -reply`. What it refuses to make (wrong ESSCertID, wrong dates, wrong purposes)
is its P-256 token, edited with asn1crypto and signed anew. Every run makes new keys, which are thrown away; so a run
replaces all files, and the tests hold for any run.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = Path(__file__).parent
DATA = b"1111 tagmanifest-sha256.txt of a sample bundle\n"
OTHER_DATA = b"another file\n"
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
STAMPING = [ExtendedKeyUsageOID.TIME_STAMPING]
CONFIG = """
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
default_policy = 1.3.6.1.4.1.99999.1
other_policies = 1.3.6.1.4.1.99999.2
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
{options}
"""

Edit = Callable[[Any], None]


@dataclass
class Holder:
    """A certificate, its key, and the certificates above it without the root."""

    key: Any
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return (self.certificate, *self.above)

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))


def p256() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits: int = 3072) -> Any:
    return rsa.generate_private_key(65537, bits)


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sample Time Stamping"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def certify(
    common_name: str,
    *,
    key: Any,
    by: Holder | None = None,
    ca: bool = False,
    first: datetime = FIRST,
    last: datetime = LAST,
    purposes: list[Any] | None = None,
    critical: bool = True,
    serial: int | None = None,
    padding_bytes: int = 0,
    root: bool = False,
) -> Holder:
    """Issue a certificate; without `by` a self-signed root."""
    issuer = name(common_name) if by is None else by.certificate.subject
    issuer_key = key if by is None else by.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    if padding_bytes:
        uri = x509.UniformResourceIdentifier("http://tsa.example/" + "x" * padding_bytes)
        builder = builder.add_extension(x509.SubjectAlternativeName([uri]), critical=False)
    above = () if by is None or root else by.chain
    return Holder(key=key, certificate=builder.sign(issuer_key, hashes.SHA256()), above=above)


def below_root(holder: Holder) -> Holder:
    """A certificate right under a root carries nothing above it."""
    return Holder(key=holder.key, certificate=holder.certificate)


def run(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def openssl_token(
    signer: Holder,
    *,
    data: bytes = DATA,
    digest: str = "sha256",
    signer_digest: str = "sha256",
    ess: str = "sha256",
    query: tuple[str, ...] = ("-cert",),
    options: str = "",
) -> tuple[bytes, bytes]:
    """Have openssl write a request and answer it."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        (folder / "data").write_bytes(data)
        (folder / "serial").write_text("1000\n")
        (folder / "signer.pem").write_bytes(pem(signer.certificate))
        (folder / "chain.pem").write_bytes(pem(*signer.above))
        secret = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(secret)
        lines = f"signer_digest = {signer_digest}\ness_cert_id_alg = {ess}\n{options}"
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder, options=lines))
        run("ts", "-query", "-data", folder / "data", f"-{digest}", *query, "-out", folder / "q")
        chain = ("-chain", folder / "chain.pem") if signer.above else ()
        run(
            *("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "q", "-out", folder / "r"),
            *("-signer", folder / "signer.pem", "-inkey", folder / "key.pem", *chain),
        )
        return (folder / "q").read_bytes(), (folder / "r").read_bytes()


def load(tsr: bytes) -> tuple[Any, Any, Any]:
    response = tsp.TimeStampResp.load(tsr)
    signed_data = response["time_stamp_token"]["content"]
    return response, signed_data, signed_data["signer_infos"][0]


def nothing(_: Any) -> None:
    return None


def at(moment: datetime) -> Edit:
    return lambda info: info.__setitem__("gen_time", moment)


def drop(attribute_type: str) -> Edit:
    return lambda attributes: attributes.pop(attribute_type)


def value(attribute_type: str, new: Any) -> Edit:
    return lambda attributes: attributes.__setitem__(attribute_type, new)


def forge(
    tsr: bytes,
    *,
    signer: Holder,
    info: Edit = nothing,
    attributes: Edit = nothing,
    digest: str = "sha256",
    content_type: str = "tst_info",
    extra: tuple[x509.Certificate, ...] = (),
) -> bytes:
    """Edit a token's TSTInfo and signed attributes and sign it anew."""
    response, signed_data, signer_info = load(tsr)
    content = tsp.TSTInfo.load(bytes(signed_data["encap_content_info"]["content"]))
    info(content)
    content_der = content.dump(force=True)
    wanted: dict[str, Any] = {
        "content_type": content_type,
        "message_digest": hashlib.new(digest, content_der).digest(),
        "signing_certificate_v2": {"certs": [{"cert_hash": signer.asn1.sha256}]},
    }
    attributes(wanted)
    signed = cms.CMSAttributes([{"type": key, "values": [each]} for key, each in wanted.items()])
    signed_data["encap_content_info"] = cms.EncapsulatedContentInfo(
        {"content_type": content_type, "content": cms.ParsableOctetString(content_der)}
    )
    place = {"issuer": signer.asn1.issuer, "serial_number": signer.asn1.serial_number}
    algorithm = {"algorithm": digest, "parameters": core.Null()}
    signed_data["digest_algorithms"] = [algorithm]
    signer_info["sid"] = cms.SignerIdentifier("issuer_and_serial_number", place)
    signer_info["digest_algorithm"] = algorithm
    signer_info["signed_attrs"] = signed
    signer_info["signature"] = sign(signed.dump(), key=signer.key, digest=digest)
    elliptic = isinstance(signer.key, ec.EllipticCurvePrivateKey)
    signer_info["signature_algorithm"] = {"algorithm": f"{digest}_ecdsa" if elliptic else "rsassa_pkcs1v15"}
    set_certificates(signed_data, (*signer.chain, *extra))
    return bytes(response.dump(force=True))


def sign(data: bytes, *, key: Any, digest: str) -> bytes:
    function = getattr(hashes, digest.upper())()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), function)
    return bytes(key.sign(data, ec.ECDSA(function)))


def set_certificates(signed_data: Any, certificates: tuple[x509.Certificate, ...]) -> None:
    ders = sorted(each.public_bytes(Encoding.DER) for each in certificates)
    signed_data["certificates"] = [asn1_x509.Certificate.load(der) for der in ders]


def edited(tsr: bytes, change: Callable[[Any, Any, Any], None]) -> bytes:
    """Change a response without signing it anew."""
    response, signed_data, signer_info = load(tsr)
    change(response, signed_data, signer_info)
    return bytes(response.dump(force=True))


def double_signer(_: Any, signed_data: Any, signer_info: Any) -> None:
    signed_data["signer_infos"] = [signer_info, signer_info]


def rename_signature_algorithm(_: Any, _data: Any, signer_info: Any) -> None:
    signer_info["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}


def set_status(status: str) -> Callable[[Any, Any, Any], None]:
    return lambda response, _data, _info: response.__setitem__("status", {"status": status})


def critical_extension(info: Any) -> None:
    info["extensions"] = [{"extn_id": "1.3.6.1.4.1.99999.7", "critical": True, "extn_value": b"\x05\x00"}]


def wrong_serial(signer: Holder) -> Any:
    general_name = asn1_x509.GeneralName("directory_name", signer.asn1.issuer)
    place = {"issuer": [general_name], "serial_number": signer.asn1.serial_number + 1}
    return {"certs": [{"cert_hash": signer.asn1.sha256, "issuer_serial": place}]}


def rename(common_name: str) -> Edit:
    der = name(common_name).public_bytes()
    return lambda info: info.__setitem__("tsa", asn1_x509.GeneralName("directory_name", asn1_x509.Name.load(der)))


def hashed_as(algorithm: str, digest: bytes) -> Edit:
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    return lambda info: info.__setitem__("message_imprint", imprint)


def refusal() -> bytes:
    with_text = {"status": "rejection", "status_string": ["no quota left"], "fail_info": {"system_failure"}}
    return wrap(tsp.PKIStatusInfo(with_text).dump())


def wrap(content: bytes) -> bytes:
    return b"\x30" + bytes([len(content)]) + content


def main() -> None:
    for old in HERE.glob("*.ts[qr]"):
        old.unlink()
    write = Writer()
    rsa_root, ec_root = certify("RSA Root", key=rsa_key(), ca=True), certify("EC Root", key=p256(), ca=True)
    rsa_ca = below_root(certify("RSA CA", key=rsa_key(), by=rsa_root, ca=True))
    ec_ca = below_root(certify("EC CA", key=p256(), by=ec_root, ca=True))
    rsa_tsa = certify("RSA Signer", key=rsa_key(), by=rsa_ca, purposes=STAMPING)
    tsa = certify("EC Signer", key=p256(), by=ec_ca, purposes=STAMPING)
    good_tokens(write, rsa_tsa=rsa_tsa, tsa=tsa, ca=ec_ca)
    bad_tokens(write, tsa=tsa, ca=ec_ca, root=ec_root)
    (HERE / "stamped.txt").write_bytes(DATA)
    (HERE / "tsa-roots.pem").write_bytes(pem(rsa_root.certificate, ec_root.certificate))
    (HERE / "tsa-chain.pem").write_bytes(pem(*rsa_tsa.chain, *tsa.chain))
    (HERE / "cases.json").write_text(json.dumps(write.cases, indent=1, ensure_ascii=False) + "\n")


class Writer:
    """Write each token under its name and remember what is to be found in it."""

    def __init__(self) -> None:
        self.cases: list[dict[str, str]] = []

    def __call__(self, case: str, tsr: bytes, *, finding: str = "", tsq: bytes = b"", request: str = "") -> None:
        (HERE / f"{case}.tsr").write_bytes(tsr)
        if tsq:
            (HERE / f"{case}.tsq").write_bytes(tsq)
        request = f"{case}.tsq" if tsq else request
        self.cases.append({"file": f"{case}.tsr", "request": request, "finding": finding})


def good_tokens(write: Writer, *, rsa_tsa: Holder, tsa: Holder, ca: Holder) -> None:
    for case, signer, options in (
        ("good-rsa-3072", rsa_tsa, {}),
        ("good-p256", tsa, {}),
        ("good-ess-v1", rsa_tsa, {"ess": "sha1"}),
        ("good-ess-sha512", tsa, {"ess": "sha512"}),
        ("good-ess-with-chain", tsa, {"options": "ess_cert_id_chain = yes"}),
        ("good-signed-sha512", rsa_tsa, {"signer_digest": "sha512"}),
        ("good-milliseconds", tsa, {"options": "clock_precision_digits = 3\nordering = yes"}),
        ("good-authority-named", tsa, {"options": "tsa_name = yes"}),
        ("good-without-certificates", tsa, {"query": ()}),
        ("good-without-nonce", tsa, {"query": ("-cert", "-no_nonce")}),
        ("good-policy-asked", tsa, {"query": ("-cert", "-tspolicy", "1.3.6.1.4.1.99999.2")}),
    ):
        tsq, tsr = openssl_token(signer, **options)  # type: ignore[arg-type]
        write(case, tsr, tsq=tsq)
    long = certify("Long Signer", key=p256(), by=ca, purposes=STAMPING, padding_bytes=400)
    tsq, tsr = openssl_token(long)
    write("good-unsorted-certificates", tsr, tsq=tsq)
    _, base = openssl_token(tsa)
    old = certify("Old Signer", key=p256(), by=ca, purposes=STAMPING, last=datetime(2021, 1, 1, tzinfo=UTC))
    write("good-expired-since", forge(base, signer=old, info=at(datetime(2020, 6, 1, tzinfo=UTC))))
    write("good-injected-certificates", forge(base, signer=tsa, extra=look_alikes(tsa, ca=ca)))


def look_alikes(tsa: Holder, *, ca: Holder) -> tuple[x509.Certificate, ...]:
    """Certificates with the names and serials of the real ones, by an authority that nobody trusts."""
    root = certify("EC Root", key=p256(), ca=True)
    false_ca = certify("EC CA", key=p256(), by=root, ca=True, serial=ca.certificate.serial_number)
    serial = tsa.certificate.serial_number
    twin = certify("EC Signer", key=p256(), by=false_ca, purposes=STAMPING, serial=serial)
    same_key = Holder(key=root.key, certificate=root.certificate)
    crossed = certify("EC CA", key=ca.key, by=same_key, ca=True)
    return root.certificate, false_ca.certificate, twin.certificate, crossed.certificate


def bad_tokens(write: Writer, *, tsa: Holder, ca: Holder, root: Holder) -> None:
    tsq, base = openssl_token(tsa)
    bad_references(write, base, tsa=tsa)
    bad_dates(write, base, tsa=tsa, ca=ca)
    bad_imprints(write, base, tsa=tsa)
    bad_certificates(write, base, ca=ca, root=root)
    bad_contents(write, base, tsa=tsa)
    bad_envelopes(write, base)
    other_tsq, _ = openssl_token(tsa)
    write("bad-nonce", base, tsq=other_tsq, finding="nonce is")
    write("bad-request-of-other-data", base, tsq=openssl_token(tsa, data=OTHER_DATA)[0], finding="asks for another")
    policy_tsq, _ = openssl_token(tsa, query=("-cert", "-no_nonce", "-tspolicy", "1.3.6.1.4.1.99999.2"))
    write("bad-policy", base, tsq=policy_tsq, finding="policy is")
    write("bad-request-truncated", base, tsq=tsq[:-9], finding="timestamp request: not the DER")


def bad_references(write: Writer, base: bytes, *, tsa: Holder) -> None:
    ess = "signing_certificate_v2"
    wrong = {"certs": [{"cert_hash": hashlib.sha256(b"another").digest()}]}
    v1_wrong = {"certs": [{"cert_hash": hashlib.sha1(b"another").digest()}]}
    not_signers = "ESSCertID is not that"
    write("bad-ess-wrong-digest", forge(base, signer=tsa, attributes=value(ess, wrong)), finding=not_signers)
    write("bad-ess-absent", forge(base, signer=tsa, attributes=drop(ess)), finding="no ESSCertID")
    both = value("signing_certificate", v1_wrong)
    write("bad-ess-v1-wrong-beside-v2", forge(base, signer=tsa, attributes=both), finding=not_signers)
    serial = value(ess, wrong_serial(tsa))
    write("bad-ess-wrong-serial", forge(base, signer=tsa, attributes=serial), finding=not_signers)
    write("bad-ess-empty", forge(base, signer=tsa, attributes=value(ess, {"certs": []})), finding=not_signers)


def bad_dates(write: Writer, base: bytes, *, tsa: Holder, ca: Holder) -> None:
    outside = "outside the signer certificate's validity"
    early, late = datetime(2001, 1, 1, tzinfo=UTC), datetime(2061, 1, 1, tzinfo=UTC)
    write("bad-back-dated", forge(base, signer=tsa, info=at(early)), finding=outside)
    write("bad-after-expiry", forge(base, signer=tsa, info=at(late)), finding=outside)
    write(
        "bad-expired-by-a-second",
        forge(
            base,
            signer=certify("Old Signer", key=p256(), by=ca, purposes=STAMPING, last=datetime(2021, 1, 1, tzinfo=UTC)),
            info=at(datetime(2021, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ),
        finding=outside,
    )


def bad_imprints(write: Writer, base: bytes, *, tsa: Holder) -> None:
    _, other = openssl_token(tsa, data=OTHER_DATA)
    write("bad-imprint-of-other-data", other, finding="imprint is")
    _, longer = openssl_token(tsa, digest="sha384")
    write("bad-imprint-sha384", longer, finding="imprint algorithm")
    disguised = hashed_as("2.16.840.1.101.3.4.2.8", hashlib.sha256(DATA).digest())
    write("bad-imprint-algorithm-renamed", forge(base, signer=tsa, info=disguised), finding="imprint algorithm")


def bad_certificates(write: Writer, base: bytes, *, ca: Holder, root: Holder) -> None:
    loose = certify("EC Signer", key=p256(), by=ca, purposes=STAMPING, critical=False)
    write("bad-eku-not-critical", forge(base, signer=loose), finding="not critical")
    busy = certify("EC Signer", key=p256(), by=ca, purposes=[*STAMPING, ExtendedKeyUsageOID.CODE_SIGNING])
    write("bad-eku-extra-purpose", forge(base, signer=busy), finding="not time stamping only")
    other = certify("EC Signer", key=p256(), by=ca, purposes=[ExtendedKeyUsageOID.CODE_SIGNING])
    write("bad-eku-other-purpose", forge(base, signer=other), finding="not time stamping only")
    plain = certify("EC Signer", key=p256(), by=ca)
    write("bad-eku-absent", forge(base, signer=plain), finding="no extended key usage")
    weak = certify("Weak Signer", key=rsa_key(1024), by=ca, purposes=STAMPING)
    write("bad-signer-rsa-1024", forge(base, signer=weak), finding="too weak")
    no_ca = below_root(certify("Not a CA", key=p256(), by=root, ca=False))
    under = certify("EC Signer", key=p256(), by=no_ca, purposes=STAMPING)
    write("bad-issuer-is-no-authority", forge(base, signer=under), finding="signature or chain")
    past = datetime(2021, 1, 1, tzinfo=UTC)
    old_ca = below_root(certify("Old CA", key=p256(), by=root, ca=True, last=past))
    late = certify("EC Signer", key=p256(), by=old_ca, purposes=STAMPING)
    write("bad-issuer-expired-at-gen-time", forge(base, signer=late), finding="no way from")
    bad_strangers(write, base)


def bad_strangers(write: Writer, base: bytes) -> None:
    """An authority with the real one's names."""
    root = certify("EC Root", key=p256(), ca=True)
    ca = below_root(certify("EC CA", key=p256(), by=root, ca=True))
    signer = certify("EC Signer", key=p256(), by=ca, purposes=STAMPING)
    tsq, tsr = openssl_token(signer)
    write("bad-foreign-authority", tsr, tsq=tsq, finding="no way from")
    carried = forge(base, signer=signer, extra=(root.certificate,))
    write("bad-foreign-authority-brings-its-root", carried, finding="no way from")
    _, bare = openssl_token(signer, query=())
    write("bad-signer-unknown", bare, finding="neither in the token nor among the anchors")


def bad_contents(write: Writer, base: bytes, *, tsa: Holder) -> None:
    digest = value("message_digest", hashlib.sha256(b"another").digest())
    write("bad-message-digest", forge(base, signer=tsa, attributes=digest), finding="message digest")
    write(
        "bad-message-digest-absent", forge(base, signer=tsa, attributes=drop("message_digest")), finding="not the DER"
    )
    data_type = value("content_type", "data")
    write("bad-content-type-attribute", forge(base, signer=tsa, attributes=data_type), finding="content type")
    write("bad-content-type", forge(base, signer=tsa, content_type="data"), finding="content type")
    write("bad-signed-sha1", forge(base, signer=tsa, digest="sha1"), finding="signed over digest")
    renamed = edited(base, rename_signature_algorithm)
    write("bad-signature-algorithm-renamed", renamed, finding="signature algorithm")
    write("bad-critical-extension", forge(base, signer=tsa, info=critical_extension), finding="critical extensions")
    write("bad-authority-name", forge(base, signer=tsa, info=rename("Another")), finding="names another authority")
    negative: Edit = lambda info: info.__setitem__("nonce", -5)  # noqa: E731
    write("bad-nonce-negative", forge(base, signer=tsa, info=negative), finding="signature or chain")


def bad_envelopes(write: Writer, base: bytes) -> None:
    write("bad-rejected", refusal(), finding="not granted: PKIStatus 2 no quota left")
    write("bad-granted-with-mods", edited(base, set_status("granted_with_mods")), finding="not granted: PKIStatus 1")
    granted = wrap(tsp.PKIStatusInfo({"status": "granted"}).dump())
    write("bad-granted-without-token", granted, finding="carries no token")
    write("bad-two-signers", edited(base, double_signer), finding="not the DER")
    write("bad-truncated", base[:-7], finding="not the DER")
    write("bad-trailing-bytes", base + b"\x00", finding="not the DER")
    write("bad-empty", b"", finding="not the DER")
    write("bad-signature", base[:-1] + bytes([base[-1] ^ 1]), finding="signature or chain")
    gen_time = load(base)[1]["encap_content_info"]["content"].parsed["gen_time"].contents
    write("bad-content-altered", base.replace(gen_time, b"20200601000000Z"), finding="message digest")


if __name__ == "__main__":
    main()
