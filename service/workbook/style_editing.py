"""Our few cell styles added to a workbook's own; those that are there keep their numbers."""

import re
from typing import IO

from service.workbook.placing import OurStyles
from service.workbook.xml_editing import PartEditor
from service.workbook.xml_parts import Attributes

_COUNT = re.compile(rb"""(\scount\s*=\s*["'])(\d+)""")
_LIGHT_RED = "FFFDE9E7"
_TEXT = 49
"""The built-in number format @."""


class StyleEditor(PartEditor):
    """Adds a bold font, a light red fill and five cell styles."""

    def __init__(self, target: IO[bytes], part: str) -> None:
        super().__init__(target, part)
        self._inside = ""
        self._counts = {"fonts": 0, "fills": 0, "cellXfs": 0}
        self.styles = OurStyles()

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """Count what each list holds; make its count one that fits the longer list."""
        if self.depth == 2:
            self._inside = name
            if name in self._counts:
                self._raise_count(name, at)
        elif self.depth == 3 and self._inside in self._counts:
            self._counts[self._inside] += 1

    def on_end(self, name: str, at: int) -> None:
        """Add to a list at its end."""
        if self.depth == 2 and name in self._counts and not self.is_lone():
            self.append(at, self._additions(name).encode())

    def _raise_count(self, name: str, at: int) -> None:
        tag = self.tag(at)
        more = 5 if name == "cellXfs" else 1
        if not tag.endswith(b"/>"):
            counted = _COUNT.sub(lambda match: match[1] + str(int(match[2]) + more).encode(), tag)
            self.replace(at, at + len(tag), counted)

    def _additions(self, name: str) -> str:
        p, have = self.prefix, self._counts
        if name == "fonts":
            return f'<{p}font><{p}b/><{p}sz val="11"/></{p}font>'
        if name == "fills":
            colour = f'<{p}fgColor rgb="{_LIGHT_RED}"/><{p}bgColor indexed="64"/>'
            return f'<{p}fill><{p}patternFill patternType="solid">{colour}</{p}patternFill></{p}fill>'
        first = have["cellXfs"]
        self.styles = OurStyles(
            header=first, plain=first + 1, quoted=first + 2, failed=first + 3, failed_quoted=first + 4
        )
        font, fill = have["fonts"], have["fills"]
        return "".join(
            (
                self._format(font=font),
                self._format(),
                self._format(quoted=True),
                self._format(fill=fill),
                self._format(fill=fill, quoted=True),
            )
        )

    def _format(self, *, font: int = 0, fill: int = 0, quoted: bool = False) -> str:
        quote = ' quotePrefix="1"' if quoted else ""
        painted = ' applyFill="1"' if fill else ""
        bold = ' applyFont="1"' if font else ""
        return (
            f'<{self.prefix}xf numFmtId="{_TEXT}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0"'
            f' applyNumberFormat="1"{bold}{painted}{quote}/>'
        )
