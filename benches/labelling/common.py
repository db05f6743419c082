"""Servers that the scripts of this folder start, kill and ask: nothing to run here."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"


def options(parser):
    """What every script takes; a script that is told to end ends its servers, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser.add_argument("--altool", default="target/debug/altool", help="the program")
    parser.add_argument("--data", type=pathlib.Path, help="folder for data folders, kept [a temporary one]")
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL in which databases may be made")


class Place:
    """Where servers keep their data: a new folder, or a new database of a PostgreSQL."""

    made, lock = 0, threading.Lock()

    def __init__(self, args, name):
        Place.made += 1
        self.altool, self.token = str(args.altool), None
        self.name = f"h_{name}_{os.getpid()}_{Place.made}"
        self.folder = None
        if args.database:
            self.admin = args.database
            self.url = args.database.rpartition("/")[0] + "/" + self.name
            self.sql(self.admin, f'CREATE DATABASE "{self.name}"')
            self.where = ["--database", self.url]
        else:
            self.kept = args.data is not None
            self.root = args.data or pathlib.Path(tempfile.mkdtemp(prefix="altool-labelling-"))
            self.folder = self.root / self.name
            self.where = ["--data", str(self.folder)]

    @staticmethod
    def sql(url, statement):
        done = subprocess.run(["psql", url, "-qAtc", statement], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{statement}: {done.stderr}")
        return done.stdout

    def copy(self):
        """A place of its own with the same data; no server may run on this one."""
        made = object.__new__(Place)
        made.__dict__.update(self.__dict__)
        with Place.lock:
            Place.made += 1
            made.name = f"{self.name}_{Place.made}"
            if self.folder is None:
                made.url = self.admin.rpartition("/")[0] + "/" + made.name
                self.sql(self.admin, f'CREATE DATABASE "{made.name}" TEMPLATE "{self.name}"')
                made.where = ["--database", made.url]
                return made
        made.folder = self.root / made.name
        shutil.copytree(self.folder, made.folder)
        made.where = ["--data", str(made.folder)]
        return made

    def check(self):
        """What `altool db check` says; nothing if all is well."""
        done = subprocess.run([self.altool, "db", "check", *self.where], capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit {done.returncode}"

    def remove(self):
        if self.folder is None:
            self.sql(self.admin, f'DROP DATABASE "{self.name}" WITH (FORCE)')
        elif not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.root.exists() and not any(self.root.iterdir()):
                self.root.rmdir()


class Server:
    """A server of a place; the first one of a place learns the admin's token."""

    def __init__(self, place, *extra, port=0, failpoint=None, log=None):
        self.place, self.lines = place, []
        environment = dict(os.environ)
        environment.pop("ALTOOL_FAILPOINT", None)
        if failpoint:
            environment["ALTOOL_FAILPOINT"] = failpoint
        command = [place.altool, "serve", *place.where, "--listen", f"127.0.0.1:{port}", "--rate-limit", "0", *extra]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace",
        )
        self.port, self.log = None, log
        ready = threading.Event()
        threading.Thread(target=self._read, args=(ready,), daemon=True).start()
        if not ready.wait(120) or self.port is None:
            self.kill()
            raise RuntimeError("the server does not start: " + "\n".join(self.lines))
        if place.token is None and place.folder is not None:
            place.token = (place.folder / "admin-token").read_text().strip()

    def _read(self, ready):
        for line in self.process.stdout:
            if self.log:
                self.log.write(line)
                self.log.flush()
            self.lines = [*self.lines[-50:], line.rstrip()]
            token = re.search(r"altool_[0-9a-f]{64}", line)
            if token:
                self.place.token = token[0]
            listening = re.search(r"https?://[^;\s]*:(\d+)", line) if "listening" in line else None
            if listening:
                self.port = int(listening[1])
                ready.set()
        ready.set()

    def kill(self, how=signal.SIGKILL):
        """Ends the process; SIGTERM lets it answer what was begun."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError("the server did not end within 60 s")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Client:
    """One connection of one user, kept alive."""

    def __init__(self, port, token, timeout=120):
        self.port, self.token, self.timeout, self.connection = port, token, timeout, None

    def ask(self, method, path, body=None, **headers):
        """The status and the body; a connection that breaks is an OSError or HTTPException."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.status == 204 or not data:
            return response.status, None
        if "json" in (response.getheader("Content-Type") or ""):
            return response.status, json.loads(data)
        return response.status, data

    def must(self, method, path, body=None, **headers):
        status, answer = self.ask(method, path, body, **headers)
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer

    def all(self, path):
        """All parts of a list."""
        found, after = [], None
        joint = "&" if "?" in path else "?"
        while True:
            page = self.must("GET", path + (f"{joint}cursor={after}" if after else ""))
            found += page["items"]
            after = page.get("next")
            if not after:
                return found

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def until(what, seconds, every=0.2):
    """What `what` gives as soon as it gives something; None after so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(every)
    return None
