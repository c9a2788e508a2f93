"""Many spellings of each rule, weak and strict: a rule is a file, tests/audit/spellings/RULE.txt. Nothing is marked line by line, as in
the folders beside it: each case is an application of its own, audited alone, and is labelled as a whole (see labels.py).

    === weak: rb-claim-to-file critical firm in claims      begins a case; `in FRAME` puts it into a frame below
    File.read(payload['f'])
    === strict: rb-claim-to-file                            the rule finds nothing
    === strict: rb-claim-to-file known-wrong: REASON        it should find nothing and does; fails as soon as it is right
    --- app/services/a.rb                                   begins a further file of the case; the first is app/x.rb, k.yaml or Dockerfile

`rb-any.txt` holds what no rule of Ruby may find."""
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import tempfile
from typing import NamedTuple

import labels

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spellings")
FIRST = {"rb": "app/x.rb", "k8s": "k.yaml", "docker": "Dockerfile", "compose": "Dockerfile"}
WHOLE_FAMILY = {"rb-any": "rb-*"}
FRAMES = {
    "claims": "def x\n payload = JWT.decode(token, K, true, algorithm: \"HS256\").first\n {}\nend\n",
    "controller": "class XController < ApplicationController\n def show\n  {}\n end\n private\n def xp = params.require(:x).permit(:f, :u)\nend\n",
}
APPLICATION = """class ApplicationController < ActionController::API
 before_action :authenticate_user!
 def authenticate_user!
  @claims, = JWT.decode(request.headers['Authorization'].to_s.delete_prefix('Bearer '), K, true, algorithm: 'HS256')
 rescue JWT::DecodeError
  head :unauthorized
 end
end
"""
SHORT = {  # in k8s-*.txt
    "@container": "{name: c, @image, @hardened, @limits}",
    "@hardened": "securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, "
                 "capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}",
    "@image": "image: r/a:1@sha256:" + 64 * "0",
    "@limits": "resources: {limits: {memory: 1Mi, cpu: 1}}",
}


class Case(NamedTuple):
    place: str
    label: labels.Label
    files: dict
    text: str


def rules():
    return sorted(name[:-len(".txt")] for name in os.listdir(HERE))


def read(rule):
    """The cases of tests/audit/spellings/RULE.txt."""
    path = os.path.join(HERE, rule + ".txt")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    heads = list(re.finditer(r"^=== (.*)\n", text, re.M))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    cases = []
    for head, end in zip(heads, ends):
        line = text.count("\n", 0, head.start()) + 1
        cases.append(_case(rule, head[1], text[head.end():end], f"{os.path.relpath(path)}:{line}"))
    return cases


def _case(rule, head, body, place):
    said, mark, reason = head.partition(labels.KNOWN_WRONG)
    said, _, frame = said.partition(" in ")
    if frame and frame not in FRAMES:
        raise ValueError(f"{place}: '{frame}' is no frame; there are {', '.join(FRAMES)}")
    (label,) = labels.parse(said + mark + reason, place)
    if label.rule != WHOLE_FAMILY.get(rule, rule):
        raise ValueError(f"{place}: {label.rule} is not what this file is about")
    return Case(place, label, _files(rule, frame, body), f"{place} {body.strip()[:300]}")


def _files(rule, frame, body):
    family = rule.split("-")[0]
    for short, meant in SHORT.items() if family == "k8s" else ():
        body = body.replace(short, meant)
    begin, *more = re.split(r"^--- (\S+)\n", body, flags=re.M)
    files = dict(zip(more[::2], more[1::2]))
    first = FIRST[family]
    if frame:
        begin = FRAMES[frame].replace("{}", begin.rstrip("\n"))
    if frame == "controller":
        first = "app/controllers/x_controller.rb"
        files["app/controllers/application_controller.rb"] = APPLICATION
    return {first: begin, **files} if begin.strip() or not files else files


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def _audit(binary, case):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, case.files)
        run = subprocess.run([binary, "audit", folder, "--format", "json"], capture_output=True, timeout=120, check=False)
    if not run.stdout:
        raise RuntimeError(f"{case.place}: exit {run.returncode}: {run.stderr.decode()}")
    return json.loads(run.stdout)


def wrong(binary, case):
    """None, or what the audit of a case gets wrong. A strict case that was not read proves nothing."""
    report = _audit(binary, case)
    if not case.label.weak and report["not_tested"]:
        return f"it was not judged: {report['not_tested']}"
    found = {(f["severity"], f["confidence"]) for f in report["findings"] if fnmatch.fnmatchcase(f["check"], case.label.rule)}
    return labels.disagreement([case.label], found)


def judge(binary, family):
    """Yields each case of the rules whose name begins so, and None or what is wrong with it."""
    cases = [case for rule in rules() if rule.split("-")[0] in family for case in read(rule)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(cases, pool.map(lambda case: wrong(binary, case), cases))
