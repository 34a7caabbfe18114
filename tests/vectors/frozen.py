"""How a file of frozen vectors is held to what computes it."""

import json
import pathlib
import sys
from collections.abc import Callable


def run(script: str, compute: Callable[[dict], dict]) -> int:
    """`compute` makes all of the file, JSON beside `script` or the one that is named, from the inputs in it.

    Prints what differs; 1 then. With --write it writes the file anew.
    """
    arguments = [one for one in sys.argv[1:] if one != "--write"]
    path = pathlib.Path(arguments[0]) if arguments else pathlib.Path(script).with_suffix(".json")
    given = json.loads(path.read_text(encoding="utf-8"))
    computed = compute(given)
    if "--write" in sys.argv[1:]:
        path.write_text(json.dumps(computed, indent=1) + "\n", encoding="utf-8")
        return 0
    wrong = [name for name in {**given, **computed} if given.get(name) != computed.get(name)]
    for name in wrong:
        print("differs:", name)
        if isinstance(computed.get(name), list) and isinstance(given.get(name), list):
            for index, (a, b) in enumerate(zip(given[name], computed[name])):
                for field in (field for field in b if a.get(field) != b[field]):
                    print(f"  {index} {field}: {a.get(field)} is not {b[field]}")
    return 1 if wrong else 0
