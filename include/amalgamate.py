"""Writes handfast_all.hpp: every header from core to spec in one file, in dependency order.

    amalgamate.py --license FILE --version TEXT --output FILE [--depfile FILE]

Own includes are replaced by the header's text, the first time they come. Other includes stay, the
first time they come; those inside a condition always stay. A header that needs an optional library
(OPTIONAL below), itself or through another header, is wrapped in a condition that the library is
there.
"""

import argparse
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent
NAMESPACE = ROOT / "handfast"
LEFT_OUT = ("testing/", "testing.hpp")
OPTIONAL = ("protozero/",)

INCLUDE = re.compile(r"\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|endif)\b")
PRAGMA_ONCE = re.compile(r"\s*#\s*pragma\s+once\b")


class Header:
    """One header's lines, each with the depth of preprocessor conditions it stands in."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.lines: list[tuple[str, int]] = []
        depth = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            condition = CONDITION.match(line)
            if condition and condition[1] == "endif":
                depth -= 1
            self.lines.append((line, depth))
            if condition and condition[1] != "endif":
                depth += 1
        if depth != 0:
            raise SystemExit(f"{self.name}: conditions do not balance")

    def own_include(self, line: str) -> pathlib.Path | None:
        """The header of this library that the line includes, if it includes one."""
        match = INCLUDE.match(line)
        if not match:
            return None
        beside = self.path.parent / match[2]
        found = beside if match[1] == '"' and beside.is_file() else ROOT / match[2]
        found = found.resolve()
        return found if found.is_relative_to(NAMESPACE) and found.is_file() else None


class Amalgamation:
    def __init__(self) -> None:
        self.headers: dict[pathlib.Path, Header] = {}
        self.out: list[str] = []
        self.written: set[pathlib.Path] = set()
        self.guarded: set[pathlib.Path] = set()  # written where a condition holds
        self.system_includes: set[str] = set()

    def header(self, path: pathlib.Path) -> Header:
        if path not in self.headers:
            self.headers[path] = Header(path)
        return self.headers[path]

    def optional_libraries(self, path: pathlib.Path, above: tuple = ()) -> set[str]:
        """The optional includes that the header cannot do without."""
        needed: set[str] = set()
        if path in above:
            return needed
        header = self.header(path)
        for line, depth in header.lines:
            match = INCLUDE.match(line)
            if depth > 0 or not match:
                continue
            own = header.own_include(line)
            if own:
                needed |= self.optional_libraries(own, (*above, path))
            elif match[2].startswith(OPTIONAL):
                needed.add(f"<{match[2]}>")
        return needed

    def write(self, path: pathlib.Path, conditional: bool = False) -> None:
        """Adds the header with all that it includes, unless it is there already."""
        if path in self.written:
            return
        header = self.header(path)
        # Written under a condition, it may be needed again where that condition does not hold.
        guard = "HANDFAST_ALL_" + re.sub(r"\W", "_", header.name).upper()
        guarded = conditional or path in self.guarded
        (self.guarded if conditional else self.written).add(path)
        if guarded:
            self.out += [f"#ifndef {guard}", f"#define {guard}"]
        libraries = sorted(self.optional_libraries(path))
        if libraries:
            self.out.append("#if " + " && ".join(f"__has_include({name})" for name in libraries))
        self.out.append(f"// {header.name}")
        for line, depth in header.lines:
            self.write_line(header, line, conditional or depth > 0 or bool(libraries))
        if libraries:
            self.out.append("#endif  // optional libraries")
        if guarded:
            self.out.append(f"#endif  // {guard}")

    def write_line(self, header: Header, line: str, conditional: bool) -> None:
        if PRAGMA_ONCE.match(line):
            return
        match = INCLUDE.match(line)
        if not match:
            self.out.append(line)
            return
        own = header.own_include(line)
        if own:
            self.write(own, conditional)
        elif match[1] == '"':
            raise SystemExit(f"{header.name}: cannot find {match[2]}")
        elif conditional:
            self.out.append(line)
        elif match[2] not in self.system_includes:
            self.system_includes.add(match[2])
            self.out.append(line)


def without_repeated_blank_lines(lines: list[str]) -> list[str]:
    return [line for i, line in enumerate(lines) if line.strip() or (i and lines[i - 1].strip())]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--license", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--depfile", type=pathlib.Path)
    options = parser.parse_args()

    amalgamation = Amalgamation()
    for path in sorted(NAMESPACE.rglob("*.hpp")):
        if not path.relative_to(NAMESPACE).as_posix().startswith(LEFT_OUT):
            amalgamation.write(path)

    license_text = options.license.read_text(encoding="utf-8").splitlines()
    top = [f"// handfast {options.version} in one header; it needs Botan and nlohmann_json.", "//"]
    top += [f"// {line}".rstrip() for line in license_text]
    text = [*top, "", "#pragma once", "", *amalgamation.out]
    options.output.write_text("\n".join(without_repeated_blank_lines(text)) + "\n",
                              encoding="utf-8")
    if options.depfile:
        # The folders as well, so that a new header is seen.
        folders = {path.parent for path in amalgamation.headers}
        sources = sorted(str(path) for path in {*amalgamation.headers, *folders})
        escaped = " ".join(source.replace(" ", "\\ ") for source in sources)
        options.depfile.write_text(f"{options.output}: {escaped}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
