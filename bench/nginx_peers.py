"""Other modules that verify tokens in nginx, built from their sources for the nginx that is tested, outside this repository.
Each row says where its sources lie below PEERS and what its location needs for a key of this kind."""
import json
import os
import re
import shutil
import subprocess

SOURCE = os.environ.get("NGINX_SOURCE") or "/usr/share/nginx/src"


def kjdev(n, key):
    n.file(f"kjdev-{key.alg}.json", json.dumps({"keys": [key.jwk()]}), 0o600)
    return f'auth_jwt "bench"; auth_jwt_key_file {n.path}/kjdev-{key.alg}.json;'


def teslagov(n, key):
    common = f'auth_jwt_enabled on; auth_jwt_redirect off; auth_jwt_location HEADER=Authorization; auth_jwt_algorithm {key.alg};'
    if key.alg == "HS256":
        return common + f' auth_jwt_key "{key.secret.hex()}";'
    return common + f' auth_jwt_use_keyfile on; auth_jwt_keyfile_path "{n.file("teslagov.pem", key.pem(), 0o600)}";'


# name: the folder of its sources below PEERS, its directives
PEERS = {
    "kjdev": ("nginx-auth-jwt", kjdev),
    "TeslaGov": ("ngx-http-auth-jwt-module", teslagov),
}


def directives(name, n, key):
    return PEERS[name][1](n, key)


def flags(source):
    """The options of configure that nginx-dev, or bindings/nginx/versions, keeps beside the sources."""
    with open(os.path.join(source, "conf_flags"), encoding="utf-8") as f:
        return re.search(r"NGX_CONF_FLAGS=\((.*)\)", f.read(), re.S).group(1).split()


def linked_cookies(source):
    """TeslaGov's module must be told which kind of nginx it has: since 1.23 headers of one name are linked."""
    with open(os.path.join(source, "src/http/ngx_http_request.h"), encoding="utf-8") as f:
        return "ngx_table_elt_t                  *cookie;" in f.read()


def build(name, folder):
    """The path of the module, or None where its sources are not there."""
    peers = os.environ.get("PEERS")
    sources = os.path.join(peers, PEERS[name][0]) if peers else ""
    if not os.path.isfile(os.path.join(sources, "config")):
        return None
    work = os.path.join(folder, name)
    shutil.copytree(SOURCE, work, symlinks=True, ignore=shutil.ignore_patterns("objs"))
    option = "--with-cc-opt=-O2 -Wno-error" + (" -DNGX_LINKED_LIST_COOKIES=1" if linked_cookies(SOURCE) else "")
    for command in (["./configure", *flags(SOURCE), option, "--builddir=objs", "--add-dynamic-module=" + os.path.abspath(sources)],
                    ["make", "-f", "objs/Makefile", "modules"]):
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} does not build: {done.stdout[-600:]} {done.stderr[-1500:]}")
    return os.path.join(work, "objs", "ngx_http_auth_jwt_module.so")
