"""Programs that must not compile, and the words that the compiler must use about it.

A case is one file tests/compile_fail/NAME.cpp. Its first lines say what the diagnostics must hold:

    // expect: regular expression

It must fail to compile with -DHANDFAST_SHOULD_FAIL, with every expectation met, and must compile
without, so that it fails for no other reason.
"""

import pathlib
import re
import subprocess

from build import TREE, run_text

FOLDER = TREE / "tests" / "compile_fail"
EXPECT = re.compile(r"^//\s*expect:\s*(.+?)\s*$", re.MULTILINE)


def flags() -> list[str]:
    """What a program needs to include the library."""
    botan = "botan-3" if subprocess.run(["pkg-config", "--exists", "botan-3"],
                                        check=False).returncode == 0 else "botan-2"
    found = subprocess.run(["pkg-config", "--cflags", botan, "nlohmann_json"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout.split()
    return ["-std=c++23", f"-I{TREE / 'include'}", f"-I{TREE}",
            *(flag.replace("-I", "-isystem", 1) for flag in found)]


def complaint(case: pathlib.Path, compiler: str, common: list[str]) -> str | None:
    """What is wrong with the case on this compiler, or None."""
    expected = EXPECT.findall(case.read_text(encoding="utf-8"))
    if not expected:
        return "the file says nothing of what to expect: // expect: regular expression"
    command = [compiler, *common, "-fsyntax-only", "-fdiagnostics-color=never", str(case)]
    code, text = run_text(command)
    if code:
        return f"it must compile without HANDFAST_SHOULD_FAIL, and does not:\n{text}"
    code, text = run_text([*command, "-DHANDFAST_SHOULD_FAIL"])
    if not code:
        return "it must not compile with HANDFAST_SHOULD_FAIL, and does"
    missing = [pattern for pattern in expected if not re.search(pattern, text)]
    if missing:
        return ("the diagnostics do not hold:\n" + "".join(f"  {m}\n" for m in missing) +
                f"they are:\n{text}")
    return None
