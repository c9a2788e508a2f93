"""Many spellings of each rule, weak and strict, in tests/audit/spellings/*.txt; nothing is marked line by line, as in the folders
beside it: a weak case must be found by its rule, a strict one must not be.

    === weak rb-claim-to-file in claims     begins a case; `in NAME` puts it into a frame below; `alone`: audited by itself
    File.read(payload['f'])
    === weak docker-root at low              found, and no more severe than that
    === strict rb-* ...                      no rule of that kind
    --- app/services/a.rb                   begins a further file of the case; before the first: app/x.rb or what the table says
"""
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spellings")
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


SHORT = {  # in kubernetes.txt
    "@container": "{name: c, @image, @hardened, @limits}",
    "@hardened": "securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, "
                 "capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}",
    "@image": "image: r/a:1@sha256:" + 64 * "0",
    "@limits": "resources: {limits: {memory: 1Mi, cpu: 1}}",
}


def read(name, first):
    cases = []
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        text = file.read()
        for short, meant in SHORT.items() if name == "kubernetes.txt" else ():
            text = text.replace(short, meant)
        blocks = re.split(r"^=== ", text, flags=re.M)[1:]
    for block in blocks:
        head, _, body = block.partition("\n")
        words = head.split()
        parts = re.split(r"^--- (\S+)\n", body, flags=re.M)
        files = {first: parts[0]} if parts[0].strip() or len(parts) == 1 else {}
        files.update(zip(parts[1::2], parts[2::2]))
        if "in" in words:
            frame = words[words.index("in") + 1]
            files = {**dict(zip(parts[1::2], parts[2::2])), "app/controllers/x_controller.rb" if frame == "controller" else first: FRAMES[frame].replace("{}", parts[0].rstrip("\n"))}
            if frame == "controller":
                files["app/controllers/application_controller.rb"] = APPLICATION
        cases.append({"weak": words[0] == "weak", "rule": words[1], "files": files, "alone": "alone" in words,
                      "at": words[words.index("at") + 1] if "at" in words else None, "text": block.strip()[:300]})
    return cases


def audit(binary, groups):
    """The checks found in each case and their severities, which lies in a folder of its own; those of one group are audited together."""
    with tempfile.TemporaryDirectory() as work:
        for index, case in enumerate(groups):
            for name, text in case["files"].items():
                path = os.path.join(work, str(index), name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
        run = subprocess.run([binary, "audit", work, "--format", "json"], capture_output=True, timeout=120, check=False)
        if run.returncode not in (0, 1):
            raise RuntimeError(run.stderr.decode())
        found = [set() for _ in groups]
        for finding in json.loads(run.stdout)["findings"]:
            found[int(finding["where"]["file"].split("/")[0])].add((finding["check"], finding["severity"]))
        return found


def judge(binary, name, first):
    """Yields the case and whether it was judged rightly."""
    cases = read(name, first)
    groups = [[c for c in cases if not c["alone"]]] + [[c] for c in cases if c["alone"]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for group, found in zip(groups, pool.map(lambda g: audit(binary, g), groups)):
            for case, checks in zip(group, found):
                severities = {severity for check, severity in checks if fnmatch.fnmatchcase(check, case["rule"])}
                yield case, bool(severities) == case["weak"] and (not case["at"] or severities == {case["at"]})
