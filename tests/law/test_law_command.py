"""`python -m evidence law`: what it prints, and its exit statuses."""

import json
from datetime import date
from pathlib import Path

import pytest

from evidence.__main__ import main
from evidence.law.fact_words import event_name
from evidence.law.facts import Acceleration, Assignment, Extension, Suspension
from evidence.law.vocabulary import Cause
from evidence.law.wording import DISCLAIMER_ZH

CASES = Path(__file__).with_name("cases")
UNEXPECTING = """
id = "T01"
title = "没有预期"
kind = "textbook"
confidence = "high"
as_of = 2024-01-10

[claim]
kind = "loan"
{due}

[[party]]
party = "D"
role = "debtor"
"""


def path_of(name: str) -> str:
    return str(next(CASES.glob(f"{name}-*.toml")))


def written(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "case.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_case_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", path_of("G04"), "--language", "zh"]) == 0
    text = capsys.readouterr().out
    for said in (
        "案例 G04：只向债务人催收",
        "截至 2023-03-01（规则版本 ",
        "■ D（债务人）",
        "【最佳算法】最后一日 2025-09-01：期间进行中",
        "▸ 诉讼时效期间：自 2022-05-31 起3年，至 2025-06-03（对应日 2025-05-31 为休假日）",
        "2022-09-01 中断：当面送交主张权利的文书并签收",
        "（e1 当面送交致D，证据A（充分））",
        "【保守算法】同上",
        "■ G（保证人）",
        "最后一日 2022-11-30：保证期间已过，保证人不再承担保证责任",
        "2022-12-01 保证人免责",
        "■ 证据",
        "担保解释34：《最高人民法院关于适用〈中华人民共和国民法典〉有关担保制度的解释》（法释〔2020〕28号）第三十四条",
        "════ 变式 before-the-period-ends",
        "向债务人催收不及于连带责任保证人",
        DISCLAIMER_ZH,
        "✓ 与预期一致",
    ):
        assert said in text
    assert "✗" not in text


def test_contested_points_with_both_answers_and_what_to_collect(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", path_of("C21")]) == 0
    text = capsys.readouterr().out
    assert "【争议】受让人未通知债务人即起诉的，何时对债务人发生效力" in text
    assert "· 起诉之日中断" in text
    assert "· 起诉状副本送达时才对债务人生效（合同编通则解释第四十八条第二款） → 最后一日 2024-02-01" in text
    assert main(["law", path_of("K31")]) == 0
    text = capsys.readouterr().out
    assert "盖章的邮件轨迹查询结果 → D 的保守最后一日由 2023-06-12 变为 2026-05-11" in text
    assert "须在 2024-05-10 前取得" in text


def test_suits_fees_and_move_in_notices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", path_of("A03")]) == 0
    text = capsys.readouterr().out
    assert "（2019-12-31 到期的一期）最后一日 2023-01-03（对应日 2022-12-31，逢休假日顺延）" in text
    assert "2024-06-03 起诉 D → 最佳：2019-12-31 一期时效已届满，被告可以抗辩" in text
    assert main(["law", path_of("H02")]) == 0
    text = capsys.readouterr().out
    assert "依合同约定视为送达：2024-03-04" in text
    assert "送达：无法认定" in text
    assert "办理的最后一日：2024-03-18（对应日 2024-03-16，逢休假日顺延）" in text
    assert main(["law", path_of("H03")]) == 0
    assert "风险转移：2024-06-28" in capsys.readouterr().out


def test_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(path_of("C01")).read_text(encoding="utf-8")
    wrong = text.replace("last_day = 2025-11-10\nraw", "last_day = 2025-11-08\nraw", 1)
    assert wrong != text
    assert main(["law", written(tmp_path, wrong)]) == 1
    assert "✗ expect.clock[1].last_day：预期 2025-11-08，得到 2025-11-10" in capsys.readouterr().out


def test_json_is_the_laws_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", path_of("C05"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (situation,) = told["situations"]
    assert (told["id"], situation["differences"], situation["is_compared"]) == ("C05", [], True)
    (party,) = situation["answer"]["parties"]
    assert party["best"][0]["last_day"] == "2027-03-05"
    assert party["conservative"][0]["last_day"] == "2027-03-01"
    assert situation["facts"] == {"e1": "邮政特快专递致D"}


def test_another_day_is_asked_without_comparing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", path_of("C01"), "--as-of", "2022-11-07"]) == 0
    text = capsys.readouterr().out
    assert "截至 2022-11-07" in text
    assert "最后一日 2023-03-15：期间进行中" in text
    assert "与预期" not in text


def test_undetermined_without_expectation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", written(tmp_path, UNEXPECTING.format(due=""))]) == 3
    assert "缺：履行期限" in capsys.readouterr().out
    assert main(["law", written(tmp_path, UNEXPECTING.format(due="due_on = 2022-01-10"))]) == 0
    assert main(["law", path_of("K20")]) == 0, "undetermined as expected"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (UNEXPECTING.format(due="due_on = 1"), "claim.due_on: 应为 expected 日期 a date like 2024-07-01, not 1"),
        (UNEXPECTING.format(due='due_on = "'), "不是有效的 TOML"),
        (UNEXPECTING.format(due="").encode("utf-16"), "不是 UTF-8 文本"),
        (
            UNEXPECTING.format(due="contract_on = 2021-01-10\ndue_on = 2020-01-10"),
            "事实矛盾 contradiction (claim): 到期日早于合同签订日",
        ),
    ],
    ids=["malformed", "no TOML", "no UTF-8", "contradictory"],
)
def test_unreadable_or_contradictory(
    text: str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["law", written(tmp_path, text)]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", str(tmp_path / "none.toml")]) == 2
    assert "无法读取 cannot read" in capsys.readouterr().err


def test_an_expected_contradiction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = CASES / "contradictory" / "letter-to-the-creditor.toml"
    assert main(["law", str(path)]) == 0
    assert "✓ 事实矛盾，与预期一致" in capsys.readouterr().out
    text = path.read_text(encoding="utf-8").replace('["e1", "party:C"]', '["e1"]')
    assert main(["law", written(tmp_path, text)]) == 1
    assert "✗ expect.contradiction：预期 e1，得到 e1, party:C" in capsys.readouterr().out


def test_a_text_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert main(["law", written(tmp_path, UNEXPECTING.format(due="due_on = 2022-01-10").encode("utf-8-sig"))]) == 0


def test_rare_events_have_names() -> None:
    day = date(2024, 1, 10)
    assert event_name(Assignment(id="a", on=day)) == "债权转让"
    assert event_name(Acceleration(id="a", on=day)) == "宣布提前到期"
    assert event_name(Extension(id="a", agreed_on=day, to_on=day)) == "展期至2024-01-10"
    assert event_name(Suspension(id="a", cause=Cause.FORCE_MAJEURE, started_on=day)) == "障碍：不可抗力"
