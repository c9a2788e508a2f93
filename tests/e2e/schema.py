"""JSON Schema (2020-12), as far as the report's schema uses it. An unknown keyword is an error, never ignored."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
NOTES = {"$schema", "$id", "$defs", "definitions", "$comment", "title", "description", "default", "examples", "format"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def validate(value, schema, root=None, at="$"):
    """A list of what is wrong, each with its place."""
    root = schema if root is None else root
    if isinstance(schema, bool):
        return [] if schema else [f"{at}: nothing is allowed here"]
    wrong = []
    for keyword, rule in schema.items():
        if keyword in NOTES or keyword in ("then", "else"):
            continue
        check = KEYWORDS.get(keyword)
        if check is None:
            return [f"{at}: the schema's keyword {keyword} is not known"]
        wrong += check(value, rule, schema, root, at)
    return wrong


def problem(condition, at, text):
    return [] if condition else [f"{at}: {text}"]


def reference(value, rule, schema, root, at):
    place = root
    for part in rule.removeprefix("#").strip("/").split("/"):
        place = place[part.replace("~1", "/").replace("~0", "~")] if part else place
    return validate(value, place, root, at)


def type_of(value, rule, schema, root, at):
    names = rule if isinstance(rule, list) else [rule]
    return problem(any(is_type(value, name) for name in names), at, f"is not of type {rule}")


def properties(value, rule, schema, root, at):
    if not isinstance(value, dict):
        return []
    return [text for name, one in rule.items() if name in value
            for text in validate(value[name], one, root, f"{at}.{name}")]


def additional(value, rule, schema, root, at):
    if not isinstance(value, dict):
        return []
    patterns = schema.get("patternProperties", {})
    rest = [name for name in value if name not in schema.get("properties", {})
            and not any(re.search(pattern, name) for pattern in patterns)]
    return [text for name in rest for text in validate(value[name], rule, root, f"{at}.{name}")]


def pattern_properties(value, rule, schema, root, at):
    if not isinstance(value, dict):
        return []
    return [text for pattern, one in rule.items() for name in value if re.search(pattern, name)
            for text in validate(value[name], one, root, f"{at}.{name}")]


def names(value, rule, schema, root, at):
    return [text for name in value for text in validate(name, rule, root, f"{at}.{name} (name)")] \
        if isinstance(value, dict) else []


def items(value, rule, schema, root, at):
    if not isinstance(value, list):
        return []
    return [text for index, one in enumerate(value) for text in validate(one, rule, root, f"{at}[{index}]")]


def required(value, rule, schema, root, at):
    return [f"{at}: lacks {name}" for name in rule if name not in value] if isinstance(value, dict) else []


def matching(value, rule, root, at):
    return sum(not validate(value, one, root, at) for one in rule)


def conditional(value, rule, schema, root, at):
    branch = schema.get("else" if validate(value, rule, root, at) else "then", True)
    return validate(value, branch, root, at)


def size(kind, compare, word):
    def check(value, rule, schema, root, at):
        return problem(not isinstance(value, kind) or compare(len(value), rule), at, f"is {word} {rule}")
    return check


def bound(compare, word):
    def check(value, rule, schema, root, at):
        return problem(not is_type(value, "number") or compare(value, rule), at, f"is {word} {rule}")
    return check


def at_least(a, b):
    return a >= b


def at_most(a, b):
    return a <= b


KEYWORDS = {
    "$ref": reference,
    "type": type_of,
    "enum": lambda v, rule, s, r, at: problem(any(v == one and type(v) is type(one) for one in rule), at, f"{v!r} is none of {rule}"),
    "const": lambda v, rule, s, r, at: problem(v == rule, at, f"{v!r} is not {rule!r}"),
    "properties": properties,
    "additionalProperties": additional,
    "patternProperties": pattern_properties,
    "propertyNames": names,
    "required": required,
    "items": items,
    "uniqueItems": lambda v, rule, s, r, at: problem(not rule or not isinstance(v, list) or all(v[i] not in v[:i] for i in range(len(v))), at, "repeats an item"),
    "pattern": lambda v, rule, s, r, at: problem(not isinstance(v, str) or re.search(rule, v), at, f"{v!r} does not match {rule}"),
    "minLength": size(str, at_least, "shorter than"),
    "maxLength": size(str, at_most, "longer than"),
    "minItems": size(list, at_least, "shorter than"),
    "maxItems": size(list, at_most, "longer than"),
    "minProperties": size(dict, at_least, "smaller than"),
    "minimum": bound(at_least, "under"),
    "maximum": bound(at_most, "over"),
    "exclusiveMinimum": bound(lambda a, b: a > b, "not over"),
    "allOf": lambda v, rule, s, r, at: [text for one in rule for text in validate(v, one, r, at)],
    "anyOf": lambda v, rule, s, r, at: problem(matching(v, rule, r, at), at, "fits none of anyOf"),
    "oneOf": lambda v, rule, s, r, at: problem(matching(v, rule, r, at) == 1, at, "does not fit exactly one of oneOf"),
    "not": lambda v, rule, s, r, at: problem(validate(v, rule, r, at), at, "fits what it must not"),
    "if": conditional,
}
