"""The pages on limitation and guarantee periods: what the law's answer says, for a court to read.

Everything here is said from the answer's JSON (`evidence.limitation`) and the matter's story; nothing is reckoned.
"""

from service.report.law.pages import law_pages

__all__ = ["law_pages"]
