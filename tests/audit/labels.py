"""What the fixtures of the audit say that it must find, in one format for all of them:

    # weak: RULE SEVERITY CONFIDENCE      found in this line with this severity and this confidence; several are parted by commas
    # strict: RULE                        not found in this line: the twin, where it needs saying
    ... known-wrong: REASON               at the end of either: the audit errs here today. Fails as soon as it is right

Such a comment stands in the line that it is about; one that has a line for itself is about the next line. JSON has no comments:
`NAME.json.expect` beside it holds a number of a line and a label in each line."""
import difflib
import os
import re
from typing import NamedTuple

SEVERITIES = ["info", "low", "medium", "high", "critical"]
CONFIDENCES = ["tentative", "firm", "confirmed"]
KNOWN_WRONG = " known-wrong:"


class Label(NamedTuple):
    """One expectation; what a strict one would be found with is nobody's to say."""
    weak: bool
    rule: str
    severity: str
    confidence: str
    known_wrong: str


def _one_of(word, words, place):
    if word not in words:
        near = difflib.get_close_matches(word, words, 1, 0) or words
        raise ValueError(f"{place}: '{word}' is none of {', '.join(words)}; nearest: {near[0]}")
    return word


def parse(text, place):
    """The labels in `weak: A high firm, B low firm known-wrong: REASON` or `strict: A`."""
    text, mark, reason = text.partition(KNOWN_WRONG)
    if mark and not reason.strip():
        raise ValueError(f"{place}: known-wrong needs its reason")
    kind, _, rest = text.partition(":")
    weak = _one_of(kind, ["weak", "strict"], place) == "weak"
    labels = []
    for one in rest.split(","):
        words = one.split()
        if len(words) != (3 if weak else 1):
            raise ValueError(f"{place}: a label is 'weak: RULE SEVERITY CONFIDENCE' or 'strict: RULE', not '{kind}:{one}'")
        severity = _one_of(words[1], SEVERITIES, place) if weak else None
        confidence = _one_of(words[2], CONFIDENCES, place) if weak else None
        labels.append(Label(weak, words[0], severity, confidence, reason.strip()))
    return labels


def of_file(path):
    """Pairs of line and label."""
    if path.endswith(".json"):
        return _beside(path + ".expect")
    found, above = [], []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            marked = re.search(r"# ((?:weak|strict): .*)", line)
            labels = above + (parse(marked[1], f"{path}:{number}") if marked else [])
            line_of_its_own = marked and line.lstrip().startswith("# ")
            if not line_of_its_own:
                found += [(number, label) for label in labels]
            above = labels if line_of_its_own else []
    return found


def _beside(path):
    found = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            about, _, text = line.strip().partition(" ")
            found += [(int(about), label) for label in parse(text, f"{path}:{number}")]
    return found


def of_folder(folder):
    """Triples of file, line and label."""
    found = []
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(base, name)
            if not name.endswith(".expect"):
                found += [(os.path.relpath(path, folder), line, label) for line, label in of_file(path)]
    return found


def compare(wanted, findings):
    """What of (file, line, label) and the findings of an audit does not agree, each as a sentence. Every finding must be wanted."""
    labels, found = {}, {}
    for file, line, label in wanted:
        labels.setdefault((file, line, label.rule), []).append(label)
    for finding in findings:
        where = (finding["where"]["file"], finding["where"]["line"], finding["check"])
        found.setdefault(where, []).append((finding["severity"], finding["confidence"]))
    wrong = []
    for where in sorted({*labels, *found}):
        message = disagreement(labels.get(where, []), found.get(where, []))
        wrong += ["%s:%d %s: %s" % (*where, message)] if message else []
    return wrong


def disagreement(labels, found):
    """None, or how the labels of one place and rule differ from the pairs (severity, confidence) that were found there."""
    wanted = sorted((label.severity, label.confidence) for label in labels if label.weak)
    reasons = [label.known_wrong for label in labels if label.known_wrong]
    right = wanted == sorted(found)
    if right and reasons:
        return f"right now: take the mark away ({'; '.join(reasons)})"
    if right or reasons:
        return None
    return f"{_words(wanted)} is wanted, found is {_words(sorted(found))}"


def _words(pairs):
    return ", ".join(" ".join(pair) for pair in pairs) or "nothing"
