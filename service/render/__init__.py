"""Letters: the catalogue of templates, the check of fields, the renderer, the stamp on each page, and the reading back.

Nothing here knows matters, tenants or the log: templates, fields and keys come in, bytes go out.
"""

from service.render.barcodes import page_code, page_mac
from service.render.catalog import Catalog, Template
from service.render.fields import Checked, check_fields
from service.render.fonts import prepare_fonts
from service.render.letter import LetterOrder, RenderedLetter, render_letter, render_letters
from service.render.limits import Filled, RenderSettings
from service.render.numerals import cn_date, cn_num, parse_rmb_upper, rmb_upper
from service.render.pool import RenderPool
from service.render.stamp import StampMarks

__all__ = [
    "Catalog",
    "Checked",
    "Filled",
    "LetterOrder",
    "RenderPool",
    "RenderSettings",
    "RenderedLetter",
    "StampMarks",
    "Template",
    "check_fields",
    "cn_date",
    "cn_num",
    "page_code",
    "page_mac",
    "parse_rmb_upper",
    "prepare_fonts",
    "render_letter",
    "render_letters",
    "rmb_upper",
]
