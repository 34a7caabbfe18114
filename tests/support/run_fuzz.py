"""Builds the fuzz targets and runs each for a while; fuzz/run starts it."""

import argparse
import concurrent.futures
import os
import re
import time

from build import SANITIZER_OPTIONS, TREE, Build, BuildFailed, run_text
from list_files import list_files
from report import Report

PLAN_SIZE_MAX = 76  # bytes: twelve moves, for the sake of speed; tests/run --sim has longer worlds
COMPILER = "clang++-19"
SPARE_SECONDS = 120  # for a target to start, and to end after its time
ALL_ROWS_SECONDS = 300  # a machine that runs this long must have been through its whole table
# Rows that no plan of this size comes to: tests do (tests/rehandshake/migration_plans.hpp).
ROWS_OF_NO_PLAN = {
    "Proving on FollowDue to Proving, tells Switched",
    "Switching on FollowDue to Switching, tells Switched",
    "Switching on PathSilent to Switching, sends Switch, tells PathLost and Switched",
    "Switching on LinkClosed to Switching, sends Switch, tells Switched",
}
CORPUS = TREE / "fuzz" / "corpus"
FOUND = TREE / ".build" / "fuzzed"  # outside the build folders, which are made anew at times
STAND_INS = "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"


def build_of(real: bool) -> Build:
    """The build of a mode: with stand-ins for the primitives, or with the real ones."""
    options = ["-Dtests=disabled", "-Dexamples=disabled", "-Dfuzz=enabled", "-Doptimization=2"]
    options += [option if real or not option.startswith("-Dcpp_args=") else f"{option} {STAND_INS}"
                for option in SANITIZER_OPTIONS]
    return Build("fuzz-real" if real else "fuzz", COMPILER, options)


def missing_rows(text: str) -> list[str]:
    """Prints the lines about rows reached; what they say is missing."""
    missing: list[str] = []
    never = 0  # of all rows
    for line in re.findall(r"^rows reached: .*|^  never: .*", text, re.MULTILINE):
        print(f"  {line}", flush=True)
        if counted := re.search(r"(\d+) of (\d+)$", line):
            never += int(counted[2]) - int(counted[1])
        else:
            never -= 1
            if line.removeprefix("  never: ") not in ROWS_OF_NO_PLAN:
                missing.append(line)
    return missing if never == 0 else [*missing, f"{never} rows are not named"]


def finding_in(text: str) -> str:
    """What libFuzzer printed, without the lines of its progress."""
    lines = [line for line in text.splitlines() if not re.match(r"#\d+\s", line)]
    return "\n".join(lines)[-20000:]


def run_target(build: Build, name: str, options: argparse.Namespace, report: Report) -> None:
    seconds = options.seconds
    corpus = FOUND / "corpus" / name
    crashes = FOUND / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    # libFuzzer writes what it finds into the first folder named.
    command = [str(build.folder / "fuzz" / name), f"-max_total_time={seconds}",
               f"-seed={options.seed}", "-timeout=10",
               "-rss_limit_mb=4096", "-print_final_stats=1",
               f"-artifact_prefix={crashes / name}-", str(corpus), str(CORPUS / name)]
    if name.endswith("_machine_fuzz"):
        command.append(f"-max_len={PLAN_SIZE_MAX}")
    dictionary = CORPUS / f"{name}.dict"
    if dictionary.is_file() and dictionary.stat().st_size > 0:
        command.append(f"-dict={dictionary}")
    start = time.monotonic()
    code, text = run_text(["timeout", str(seconds + SPARE_SECONDS), *command])
    took = time.monotonic() - start
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    count = int(runs[1]) if runs else 0
    with report.lock:
        print(f"{name}: {count} inputs in {took:.0f} s, {count / max(took, 1):.0f} a second",
              flush=True)
        missing = missing_rows(text)
    if code:
        report.fail(name, f"exit code {code}\n{finding_in(text)}")
    elif count == 0:
        report.fail(name, f"it ran no input\n{finding_in(text)}")
    elif name.endswith("_machine_fuzz") and "rows reached: " not in text:
        report.fail(name, f"it told of no rows\n{finding_in(text)}")
    elif missing and seconds >= ALL_ROWS_SECONDS:
        report.fail(name, f"in {seconds} s it did not reach every row\n" + "\n".join(missing))
    else:
        report.ok(name)


def run_targets(targets: list[str], options: argparse.Namespace, report: Report) -> None:
    build = build_of(options.real)
    build.configure()
    failed = build.make([f"fuzz/{name}" for name in targets])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        jobs = []
        for name in targets:
            text = "\n".join(t for output, t in failed.items()
                             if output.startswith(f"fuzz/{name}") or output == "ninja")
            if text:
                report.fail(name, f"did not build\n{text}")
            else:
                jobs.append(pool.submit(run_target, build, name, options, report))
        for job in jobs:
            job.result()


def make_corpus(report: Report) -> None:
    """Writes fuzz/corpus anew."""
    name = "corpus"
    build = Build("corpus", "c++", ["-Dtests=disabled", "-Dexamples=disabled"])
    build.configure()
    failed = build.make(["fuzz/make_corpus"])
    if failed:
        report.fail(name, "\n".join(failed.values()))
        return
    code, text = run_text([str(build.folder / "fuzz" / "make_corpus"), str(CORPUS)])
    if code:
        report.fail(name, f"exit code {code}\n{text}")
        return
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    print(f"fuzz/corpus: {len(sizes)} files, {sum(sizes)} bytes", flush=True)
    report.ok(name)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)  # 0: libFuzzer takes one from the clock
    parser.add_argument("--only", default="")
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--corpus", action="store_true")
    options = parser.parse_args()

    report = Report("fuzz/run" + (" --real" if options.real else ""))
    targets = [re.sub(r"\W", "_", name.removesuffix(".cpp"))
               for name in list_files(TREE / "fuzz", ["*_fuzz.cpp"])]
    targets = [name for name in targets if options.only in name]
    if not targets:
        print("no fuzz target\n0 skipped\n0 passed, 0 failed")
        return 1 if options.only else 0
    try:
        if options.corpus:
            make_corpus(report)
        else:
            run_targets(targets, options, report)
    except BuildFailed as broken:
        report.fail("configuration of the build", str(broken))
    return report.close()


if __name__ == "__main__":
    raise SystemExit(main())
