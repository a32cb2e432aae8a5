"""What the PDF writer does with fonts and is the same in every letter of one template: done once.

A heading's font has the same glyphs in every letter. Its subset is a function of the face, the glyphs and two settings,
and what it is packed to is a function of its bytes; both are kept, with the other memory of the template
(`service.render.remembered`), and give the bytes that working them out anew would give.
"""

import zlib
from collections.abc import Collection
from typing import Any

from weasyprint.pdf import fonts
from weasyprint.text.ffi import ffi

from service.render import remembered

PACKING_LEVEL = 4
"""Level 6 takes a third longer and saves a hundred and twentieth of the file; level 9 takes twice as long again."""

_subset = fonts.Font._harfbuzz_subset


def install() -> None:
    """Put our function in the place of WeasyPrint's, if its release is known; safe to repeat."""
    if remembered.is_installed():
        fonts.Font._harfbuzz_subset = _harfbuzz_subset


def pack(content: bytes) -> bytes:
    """Compress a stream (zlib)."""
    memory = remembered.now()
    packed: bytes | None = None if memory is None else memory.packed.get(content)
    if packed is None:
        packed = zlib.compress(content, PACKING_LEVEL)
        if memory is not None:
            memory.packed.keep(content, packed)
    return packed


def _harfbuzz_subset(font: Any, to_unicode: Collection[int], hinting: Any) -> None:
    memory = remembered.now()
    if memory is None:
        _subset(font, to_unicode, hinting)
        return
    key = (int(ffi.cast("uintptr_t", font.hb_face)), frozenset(to_unicode), bool(font.missing), bool(hinting))
    found = memory.subsets.get(key)
    if found is not None:
        font.file_content = found[0]
        return
    whole = font.file_content
    _subset(font, to_unicode, hinting)
    if font.file_content is not whole:  # else it could not be cut
        # The face is held, so that its address stays its own.
        memory.subsets.keep(key, (font.file_content, font.hb_face))
