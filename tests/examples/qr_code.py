"""Reads the QR code that a program has drawn in a terminal, as a camera would: with zbarimg.

Usage: python3 qr_code.py FILE, what the program has printed; prints what the code says.
"""

import re
import subprocess
import sys
import tempfile

PIXELS = 4  # a module's
ROWS = {"█": "00", "▀": "01", "▄": "10", " ": "11"}  # above and below; 1 is dark


def picture(lines: list[str]) -> bytes:
    """The code as a portable bitmap."""
    rows = []
    for line in lines:
        for half in (0, 1):
            row = "".join(ROWS[block][half] * PIXELS for block in line)
            rows += [row] * PIXELS
    header = f"P1\n{len(rows[0])} {len(rows)}\n"
    return (header + "\n".join(rows) + "\n").encode()


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    lines = re.findall("^   ([█▀▄ ]{20,})$", text, re.MULTILINE)
    assert len({len(line) for line in lines}) == 1, "there is no code"
    with tempfile.NamedTemporaryFile(suffix=".pbm") as file:
        file.write(picture(lines))
        file.flush()
        command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(done.stdout, end="")


if __name__ == "__main__":
    main()
