"""Measure everything and write bench/RESULTS.md; with names of parts, only those, and only to the screen."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.batch import measure_batch
from bench.fleet import measure_fleet
from bench.large_bundle import measure_bundle
from bench.law import measure_law
from bench.letters import measure_letters
from bench.log_growth import measure_log
from bench.lots import measure_lots
from bench.machine import Row, describe_machine
from bench.portfolio import measure_portfolio
from bench.print_files import measure_print_files
from bench.tables import measure_tables

RESULTS = Path(__file__).with_name("RESULTS.md")
PARTS: Mapping[str, tuple[str, Callable[[], list[Row]]]] = {
    "letters": ("Letters", measure_letters),
    "lots": ("Letters in lots", measure_lots),
    "batch": ("A batch", measure_batch),
    "log": ("The log", measure_log),
    "fleet": ("A fleet", measure_fleet),
    "bundle": ("A large bundle", measure_bundle),
    "portfolio": ("A portfolio", measure_portfolio),
    "law": ("The law", measure_law),
    "print": ("Print files", measure_print_files),
    "tables": ("Tables", measure_tables),
}


def main(names: list[str]) -> int:
    """Run the named parts, or all."""
    if unknown := set(names) - PARTS.keys():
        print(f"bench: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    lines = _heading()
    for name in names or PARTS:
        title, measure = PARTS[name]
        lines += ["", f"## {title}", "", "| | measured | beside |", "|---|---|---|"]
        lines += [f"| {row.what} | {row.result} | {row.beside} |" for row in measure()]
    text = "\n".join(lines) + "\n"
    print(text)
    if not names:
        RESULTS.write_text(text, encoding="utf-8")
    return 0


def _heading() -> list[str]:
    return [
        "# Results",
        "",
        f"Written by `make bench` (`python -m bench`) on {datetime.now(UTC):%Y-%m-%d}. Both figures of a line are of",
        "the same run, works taking turns where that is possible; medians, the slowest twentieth in brackets.",
        "Goals, and why some are missed: [README.md](README.md).",
        "",
        *describe_machine(),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
