"""Answers for the differential test: reads questions as JSON lines, prints one JSON answer a line.

A question is {"kind": "expression" | "text", "text": …, "vars": {…}}. An answer is {"value": …} with floats marked as
{"float": repr}, tuples as {"tuple": […]}, ints as {"int": digits}, dictionaries as {"dict": [[key, value], …]}, or
{"error": message}. Undefined is as in Ansible: a member of the undefined is that same undefined. Filters that give
generators give lists, as in Ansible.
"""

import json
import sys

from jinja2 import Environment, StrictUndefined, Undefined


class ChainUndefined(StrictUndefined):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self

    # Inside a list too, printing it is using it: Ansible looks through what it prints.
    __repr__ = StrictUndefined.__str__


def unrolled(function):
    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        if hasattr(result, "__next__") or type(result).__name__ == "dict_items":
            return list(result)
        return result

    for name in ("jinja_pass_arg", "jinja_async_variant"):
        if hasattr(function, name):
            setattr(call, name, getattr(function, name))
    return call


class Dict(dict):
    """Keys, values and items are lists, as they are here on purpose."""

    def keys(self):
        return list(dict.keys(self))

    def values(self):
        return list(dict.values(self))

    def items(self):
        return list(dict.items(self))


def load(value):
    if isinstance(value, dict):
        if set(value) == {"float"}:
            return float(value["float"])
        if set(value) == {"tuple"}:
            return tuple(load(item) for item in value["tuple"])
        return Dict((key, load(member)) for key, member in value.items())
    if isinstance(value, list):
        return [load(item) for item in value]
    return value


def dump(value):
    if isinstance(value, StrictUndefined):
        str(value)
    if isinstance(value, Undefined):
        return ""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, tuple):
        return {"tuple": [dump(item) for item in value]}
    if isinstance(value, (list, range)) or type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
        return [dump(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[str(key), dump(member)] for key, member in value.items()]}
    raise TypeError("not data: " + type(value).__name__)


def ended(text, source):
    """Ansible gives back the line ends that Jinja takes away."""
    return text + "\n" * max(0, trailing(source) - trailing(text))


def trailing(text):
    return len(text) - len(text.rstrip("\n"))


# None prints as nothing, as Ansible has it.
environment = Environment(
    undefined=ChainUndefined,
    extensions=["jinja2.ext.do"],
    trim_blocks=True,
    finalize=lambda value: "" if value is None else value,
)
for name, function in list(environment.filters.items()):
    environment.filters[name] = unrolled(function)
environment.globals["range"] = lambda *bounds: list(range(*bounds))
environment.globals["dict"] = Dict

for line in sys.stdin:
    question = json.loads(line)
    try:
        variables = load(question["vars"])
        if question["kind"] == "expression":
            compiled = environment.compile_expression(question["text"], undefined_to_none=False)
            answer = {"value": dump(compiled(**variables))}
        else:
            answer = {"value": ended(environment.from_string(question["text"]).render(**variables), question["text"])}
    except Exception as error:
        answer = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer))
