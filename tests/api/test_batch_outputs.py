"""The post of a batch over HTTP: print files, the zip of letters, the carrier's sheet out and back again."""

import io
import json
import zipfile
from typing import Any

import httpx
import pikepdf
import pytest
from python_calamine import CalamineWorkbook
from story import TEMPLATES, Story, fresh_key, post

from service.errors import StoreError

pytestmark = pytest.mark.slow

ROWS = 4
HOUSES = ("北京市朝阳区建国路2号", "浙江省杭州市西湖区文三路10号", "浙江省杭州市西湖区文三路9号")


def flat(value: dict[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= flat(inner, f"{above}/{name}") if isinstance(inner, dict) else {f"{above}/{name}": inner}
    return found


def fields_of(place: int) -> dict[str, Any]:
    fields = json.loads((TEMPLATES / "loan-demand" / "v1" / "example.json").read_text(encoding="utf-8"))
    fields["contract_no"] = f"示例借字投递第{place:04d}号"
    fields["debtor"] = {"name": "张三"} | ({"address": HOUSES[place]} if place < len(HOUSES) else {})
    return flat(fields)


@pytest.fixture(scope="module")
def batch(story: Story, admin: httpx.Client) -> str:
    """Four notices; the last has no address anywhere."""
    rows = [fields_of(place) for place in range(ROWS)]
    names = sorted(set().union(*rows))
    facts = {
        "template": "loan-demand",
        "dry_run": False,
        "mapping": [{"header": name, "target": name} for name in names],
    }
    table = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    begun = sent(admin, "/v1/batches", facts, "名单.ndjson", table.encode())
    assert begun.status_code == 202, begun.text
    story.run_batches()
    found = begun.json()["batch"]
    assert admin.get(f"/v1/batches/{found}").json()["rows"] == {"issued": ROWS}
    story.clock.move(hours=2)
    return str(found)


def sent(client: httpx.Client, url: str, facts: dict[str, Any], name: str, data: bytes) -> httpx.Response:
    parts = [
        ("facts", (None, json.dumps(facts), "application/json")),
        ("table", (name, data, "application/octet-stream")),
    ]
    return client.post(url, files=parts, headers=fresh_key())


def job_of(story: Story, client: httpx.Client, begun: httpx.Response) -> dict[str, Any]:
    assert begun.status_code == 202, begun.text
    story.run_posts()
    found = client.get(begun.headers["Location"])
    assert found.status_code == 200, found.text
    return dict(found.json())


def files_of(client: httpx.Client, batch: str, kind: str) -> dict[str, bytes]:
    listed = client.get(f"/v1/batches/{batch}").json()["files"]
    return {file["name"]: client.get(file["href"]).content for file in listed if file["kind"] == kind}


def sheet_of(client: httpx.Client, batch: str) -> tuple[httpx.Response, list[dict[str, Any]], list[Any]]:
    answer = client.get(f"/v1/batches/{batch}/ems.xlsx")
    assert answer.status_code == 200, answer.text
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    titles, *rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return answer, [dict(zip(titles, row, strict=True)) for row in rows], book.sheet_names


def test_print_files_and_their_manifest(story: Story, admin: httpx.Client, batch: str) -> None:
    told = job_of(story, admin, post(admin, f"/v1/batches/{batch}/print-files", {"part_size": 3}))
    assert told["state"] == "succeeded", told
    assert (told["result"]["parts"], told["result"]["letters"]) == (2, ROWS)
    assert told["result"]["without_address"]["count"] == 1
    parts, manifest = files_of(admin, batch, "print"), files_of(admin, batch, "manifest")
    assert sorted(parts) == ["part-001-of-002.pdf", "part-002-of-002.pdf"]
    counts = {name: len(pikepdf.open(io.BytesIO(data)).pages) for name, data in parts.items()}
    listed = json.loads(manifest["manifest.json"])
    assert {part["file"]: part["pages"] for part in listed["parts"]} == counts
    assert sum(counts.values()) == told["result"]["pages"]
    assert [one["address"] for part in listed["parts"] for one in part["letters"]] == [
        HOUSES[0],
        HOUSES[2],
        HOUSES[1],
        "",
    ]


def test_printed_again_the_files_are_the_same_and_old_ones_go(story: Story, admin: httpx.Client, batch: str) -> None:
    job_of(story, admin, post(admin, f"/v1/batches/{batch}/print-files", {"part_size": 2}))
    first = files_of(admin, batch, "print")
    job_of(story, admin, post(admin, f"/v1/batches/{batch}/print-files", {"part_size": 2}))
    assert files_of(admin, batch, "print") == first
    job_of(story, admin, post(admin, f"/v1/batches/{batch}/print-files", {"duplex": False}))
    assert sorted(files_of(admin, batch, "print")) == ["part-001-of-001.pdf"]


def test_a_store_that_goes_away_while_printing_is_waited_for(
    story: Story, admin: httpx.Client, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = post(admin, f"/v1/batches/{batch}/print-files", {"part_size": 1})
    work = story.posts.pop()
    puts: list[str] = []

    def failing(key: str, *args: Any, **more: Any) -> None:
        puts.append(key)
        if len(puts) == 3:
            raise StoreError("the store is away")
        story.objects.objects.put(key, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(story.objects, "put", failing)
        with pytest.raises(StoreError):
            story.mail.work(*work)
        assert admin.get(begun.headers["Location"]).json()["state"] == "running"
        story.mail.work(*work)
    assert admin.get(begun.headers["Location"]).json()["state"] == "succeeded"
    assert len(puts) == 3 + 2 + 3, "the two parts that were kept are not printed again"
    story.mail.work(*work)
    assert len(puts) == 8


def test_all_letters_as_they_were_frozen(admin: httpx.Client, batch: str) -> None:
    answer = admin.get(f"/v1/batches/{batch}/letters.zip")
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    notices = {row["notice_no"]: row["notice"] for row in admin.get(f"/v1/batches/{batch}/rows").json()["items"]}
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        _, *names = archive.namelist()
        assert sorted(names) == sorted(f"{number}_张三.pdf" for number in notices)
        for name in names:
            frozen = admin.get(f"/v1/notices/{notices[name.split('_')[0]]}/document.pdf").content
            assert archive.read(name) == frozen


def test_the_sheet_goes_out_and_comes_back(story: Story, admin: httpx.Client, batch: str) -> None:
    answer, rows, sheets = sheet_of(admin, batch)
    assert (answer.headers["Duly-Lines"], answer.headers["Duly-Left-Out"]) == ("3", "1")
    assert sheets == ["Sheet1", "未列入"]
    assert [row["收件人地址"] for row in rows] == [HOUSES[0], HOUSES[2], HOUSES[1]]
    first = rows[0]
    assert first["内件品名"] == f"《逾期贷款催收通知书》示例借字投递第0000号，要求还本付息（编号{first['客户单号']}）"
    numbers = {row["客户单号"]: str(1136281381600 + place) for place, row in enumerate(rows)}
    lines = [f"{notice_no},{waybill}" for notice_no, waybill in numbers.items()]
    sheet = "\r\n".join(["客户单号,邮件号", *lines, "DEMO-2026-999999,1136281381699"]).encode("gb18030")
    facts = {"posted_at": story.clock().isoformat()}
    url = f"/v1/batches/{batch}/waybills"
    told = job_of(story, admin, sent(admin, url, facts, "回单.csv", sheet))
    assert told["state"] == "partial"
    assert (told["result"]["recorded"], told["result"]["already_there"], told["result"]["refused"]) == (3, 0, 1)
    assert told["result"]["lines"][0]["errors"][0]["code"] == "notice_no.unknown"
    assert sheet in files_of(admin, batch, "returned").values()
    again = job_of(story, admin, sent(admin, url, facts, "回单.csv", sheet))
    assert (again["result"]["recorded"], again["result"]["already_there"]) == (0, 3)
    _, rows, _ = sheet_of(admin, batch)
    assert {row["客户单号"]: row["邮件条码"] for row in rows} == numbers


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("回单.csv", "函件,单号\r\n1,2\r\n".encode(), "ems_column_missing"),
        ("回单.xlsx", b"PK\x03\x04 cut off", None),
        ("回单.csv", b"", "table_empty"),
        ("回单.exe", b"MZ", "table_type"),
    ],
)
def test_a_sheet_that_cannot_be_read_fails_its_job_by_name(
    story: Story, admin: httpx.Client, batch: str, name: str, data: bytes, code: str | None
) -> None:
    begun = sent(admin, f"/v1/batches/{batch}/waybills", {}, name, data)
    told = job_of(story, admin, begun)
    assert told["state"] == "failed"
    assert code is None or told["error"]["code"] == code
    assert told["error"]["message"]


def test_what_is_not_there_or_says_nonsense_is_refused(admin: httpx.Client, batch: str) -> None:
    for url in ("letters.zip", "ems.xlsx"):
        assert admin.get(f"/v1/batches/bt_none/{url}").status_code == 404
    assert post(admin, "/v1/batches/bt_none/print-files", {}).status_code == 404
    assert post(admin, f"/v1/batches/{batch}/print-files", {"part_size": 0}).status_code == 422
    assert post(admin, f"/v1/batches/{batch}/print-files", {"color": True}).status_code == 422
    assert sent(admin, "/v1/batches/bt_none/waybills", {}, "a.csv", b"x").status_code == 404


def test_another_tenant_and_a_role_without_the_scope_see_nothing(story: Story, batch: str) -> None:
    with story.client("auditor") as auditor:
        assert post(auditor, f"/v1/batches/{batch}/print-files", {}).status_code == 403
