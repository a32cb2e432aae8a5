"""Checks 1 and 2: the bundle has the files it should have, and they are what its manifests say."""

from collections.abc import Iterator, Mapping

from evidence.baginfo import BagInfo, parse_bag_info
from evidence.checks.contents import Contents, Digests
from evidence.checks.examined import Examined, attempt
from evidence.errors import EvidenceError, MalformedError
from evidence.layout import (
    BAG_DECLARATION,
    BAG_INFO,
    FORMAT_VERSION,
    SHA256_MANIFEST,
    SHA512_MANIFEST,
    SM3_MANIFEST,
    TAG_MANIFEST,
    is_allowed,
    is_matter_name,
    is_payload,
    is_tag,
    missing_names,
)
from evidence.manifest import parse_manifest
from evidence.report import Remark, remark

_MANIFESTS = {
    SHA256_MANIFEST: ("sha256", 32),
    SHA512_MANIFEST: ("sha512", 64),
    SM3_MANIFEST: ("sm3", 32),
    TAG_MANIFEST: ("sha256", 32),
}


def check_complete(examined: Examined) -> Iterator[Remark]:
    """Check 1: known version, safe names, nothing missing, nothing extra."""
    contents = examined.contents
    if not is_matter_name(contents.top):
        yield remark("top_folder")
    for name in sorted(contents.names):
        if not is_allowed(name):
            yield remark("unlisted", name)
    for name in missing_names(contents.names):
        yield remark("missing", name)
    for name, reason in sorted(contents.oversized.items()):
        yield remark("too_large", name, reason=reason)
    if contents.kept.get("bagit.txt", BAG_DECLARATION) != BAG_DECLARATION:
        yield remark("declaration", "bagit.txt")
    if BAG_INFO in contents.kept:
        yield from _check_info(contents)


def _check_info(contents: Contents) -> Iterator[Remark]:
    info = attempt(parse_bag_info, contents.kept[BAG_INFO])
    if isinstance(info, EvidenceError):
        yield remark("bag_info", BAG_INFO, reason=info.message)
        return
    if info.version != FORMAT_VERSION:
        yield remark("version", BAG_INFO, version=info.version)
    if info.matter != contents.top:
        yield remark("matter_name", BAG_INFO, matter=info.matter)
    yield from _check_oxum(contents, info)


def _check_oxum(contents: Contents, info: BagInfo) -> Iterator[Remark]:
    sizes = [digests.size for name, digests in contents.digests.items() if is_payload(name)]
    stated, found = f"{info.payload_size}.{info.payload_count}", f"{sum(sizes)}.{len(sizes)}"
    if stated != found:
        yield remark("oxum", BAG_INFO, stated=stated, found=found)


def check_intact(examined: Examined) -> Iterator[Remark]:
    """Check 2: every file has the digests that the manifests and the tagmanifest give, and is listed by them."""
    contents = examined.contents
    for name, reason in sorted(contents.damaged.items()):
        yield remark("unreadable", name, reason=reason)
    for manifest in _MANIFESTS:
        if manifest in contents.kept:
            yield from _check_manifest(contents, manifest)
        elif manifest != SM3_MANIFEST:
            yield remark("premise", manifest, reason="missing or unreadable")


def _check_manifest(contents: Contents, manifest: str) -> Iterator[Remark]:
    algorithm, digest_size = _MANIFESTS[manifest]
    try:
        listed = parse_manifest(contents.kept[manifest], digest_size=digest_size, where=manifest)
    except MalformedError as error:
        yield remark("manifest_form", manifest, reason=error.message)
        return
    covered = is_tag if manifest == TAG_MANIFEST else is_payload
    present = {name: digests for name, digests in contents.digests.items() if covered(name)}
    yield from _compare(listed, present, manifest=manifest, algorithm=algorithm, contents=contents)


def _compare(
    listed: Mapping[str, bytes],
    present: Mapping[str, Digests],
    *,
    manifest: str,
    algorithm: str,
    contents: Contents,
) -> Iterator[Remark]:
    for name in sorted(present.keys() - listed.keys()):
        yield remark("not_listed", name, manifest=manifest)
    for name in sorted(listed.keys() - present.keys()):
        if name not in contents.damaged:
            yield remark("not_there", name, manifest=manifest)
    for name in sorted(listed.keys() & present.keys()):
        if getattr(present[name], algorithm) != listed[name]:
            yield remark("digest", name, manifest=manifest)
