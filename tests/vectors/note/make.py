"""Writes `broken/` beside it: the Go project's example note with one thing wrong in each file."""

import base64
import sys
from pathlib import Path

HERE = Path(__file__).parent
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def files():
    """Return the bytes of every broken note by its name."""
    short = base64.b64encode(base64.b64decode(LINE.split(" ")[2])[:4]).decode()
    other = "\u2014 somebody.example/else " + base64.b64encode(bytes(68)).decode() + "\n"
    texts = {
        "empty": "",
        "no-blank-line": TEXT + LINE,
        "no-signature": TEXT + "\n",
        "no-final-newline": TEXT + "\n" + LINE[:-1],
        "text-without-newline": TEXT[:-1] + "\n\n" + LINE[2:],
        "two-final-newlines": TEXT + "\n" + LINE + "\n",
        "carriage-returns": (TEXT + "\n" + LINE).replace("\n", "\r\n"),
        "tab-in-text": TEXT.replace(" ", "\t", 1) + "\n" + LINE,
        "nul-in-text": TEXT.replace(" ", "\0", 1) + "\n" + LINE,
        "hyphen-for-em-dash": TEXT + "\n" + LINE.replace("\u2014", "-"),
        "no-dash": TEXT + "\n" + LINE[2:],
        "name-missing": TEXT + "\n" + LINE.replace("PeterNeumann ", ""),
        "name-empty": TEXT + "\n" + LINE.replace("PeterNeumann", ""),
        "name-with-plus": TEXT + "\n" + LINE.replace("PeterNeumann", "Peter+Neumann"),
        "name-with-space": TEXT + "\n" + LINE.replace("PeterNeumann", "Peter Neumann"),
        "name-with-ideographic-space": TEXT + "\n" + LINE.replace("PeterNeumann", "Peter\u3000Neumann"),
        "name-too-long": TEXT + "\n" + LINE.replace("PeterNeumann", "P" * 256),
        "base64-without-padding": TEXT + "\n" + LINE.replace("=", ""),
        "base64-url-alphabet": TEXT + "\n" + LINE.replace("/", "_"),
        "base64-stray-bits": TEXT + "\n" + LINE.replace("nAM=", "nAN="),
        "base64-with-space-at-end": TEXT + "\n" + LINE.replace("=", "= "),
        "signature-only-key-id": TEXT + "\n" + f"\u2014 PeterNeumann {short}\n",
        "signature-line-twice": TEXT + "\n" + LINE + LINE,
        "unknown-line-twice": TEXT + "\n" + LINE + other + other,
        "text-between-signatures": TEXT + "\n" + LINE + "hello\n" + other,
        "signatures-101": TEXT + "\n" + "".join(LINE.replace("Peter", f"P{n}") for n in range(101)),
    }
    broken = {f"{name}.note": text.encode() for name, text in texts.items()}
    broken["latin-1.note"] = ("caf\u00e9\n\n" + LINE.replace("\u2014", "-")).encode("latin-1")
    broken["byte-order-mark-utf-16.note"] = (TEXT + "\n" + LINE).encode("utf-16")
    return broken


def main(directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (directory / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "broken")
