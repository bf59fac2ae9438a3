"""The server's HTTP side, and the faults that a test can give it."""

import base64
import gzip
import json
import socket
import ssl
import threading
import time
import traceback
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wandb_server import schema
from tests.wandb_server.operations import answer
from tests.wandb_server.state import ENTITY, Refused, State, TooMany, md5

KEY = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Fault:
    """What goes wrong in requests whose `where` matches: an operation's name, `file_stream`, `upload` or `any`.

    `status` answers with it and `headers`; `stall` keeps the client waiting for so many seconds and then hangs up;
    `cut` reads half of the request and hangs up; `spoil` changes the bytes that arrive or are sent; `call` calls a
    function first. `times` is how often (None: always), after the first `skip` matching requests.
    """

    where: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0
    cut: bool = False
    spoil: bool = False
    call: Callable[[], None] | None = None
    times: int | None = None
    skip: int = 0
    met: int = 0

    def applies(self, what: set[str]) -> bool:
        """Count a matching request and say whether it goes wrong."""
        if not what & {self.where}:
            return False
        self.met += 1
        return self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)


class _Aborted(Exception):
    """The connection is to be closed without an answer."""


class Server:
    """The server. `start` and `stop` it as often as you like: the state and the address stay.

    `requests` lists what came, as "METHOD what"; `seen` holds the bodies that are not files, `authorizations` what they
    were sent with; `accepted` counts connections; `defects` is for tests to see that it stays empty.
    """

    def __init__(
        self, port: int = 0, key: str = KEY, name: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """`name` is the host's that the server gives itself, for one behind a proxy; with `tls` it speaks HTTPS."""
        self.state, self.key, self._name, self._tls = State(), key, name, tls
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.seen: list[bytes] = []
        self.uploaded = self.downloaded = 0
        self.accepted = 0
        self.authorizations: set[str] = set()
        self.defects: list[str] = []
        self.listen: Callable[[str], None] = lambda line: None
        self._port = port
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        """The address to give to the client as WANDB_BASE_URL."""
        return f"{'https' if self._tls else 'http'}://{self._name or f'127.0.0.1:{self._port}'}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def authorization(self) -> str:
        """The header that the client proves itself by."""
        return f"Basic {base64.b64encode(f'api:{self.key}'.encode()).decode()}"

    def environment(self) -> dict[str, str]:
        """The variables that send the client here."""
        return {"WANDB_BASE_URL": self.url, "WANDB_API_KEY": self.key}

    def start(self) -> None:
        """Listen."""
        self._http = _Http(("127.0.0.1", self._port), self)
        if self._tls:
            self._http.socket = self._tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut all connections, in the middle of whatever they were doing."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            for connection in list(self._http.connections):
                _cut(connection)
            self._http = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def count(self, what: str) -> int:
        """How many requests of a kind came."""
        return sum(line.endswith(f" {what}") for line in self.requests)

    def files(self, name: str) -> dict[str, bytes]:
        """Every file, through references, of the artifact that `collection:alias` names in the project mnist-viz."""
        found = self.state.named(ENTITY, "mnist-viz", name)
        assert found is not None, f"{name} is not there"
        return {path: self.state.blobs[entry["digest"]] for path, entry in found.manifest["contents"].items()}


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], server: Server) -> None:
        super().__init__(address, _Handler)
        self.owner = server
        self.connections: set[socket.socket] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that break are a part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)
        self.server.owner.accepted += 1

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def do_POST(self) -> None:
        self._serve(self._post)

    def do_PUT(self) -> None:
        self._serve(self._put)

    def do_GET(self) -> None:
        self._serve(self._get)

    def _serve(self, method: Callable[[], None]) -> None:
        try:
            method()
        except (_Aborted, ConnectionError):
            self.close_connection = True
            _cut(self.connection)
        except Exception:
            self.server.owner.defects.append(traceback.format_exc())
            self._send(400, {"errors": [{"message": "a defect of the stand-in"}]})

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        if len(content) < length:
            raise _Aborted
        return gzip.decompress(content) if self.headers.get("Content-Encoding") == "gzip" else content

    def _received(self, fault: Fault | None) -> bytes | None:
        """The body, spoiled if the fault says so; None if the request has been answered with the fault's status."""
        if fault and fault.cut:
            self.rfile.read(int(self.headers["Content-Length"]) // 2)
            raise _Aborted
        body = self._body()
        if fault and fault.status:
            self._fail(fault)
            return None
        return body[:-1] + bytes([body[-1] ^ 1]) if fault and fault.spoil else body

    def _send(self, status: int, content: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> None:
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _goes_wrong(self, *what: str) -> Fault | None:
        """Note the request, and let it go wrong if it is to. Gives back a fault that the caller has to carry out."""
        owner = self.server.owner
        line = f"{self.command} {what[0]}"
        with owner.state.lock:
            owner.requests.append(line)
            fault = next((fault for fault in owner.faults if fault.applies({*what, "any"})), None)
        owner.listen(line)
        if fault is None:
            return None
        if fault.call:
            fault.call()
        if fault.stall:
            time.sleep(fault.stall)
            raise _Aborted
        return fault

    def _fail(self, fault: Fault) -> None:
        self._send(fault.status, {"error": f"the stand-in answers {fault.status}"}, fault.headers)

    def _post(self) -> None:
        place = urllib.parse.urlsplit(self.path).path
        if place == "/graphql":
            self._graphql()
        elif place.startswith("/files/") and place.endswith("/file_stream"):
            self._file_stream(place)
        else:
            self._body()
            self._send(404, {"error": f"nothing is at {place}"})

    def _allowed(self) -> bool:
        owner = self.server.owner
        owner.authorizations.add(self.headers.get("Authorization", ""))
        if self.headers.get("Authorization") == owner.authorization:
            return True
        self._send(401, {"errors": [{"message": "user is not logged in"}]})
        return False

    def _graphql(self) -> None:
        owner = self.server.owner
        body = self._body()
        owner.seen.append(body)
        asked = json.loads(body)
        name = _operation(asked["query"])
        fault = self._goes_wrong(name, "graphql")
        if fault and fault.status:
            self._fail(fault)
            return
        if fault and fault.cut:
            raise _Aborted
        if not self._allowed():
            return
        try:
            _, data = answer(owner.state, owner.url, asked["query"], asked.get("variables") or {})
            owner.defects += schema.defects(asked["query"], data)
        except Refused as refusal:
            told = {"data": None, "errors": [{"message": str(refusal), "path": [name]}]}
            self._send(refusal.status, told)
            return
        except TooMany:
            self._send(429, {"errors": [{"message": "rate limit exceeded"}]}, {"Retry-After": "1"})
            return
        self._send(200, {"data": data})

    def _file_stream(self, place: str) -> None:
        owner = self.server.owner
        body = self._received(self._goes_wrong("file_stream"))
        if body is None:
            return
        owner.seen.append(body)
        if not self._allowed():
            return
        _, _, entity, project, name, _ = urllib.parse.unquote(place).split("/")
        sent = json.loads(body)
        with owner.state.lock:
            run = owner.state.run(entity, project, name)
            if run is None:
                self._send(404, {"error": f"there is no run {name}"})
                return
            streams = {"wandb-history.jsonl": run.history, "wandb-events.jsonl": run.events, "output.log": run.console}
            for file, chunk in (sent.get("files") or {}).items():
                if file == "wandb-summary.json":
                    run.summary = json.loads(chunk["content"][-1])
                    continue
                lines, offset = streams[file], chunk["offset"]
                if offset > len(lines):
                    self._send(400, {"error": f"{file} has {len(lines)} lines; the next cannot be {offset}"})
                    return
                lines[offset : offset + len(chunk["content"])] = chunk["content"]
            if sent.get("complete"):
                run.state = "finished" if sent.get("exitcode") == 0 else "failed"
        self._send(200, {"limits": {}})

    def _put(self) -> None:
        owner = self.server.owner
        parts = urllib.parse.urlsplit(self.path)
        body = self._received(self._goes_wrong("upload"))
        if body is None:
            return
        announced = urllib.parse.parse_qs(parts.query).get("md5", [None])[0] or self.headers.get("Content-MD5")
        if announced is not None and md5(body) != announced:
            self._send(400, {"error": "the bytes have not the MD5 that was announced"})
            return
        with owner.state.lock:
            owner.uploaded += len(body)
            if parts.path == "/upload/blob":
                owner.state.blobs[md5(body)] = body
            else:
                _, _, _, entity, project, name, file = urllib.parse.unquote(parts.path).split("/", 6)
                owner.state.runs[entity, project, name].files[file] = body
        self._send(200, b"")

    def _get(self) -> None:
        owner = self.server.owner
        parts = urllib.parse.urlsplit(self.path)
        fault = self._goes_wrong("download")
        if fault and fault.status:
            self._body()
            self._fail(fault)
            return
        pieces = urllib.parse.unquote(parts.path).split("/")
        content: bytes | None = None
        if parts.path == "/blob":
            content = owner.state.blobs.get(urllib.parse.parse_qs(parts.query)["md5"][0])
        elif pieces[1] == "artifactsV2":
            content = owner.state.blobs.get(base64.b64encode(bytes.fromhex(pieces[-2])).decode())
        elif pieces[1] == "files" and len(pieces) >= 6:
            run = owner.state.run(*pieces[2:5])
            content = run and run.files.get("/".join(pieces[5:]))
        elif pieces[1] == "history" and len(pieces) == 6:
            run = owner.state.run(*pieces[2:5])
            content = run and run.export and run.export.parquet(run.rows(), int(pieces[5].removesuffix(".parquet")))
        if content is None:
            self._send(404, {"error": f"nothing is at {parts.path}"})
            return
        if fault and fault.spoil:
            content = content[:-1] + bytes([content[-1] ^ 1])
        with owner.state.lock:
            owner.downloaded += len(content)
        self._send(200, content, {"Content-Type": "application/octet-stream"})


def _operation(query: str) -> str:
    words = query.replace("(", " ").replace("{", " ").split()
    return next((words[i + 1] for i, word in enumerate(words) if word in ("query", "mutation")), "")
