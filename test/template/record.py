"""Records what ansible-core makes of the expressions in filters.json: run it where ansible-core can be imported.

    python3 record.py < filters.json > new.json

Every entry of "cases" is {"src": expression} and is given "value" or "error". Floats are written as {"float": repr}.
"""

import json
import os
import sys

os.environ["ANSIBLE_JINJA2_NATIVE"] = "1"
os.environ["TZ"] = "UTC"

from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.template import Templar  # noqa: E402


def dump(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, dict):
        return {str(key): dump(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return {"tuple": [dump(item) for item in value]}
    return [dump(item) for item in value]


book = json.load(sys.stdin)
templar = Templar(loader=DataLoader(), variables=book["vars"])
for case in book["cases"]:
    case.pop("value", None)
    case.pop("error", None)
    try:
        # Inside a list, lest 2.14 should take a text such as '2' for what it spells.
        [value] = templar.template("{{ [(" + case["src"] + ")] }}", escape_backslashes=False, convert_data=False)
        case["value"] = dump(value)
    except Exception as error:
        case["error"] = type(error).__name__
rows = ",\n    ".join(json.dumps(case, ensure_ascii=False) for case in book["cases"])
print('{\n  "vars": %s,\n  "cases": [\n    %s\n  ]\n}' % (json.dumps(book["vars"], ensure_ascii=False), rows))
