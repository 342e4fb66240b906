"""Starts each proxy of `deploy/` as it stands there, but for its ports, its certificate and its folder."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NAME = "queue.example.com"
MODULES = ("mpm_event", "authz_core", "socache_shmcb", "ssl", "http2", "proxy", "proxy_http")


def make_certificate(folder: Path) -> None:
    """`cert`, `key` and both in `pem`, of the proxy's own."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={NAME}",
    ]
    command += ["-addext", f"subjectAltName=DNS:{NAME}"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "pem").write_text((folder / "cert").read_text() + (folder / "key").read_text())
    for file in folder.iterdir():
        file.chmod(0o644)


def nginx(folder: Path, port: int, ours: int) -> list[str]:
    site = _ours("nginx.conf", folder, ours).replace("listen 443", f"listen 127.0.0.1:{port}")
    whole = f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{site}}}\n"
    (folder / "nginx.conf").write_text(whole)
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


def haproxy(folder: Path, port: int, ours: int) -> list[str]:
    sections = _ours("haproxy.cfg", folder, ours).replace("bind :443", f"bind 127.0.0.1:{port}")
    (folder / "haproxy.cfg").write_text(sections)
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


def apache(folder: Path, port: int, ours: int) -> list[str]:
    site = _ours("apache.conf", folder, ours).replace("*:443", f"127.0.0.1:{port}")
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES
    )
    whole = (
        f"ServerRoot {folder}\nPidFile {folder}/pid\nServerName {NAME}\nListen 127.0.0.1:{port}\n"
        f"ErrorLog /dev/stderr\nUser www-data\nGroup www-data\n{modules}\n{site}"
    )
    (folder / "apache.conf").write_text(whole)
    return ["apache2", "-f", str(folder / "apache.conf"), "-DFOREGROUND"]


def caddy(folder: Path, port: int, ours: int) -> list[str]:
    site = _ours("Caddyfile", folder, ours)
    site = site.replace(
        f"{NAME} {{", f"{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/cert {folder}/key", 1
    )
    options = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {folder}/caddy\n}}\n"
    (folder / "Caddyfile").write_text(options + site)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES: dict[str, Callable[[Path, int, int], list[str]]] = {
    "nginx": nginx,
    "haproxy": haproxy,
    "apache": apache,
    "caddy": caddy,
}


def _ours(file: str, folder: Path, ours: int) -> str:
    """The file of `deploy/`, with the certificate and our port as they are here."""
    text = (DEPLOY / file).read_text().replace("127.0.0.1:8000", f"127.0.0.1:{ours}")
    text = re.sub(r"/etc/letsencrypt/live/[\w.]+/fullchain.pem", f"{folder}/cert", text)
    text = re.sub(r"/etc/letsencrypt/live/[\w.]+/privkey.pem", f"{folder}/key", text)
    return re.sub(r"/etc/haproxy/[\w.]+\.pem", f"{folder}/pem", text)


@contextmanager
def running(name: str, folder: Path, port: int, ours: int) -> Iterator[None]:
    folder.mkdir()
    folder.chmod(0o755)
    make_certificate(folder)
    command = PROXIES[name](folder, port, ours)
    program = shutil.which(command[0]) or f"/usr/sbin/{command[0]}"
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"XDG_DATA_HOME": str(folder), "HOME": str(folder)},
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
