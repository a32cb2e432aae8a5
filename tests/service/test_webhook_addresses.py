"""What a webhook may reach: a table of addresses with their names, one of URLs, and whatever else somebody writes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import RefusedError
from service.webhooks.addresses import Reach, resolve

VECTORS = Path(__file__).parents[1] / "vectors" / "webhooks"
LISTED = Reach.of("10.0.0.0/8, 127.0.0.0/8,::1/128")


def table(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (VECTORS / name).read_text(encoding="utf-8").splitlines()]


def said(reach: Reach, url: str) -> str:
    try:
        reach.check_url(url)
    except RefusedError as error:
        refused = error
    else:
        return "allowed"
    assert refused.code == "webhook_url"
    assert refused.errors[0].pointer == "/url"
    assert refused.errors[0].message_zh != refused.errors[0].message_en
    return refused.errors[0].code


@pytest.mark.parametrize(("address", "what", "unlisted", "listed"), table("addresses.tsv"))
def test_addresses(address: str, what: str, unlisted: str, listed: str) -> None:
    assert (Reach().refuses(address, scheme="https") or "allowed") == unlisted, what
    assert (LISTED.refuses(address, scheme="http") or "allowed") == listed, what
    assert Reach().refuses(address, scheme="http") != "", what


@pytest.mark.parametrize("listed", ["0.0.0.0/0,::/0", "fd00::/8,100.64.0.0/10,168.0.0.0/8,192.0.0.0/24"])
@pytest.mark.parametrize(("address", "what"), table("never.tsv"))
def test_what_is_never_reached_is_not_reached_though_listed(address: str, what: str, listed: str) -> None:
    assert Reach.of(listed).refuses(address, scheme="https") == "address_forbidden", what


def test_what_is_listed_beside_it_is_reached() -> None:
    assert Reach.of("0.0.0.0/0,::/0").refuses("192.168.1.1", scheme="http") == ""
    assert Reach.of("fd00::/8").refuses("fd12:3456:789a::1", scheme="http") == ""


@pytest.mark.parametrize(("url", "expected"), table("urls.tsv"))
def test_urls(url: str, expected: str) -> None:
    assert said(Reach(), url) == expected


def test_http_may_be_registered_where_a_private_network_is_listed() -> None:
    assert said(LISTED, "http://127.0.0.1:8000/hook") == "allowed"
    assert said(LISTED, "http://case.example/hook") == "allowed"  # where it leads is seen when it is sent to
    assert said(LISTED, "http://8.8.8.8/hook") == "https_required"
    assert said(LISTED, "http://192.168.1.1/hook") == "address_forbidden"


def test_networks_are_read_or_refused() -> None:
    assert Reach.of("").private_networks == ()
    with pytest.raises(ValueError, match="host bits"):
        Reach.of("10.0.0.1/8")


@given(st.text(max_size=60))
def test_any_text_is_allowed_or_refused(text: str) -> None:
    said(Reach(), text)
    said(Reach(), f"https://{text}")
    said(Reach(), f"https://case.example/{text}")


def test_a_name_is_looked_up_in_every_family() -> None:
    assert set(resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match="not a host name"):
        resolve("a" * 70 + ".example", 80)
