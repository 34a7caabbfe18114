"""Builds the fuzz targets and runs each for a while; fuzz/run starts it."""

import argparse
import concurrent.futures
import os
import re
import time

from build import SANITIZER_OPTIONS, TREE, Build, BuildFailed, run_text
from list_files import list_files
from report import Report

COMPILER = "clang++-19"
SPARE_SECONDS = 120  # for a target to start, and to end after its time


def run_target(build: Build, name: str, seconds: int, report: Report) -> None:
    corpus = build.folder / "corpus" / name
    crashes = build.folder / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    # libFuzzer writes what it finds into the first folder named.
    command = [str(build.folder / "fuzz" / name), f"-max_total_time={seconds}", "-timeout=10",
               "-rss_limit_mb=4096", "-print_final_stats=1",
               f"-artifact_prefix={crashes / name}-", str(corpus)]
    ours = TREE / "fuzz" / "corpus" / name
    if ours.is_dir():
        command.append(str(ours))
    start = time.monotonic()
    code, text = run_text(["timeout", str(seconds + SPARE_SECONDS), *command])
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    print(f"{name}: {runs[1] if runs else 'unknown'} inputs in {time.monotonic() - start:.0f} s",
          flush=True)
    if code:
        report.fail(name, f"exit code {code}\n{text[-20000:]}")
    elif not runs or int(runs[1]) == 0:
        report.fail(name, f"it ran no input\n{text[-20000:]}")
    else:
        report.ok(name)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", default="")
    options = parser.parse_args()

    report = Report("fuzz/run")
    targets = [re.sub(r"\W", "_", name.removesuffix(".cpp"))
               for name in list_files(TREE / "fuzz", ["*_fuzz.cpp"])]
    targets = [name for name in targets if options.only in name]
    if not targets:
        print("no fuzz target\n0 skipped\n0 passed, 0 failed")
        return 1 if options.only else 0
    build = Build("fuzz", COMPILER, ["-Dtests=disabled", "-Dexamples=disabled", "-Dfuzz=enabled",
                                     "-Doptimization=1", *SANITIZER_OPTIONS])
    try:
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
                    jobs.append(pool.submit(run_target, build, name, options.seconds, report))
            for job in jobs:
                job.result()
    except BuildFailed as broken:
        report.fail("configuration of the build", str(broken))
    return report.close()


if __name__ == "__main__":
    raise SystemExit(main())
