"""Prints the files of a folder that match a pattern, one a line, relative to that folder.

    list_files.py FOLDER PATTERN...

The build asks it for headers and tests, so that nobody keeps a list of them by hand.
"""

import fnmatch
import pathlib
import sys


def list_files(folder: pathlib.Path, patterns: list[str]) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if any(fnmatch.fnmatch(name, p) for p in patterns))


if __name__ == "__main__":
    for found in list_files(pathlib.Path(sys.argv[1]), sys.argv[2:]):
        print(found)
