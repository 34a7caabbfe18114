"""Prometheus' text format, version 0.0.4: reads it, and takes nothing that a scraper need not take."""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")
HELP = re.compile(rf"# HELP ({NAME}) (.+)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")


def require(holds: bool, what: str, line: str) -> None:
    if not holds:
        raise ValueError(f"{what}: {line!r}")


def belongs(name: str, family: str, kind: str) -> bool:
    suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
    return name in [family + suffix for suffix in suffixes]


def parse(text: str) -> dict[str, float]:
    """The value of each series, by its name and labels as they are written. Raises ValueError."""
    require(text.endswith("\n"), "no line feed at the end", text[-40:])
    series: dict[str, float] = {}
    kinds: dict[str, str] = {}
    helped = set()
    family = ""
    for line in text.split("\n")[:-1]:
        if line.startswith("#"):
            if found := HELP.fullmatch(line):
                family = found[1]
                require(family not in helped, "a second HELP", line)
                helped.add(family)
            elif found := TYPE.fullmatch(line):
                require(found[1] == family, "a TYPE without its HELP", line)
                require(family not in kinds, "a second TYPE", line)
                require(found[2] != "counter" or family.endswith("_total"), "no _total", line)
                kinds[family] = found[2]
            else:
                raise ValueError(f"neither HELP nor TYPE: {line!r}")
            continue
        found = SAMPLE.fullmatch(line)
        require(found is not None, "no sample", line)
        name, labels, number = found.groups()
        require(family in kinds and belongs(name, family, kinds[family]), "of no family", line)
        names = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="', labels or "")
        require(len(names) == len(set(names)), "a label twice", line)
        key = f"{name}{{{labels}}}" if labels else name
        require(key not in series, "a series twice", line)
        series[key] = float(number)
        require(kinds[family] == "gauge" or series[key] >= 0, "a negative count", line)
    require(helped == set(kinds), "a HELP without its TYPE", str(helped ^ set(kinds)))
    for family in (one for one, kind in kinds.items() if kind == "histogram"):
        check_histogram(family, series)
    return series


def check_histogram(family: str, series: dict[str, float]) -> None:
    """Its buckets are cumulative, in order, and end with that of all."""
    buckets = [(float(found[1]), value) for key, value in series.items()
               if (found := re.fullmatch(rf'{family}_bucket\{{le="([^"]+)"\}}', key))]
    require(len(buckets) > 1 and buckets == sorted(buckets), "buckets out of order", family)
    counts = [count for _, count in buckets]
    require(counts == sorted(counts), "buckets are not cumulative", family)
    require(buckets[-1][0] == math.inf, "no +Inf", family)
    require(series.get(f"{family}_count") == buckets[-1][1], "_count is another", family)
    require(f"{family}_sum" in series, "no _sum", family)


GOOD = """# HELP a_total How many.
# TYPE a_total counter
a_total{of="one",why="b\\"c"} 3
a_total{of="two",why=""} 0
# HELP t_seconds How long.
# TYPE t_seconds histogram
t_seconds_bucket{le="0.5"} 1
t_seconds_bucket{le="+Inf"} 2
t_seconds_sum 0.75
t_seconds_count 2
# HELP g What is.
# TYPE g gauge
g -1.5
"""
BAD = {  # each an edit of GOOD
    "no line feed at the end": ("g -1.5\n", "g -1.5"),
    "no value": ("g -1.5", "g"),
    "no number": ("g -1.5", "g x"),
    "a name with a dash": ("g -1.5", "g-h 1"),
    "a label without quotes": ('of="two"', "of=two"),
    "a quote in a label": ('why=""', 'why=""""'),
    "a label twice": ('of="two",why=""', 'of="two",of=""'),
    "a series twice": ('a_total{of="two",why=""} 0', 'a_total{of="one",why="b\\"c"} 0'),
    "a second HELP": ("# HELP g", "# HELP a_total"),
    "a second TYPE": ("# TYPE a_total counter\n", "# TYPE a_total counter\n" * 2),
    "no TYPE": ("# TYPE g gauge\n", ""),
    "no HELP": ("# HELP g What is.\n", ""),
    "no such type": ("g gauge", "g number"),
    "a counter without _total": ("# TYPE g gauge", "# TYPE g counter"),
    "a sample of another family": ("g -1.5", "h 1"),
    "a negative counter": ('why=""} 0', 'why=""} -1'),
    "a comment": ("g -1.5", "# so\ng -1.5"),
    "buckets that fall": ('le="0.5"} 1', 'le="0.5"} 3'),
    "buckets out of order": ('le="0.5"', 'le="-1"} 0\nt_seconds_bucket{le="-2"'),
    "no +Inf": ("+Inf", "9"),
    "another count": ("_count 2", "_count 3"),
    "no sum": ("t_seconds_sum 0.75\n", ""),
}


def check_itself() -> None:
    """It takes what is right, and none of what is not."""
    if parse(GOOD)['a_total{of="one",why="b\\"c"}'] != 3:
        raise AssertionError("a value was misread")
    for what, (good, bad) in BAD.items():
        if GOOD.count(good) < 1:
            raise AssertionError(f"no such edit: {what}")
        try:
            parse(GOOD.replace(good, bad, 1))
        except ValueError:
            continue
        raise AssertionError(f"not noticed: {what}")
