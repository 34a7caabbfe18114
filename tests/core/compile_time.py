"""Says how long a compiler takes for the large pair of compose_large_test.cpp, and whether that is under its limit.

    compile_time.py [COMPILER...]      g++ and clang++-19 unless named

Prints `compiler seconds limit ok` from the median of pairs of compilations, with the pair and without it.
"""

import os
import pathlib
import statistics
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 2.0
PAIRS = 5


def seconds(compiler: str, *more: str) -> float:
    """Processor time of one compilation: other work on the machine does not count."""
    before = os.times()
    subprocess.run([compiler, "-std=c++23", f"-I{TREE / 'include'}", f"-I{TREE}", "-O0", "-fsyntax-only",
                    *more, str(TREE / "tests" / "core" / "compose_large_test.cpp")], check=True)
    after = os.times()
    return (after.children_user + after.children_system) - (before.children_user + before.children_system)


def main(compilers: list[str]) -> int:
    failed = False
    for compiler in compilers:
        cost = statistics.median(seconds(compiler) - seconds(compiler, "-DHANDFAST_WITHOUT_LARGE_PAIR")
                                 for _ in range(PAIRS))
        failed |= cost >= LIMIT_SECONDS
        print(f"{compiler} {cost:.2f} {LIMIT_SECONDS:.2f} {'ok' if cost < LIMIT_SECONDS else 'TOO SLOW'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["g++", "clang++-19"]))
