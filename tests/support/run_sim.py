"""Builds the program of simulated worlds and runs it; tests/run --sim starts it."""

import argparse
import pathlib
import subprocess
import sys

from build import Build, BuildFailed

CRASH = 12  # what the program itself cannot say


def run(program: pathlib.Path, arguments: list[str]) -> int:
    """Runs the program; its exit code, or the one for a crash."""
    code = subprocess.run([str(program), *arguments], stdin=subprocess.DEVNULL,
                          check=False).returncode
    if code < 0:
        print(f"the program was ended by signal {-code}", file=sys.stderr)
        return CRASH
    return code


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--program", type=pathlib.Path, help="one that is built already")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    if options.program:
        return run(options.program, options.arguments)
    build = Build(pathlib.Path(options.compiler).name, options.compiler,
                  ["-Dwerror=true", "-Dtests=enabled"])
    try:
        build.configure()
    except BuildFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    broken = build.make(["tests/sim/sim"])
    if broken:
        print("\n".join(f"{name}:\n{text}" for name, text in broken.items()), file=sys.stderr)
        return 1
    return run(build.folder / "tests" / "sim" / "sim", options.arguments)


if __name__ == "__main__":
    raise SystemExit(main())
