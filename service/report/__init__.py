"""The reading copy of a bundle: report.json, and report.pdf drawn from the same data.

`build_report` is a pure function of what was recorded; `draw_report` has it drawn by a rendering process. Facts are
listed in order; what follows from them in law is reckoned by `evidence.limitation`, as an aid that counsel signs off.
"""

from service.report.page import build_report, draw_report
from service.report.source import Report, ReportEntry, ReportSource

__all__ = ["Report", "ReportEntry", "ReportSource", "build_report", "draw_report"]
