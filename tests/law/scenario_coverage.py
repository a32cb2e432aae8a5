"""What each of the sixty given scenarios must expect at least: the dates of its given answer, and tables of each kind.

A dropped expectation would otherwise go unseen: a case that expects less still passes. Six dates of the answers are in
no expectation, since none is the start, the end or the effect of a period: A02 2020-03-31 (an instalment), B02
2017-10-09 and E01 2019-04-10 (where two years would have ended, had they not become three), E01 2019-10-10 (where its
last six months begin), C21 2024-02-06 and G08 2010-10-09 (facts: a service, an arrival).
"""

GIVEN: dict[str, tuple[str, str]] = {
    "A01": (
        "2021-06-30 2024-06-30 2024-07-01 2024-07-02",
        "clock:2 suit:2 contested:1 provisions:1",
    ),
    "A02": (
        "2021-12-31 2024-12-30 2024-12-31",
        "clock:2 suit:1 contested:1 provisions:1",
    ),
    "A03": (
        "2019-12-31 2020-12-31 2021-12-31 2022-12-31 2023-01-03 2023-12-31 2024-01-02 2024-06-03 2024-12-31",
        "clock:8 suit:4 alternative:1 contested:2 provisions:2",
    ),
    "A04": (
        "2022-03-01 2025-03-01 2025-03-03 2026-05-20 2029-05-20 2029-05-21",
        "clock:4 alternative:1 contested:1 provisions:1",
    ),
    "A05": (
        "2023-04-16 2026-04-16",
        "clock:2 event:1 contested:1 provisions:1",
    ),
    "A07": (
        "2020-09-01 2023-09-01 2024-01-10",
        "clock:2 event:1 suit:1 contested:1 provisions:1",
    ),
    "A09": (
        "2023-02-17 2026-02-17 2026-02-24 2026-02-25",
        "clock:2 suit:2 contested:1 provisions:1",
    ),
    "A11": (
        "2021-06-30 2024-06-30 2024-07-01 2027-07-01",
        "clock:4 event:3 alternative:1 warning:1 contested:2 provisions:2",
    ),
    "B02": (
        "2015-10-01 2017-10-01 2018-10-01 2018-10-08",
        "clock:2 event:1 suit:1 contested:1 provisions:1",
    ),
    "C01": (
        "2020-03-15 2022-11-08 2023-03-15 2025-11-08 2025-11-10",
        "clock:2 event:1 proof:1 contested:1 provisions:1",
    ),
    "C02": (
        "2022-11-08 2025-11-08 2025-11-10",
        "clock:4 event:1 proof:2 collect:1 contested:1 provisions:1",
    ),
    "C04": (
        "2021-01-11 2023-08-01 2024-01-11 2026-08-01 2026-08-03",
        "clock:4 event:2 proof:1 contested:1 provisions:1",
    ),
    "C05": (
        "2021-03-10 2024-03-01 2024-03-05 2024-03-10 2024-03-11 2027-03-05",
        "clock:2 event:1 proof:1 contested:1 provisions:1",
    ),
    "C07": (
        "2008-11-23 2010-11-09 2010-11-23 2012-10-30 2012-11-09 2014-10-13 2014-10-30 2016-10-13",
        "clock:2 event:4 contested:1 provisions:1",
    ),
    "C10": (
        "2020-08-06 2023-08-06 2023-08-07 2024-01-15",
        "clock:2 event:1 suit:1 proof:1 contested:1 provisions:1",
    ),
    "C11": (
        "2021-06-30 2024-06-30 2024-07-01 2024-08-01",
        "clock:2 event:1 suit:1 warning:1 contested:1 provisions:1",
    ),
    "C14": (
        "2020-11-15 2021-05-17 2023-11-15",
        "clock:2 event:4 suit:1 alternative:1 contested:1 provisions:1",
    ),
    "C16": (
        "2019-05-20 2021-12-21 2022-05-20 2024-12-21 2024-12-23",
        "clock:4 event:2 contested:1 provisions:1",
    ),
    "C17": (
        "2022-08-15 2025-08-15",
        "clock:2 event:1 contested:1 provisions:1",
    ),
    "C18": (
        "2023-02-10 2026-02-10",
        "clock:6 event:3 contested:1 provisions:1",
    ),
    "C20": (
        "2022-08-20 2025-08-20",
        "clock:2 event:2 contested:1 provisions:1",
    ),
    "C21": (
        "2021-02-01 2024-01-25 2024-02-01",
        "clock:4 event:4 alternative:1 warning:1 provisions:1",
    ),
    "C22": (
        "2022-06-01 2025-06-01 2025-06-03",
        "clock:6 event:3 contested:1 provisions:1",
    ),
    "C23": (
        "2022-05-09",
        "clock:4 event:2 contested:2 provisions:2",
    ),
    "C26": (
        "2023-03-15 2026-03-15 2026-03-16",
        "clock:2 event:1 proof:1 contested:1 provisions:1",
    ),
    "C27": (
        "2020-04-17 2023-04-17 2023-05-05",
        "clock:2 event:1 suit:1 warning:1 proof:1 contested:1 provisions:1",
    ),
    "C29": (
        "2023-12-05 2026-12-05 2026-12-07",
        "clock:2 event:1 contested:1 provisions:1",
    ),
    "C31": (
        "1998-03-15 1999-10-30 2000-03-15 2001-10-30",
        "clock:2 event:3 proof:1",
    ),
    "D01": (
        "2022-09-01 2022-11-15 2025-09-01 2025-11-15 2025-11-17",
        "clock:2 event:2 alternative:1 contested:1 provisions:1",
    ),
    "D03": (
        "2022-05-20 2024-05-20",
        "clock:2 event:1 provisions:1",
    ),
    "E01": (
        "2017-04-10 2017-10-01 2020-04-08 2020-04-10 2020-10-08 2020-10-09",
        "clock:4 event:2 contested:1 provisions:1",
    ),
    "E02": (
        "2018-06-29 2021-06-29",
        "clock:2 event:1 contested:1 provisions:1",
    ),
    "E04": (
        "2001-07-31 2020-05-01 2021-07-31 2021-08-02 2022-01-10 2023-05-01 2023-05-04",
        "clock:2 event:2 suit:1 provisions:1",
    ),
    "F01": (
        "2010-01-05 2012-01-05 2018-06-01 2021-06-01",
        "clock:4 event:4 suit:2 alternative:2 contested:2 provisions:1",
    ),
    "F03": (
        "2020-09-10 2023-09-10 2023-09-11 2025-06-30 2028-06-30",
        "clock:4 event:1 provisions:1",
    ),
    "F05": (
        "2022-12-30 2025-12-30",
        "clock:2 event:1 provisions:1",
    ),
    "F06": (
        "2018-01-12 2021-01-12 2022-06-01",
        "clock:2 event:1 suit:1 warning:1 contested:1 provisions:1",
    ),
    "G01": (
        "2022-04-30 2022-10-20 2022-10-30 2022-10-31 2025-10-20",
        "clock:4 event:1 alternative:1 contested:1 provisions:2",
    ),
    "G02": (
        "2022-03-15 2022-09-15",
        "clock:4 event:2 suit:2 warning:1 contested:1 provisions:1",
    ),
    "G03": (
        "2020-12-10 2021-04-06 2021-06-10 2024-04-06 2024-04-07",
        "clock:2 event:1 contested:1 provisions:1",
    ),
    "G04": (
        "2022-05-31 2022-09-01 2022-11-30 2025-09-01",
        "clock:6 event:3 warning:1 contested:2 provisions:1",
    ),
    "G05": (
        "2022-06-30 2022-12-30",
        "clock:4 event:2 contested:1 provisions:1",
    ),
    "G08": (
        "2010-04-07 2010-10-07 2010-10-08",
        "clock:2 event:1 alternative:1 contested:1 provisions:1",
    ),
    "G09": (
        "2021-12-31 2022-06-30",
        "clock:2 contested:1 provisions:1",
    ),
    "G11": (
        "2022-08-31 2023-02-28",
        "clock:2 contested:1 provisions:1",
    ),
    "G13": (
        "2021-05-31 2021-11-30 2023-03-20 2023-06-01 2026-03-20 2026-06-01",
        "clock:6 event:1 provisions:2",
    ),
    "G14": (
        "2021-05-31 2021-11-30",
        "clock:4 event:1 suit:2 provisions:1",
    ),
    "G16": (
        "2022-02-28 2022-08-28 2022-08-29",
        "clock:2 event:1 provisions:1",
    ),
    "G17": (
        "2022-03-31 2022-09-30",
        "clock:4 event:2 contested:1 provisions:2",
    ),
    "G18": (
        "2022-03-31 2022-09-30",
        "clock:4 event:1 contested:1 provisions:1",
    ),
    "G19": (
        "2020-08-10 2023-05-01 2023-08-10 2026-05-01 2026-05-06",
        "clock:6 event:3 suit:2 alternative:1 contested:1 provisions:1",
    ),
    "G21": (
        "2022-09-30 2023-03-30",
        "clock:2 contested:1 provisions:1",
    ),
    "G23": (
        "2014-06-10 2014-12-09 2014-12-10",
        "clock:2 suit:1 contested:1 provisions:1",
    ),
    "G25": (
        "2016-02-03 2016-08-03",
        "clock:2 event:1 suit:1 provisions:1",
    ),
    "G26": (
        "2021-03-31 2021-09-30 2024-03-31 2024-04-01",
        "clock:4 suit:2 contested:1 provisions:1",
    ),
    "G27": (
        "2021-10-29 2024-10-25 2024-10-29",
        "clock:2 suit:1 contested:1 provisions:1",
    ),
    "H01": (
        "2024-03-01 2024-03-11",
        "handover:1",
    ),
    "H02": (
        "2024-03-04 2024-03-14",
        "handover:4",
    ),
    "H03": (
        "2024-06-28",
        "handover:2",
    ),
    "H06": (
        "",
        "clock:2 suit:1 contested:1 provisions:1",
    ),
}
"""Scenario to the dates of its answer, and the number of tables (or lists) under `expect` of each kind."""
