"""How a client and the embedded AWS prove to each other who they are, before anything else is said.

A port number proves nothing: whoever came first may listen there. So the client sends a random nonce, and only a
server that knows the secret of this state folder can answer with the right HMAC; it answers nobody who does not prove
by another one that he knows it too. An order to stop or to save carries an HMAC over the server's incarnation, so it is
worth nothing to anybody else and nothing twice: a server stops once, and it remembers the nonces of the orders to save.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labcli.local.process.keyring import Keys

PREFIX = "/_labcli/"
HELLO = PREFIX + "hello"
STOP = PREFIX + "stop"
SAVE = PREFIX + "save"
TRAIL = PREFIX + "trail"
NONCE = "x-labcli-nonce"
PROOF = "x-labcli-proof"
MODE = "x-labcli-mode"
OWN = "x-labcli-own"
"""The header by which labcli's own calls of AWS are told from the learner's: it holds ``own_proof``.

Not the user agent, which a client may set to anything, and not an access key of its own, which the guard and IAM would
have to take for the learner's: this is no right, only a word that nobody says who does not mean it.
"""
USE = "use"
"""The mode of a hello by who is about to use the server; any other one does not count as being needed."""


LARGEST_TRAIL = 64 * 1024 * 1024
"""Bytes of an answer with calls that are read; the server keeps fewer."""
Raw = tuple[int, str, str]
"""Status, proof and body of an answer."""


class Stranger(Exception):  # noqa: N818  it is not an error by itself: the caller decides
    """Something listens on the port and is not the embedded AWS of this state folder, or does not answer."""

    @property
    def silent(self) -> bool:
        """Whether it gave no answer at all: it may be ours, and hang."""
        return isinstance(self.__cause__, TimeoutError)


@dataclass(frozen=True)
class Hello:
    """What a server that proved to be ours said about itself."""

    pid: int
    incarnation: str
    version: str
    broken: tuple[str, ...] = ()
    """Names of corrections that do not fit the installed engine; empty when all is well."""
    set_aside: str = ""
    """Where a saved state that could not be loaded was kept; empty when there was none."""
    under_way: int = 0
    """Requests being served at this moment, this one not counted."""
    aws_like: int | None = None
    """The seed of the AWS-like mode, None where it is as always."""


def prove(secret: str, *parts: str) -> str:
    """The HMAC-SHA256 (hex) of ``parts`` by a key made from the secret for this purpose only."""
    key = hmac.digest(secret.encode(), b"labcli hello", "sha256")
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def same(a: str, b: str) -> bool:
    """Whether two proofs are equal, in constant time."""
    return hmac.compare_digest(a.encode(), b.encode())


def asks(secret: str, nonce: str, mode: str) -> str:
    """The proof of a client that says hello."""
    return prove(secret, "ask", nonce, mode)


def own_proof(secret: str) -> str:
    """What a call of labcli's own carries in the header OWN. No client of a learner can make it by accident."""
    return prove(secret, "own")


def own_call(secret: str) -> Callable[..., None]:
    """A handler of botocore's ``before-call`` that says so."""
    proof = own_proof(secret)

    def told(params: dict[str, Any], **_: Any) -> None:
        params["headers"][OWN] = proof

    return told


def ask(keys: Keys, timeout: float = 5.0, mode: str = "") -> Hello | None:
    """Ask who listens on the port: our server's Hello, or None when nobody does. Raises Stranger for anybody else.

    ``timeout`` in seconds. No proxy is ever used.
    """
    import secrets

    nonce = secrets.token_hex(32)
    headers = {NONCE: nonce, MODE: mode, PROOF: asks(keys.secret_key, nonce, mode)}
    answer = _patiently(lambda: _exchange(keys, "GET", HELLO, headers, timeout))
    if answer is None:
        return None
    status, proof, body = answer
    if status != 200 or not same(proof, prove(keys.secret_key, "hello", nonce, body)):
        raise Stranger
    return _parse(body)


def order_stop(keys: Keys, hello: Hello, mode: str, timeout: float = 5.0) -> bool:
    """Tell the server that said ``hello`` to stop; ``mode`` is ``save`` or ``discard``. False when it did not obey."""
    proof = prove(keys.secret_key, "stop", hello.incarnation, mode)
    try:
        answer = _exchange(keys, "POST", STOP, {PROOF: proof, MODE: mode}, timeout)
    except Stranger:
        return False
    return answer is not None and answer[0] == 202


def order_save(keys: Keys, incarnation: str, timeout: float = 30.0) -> str:
    """Have the server of this incarnation save its state: empty when it is on disk, else the reason why it is not.

    Raises Stranger when what answers is not that server, or nobody does. ``timeout`` in seconds.
    """
    import secrets

    nonce = secrets.token_hex(32)
    proof = prove(keys.secret_key, "save", incarnation, nonce)
    answer = _exchange(keys, "POST", SAVE, {NONCE: nonce, PROOF: proof}, timeout)
    if answer is None:
        raise Stranger
    status, proof, body = answer
    if not same(proof, prove(keys.secret_key, "saved", nonce, str(status), body)):
        raise Stranger
    return "" if status == 200 else str(json.loads(body)["reason"])


def ask_trail(keys: Keys, after: int, wait: float) -> str | None:
    """The calls of the trail after this number, as a list in JSON; None when nobody listens.

    ``wait``: seconds that the server may wait for the first one. Raises Stranger when what answers is not our server,
    or ends meanwhile.
    """
    import secrets

    nonce, mode = secrets.token_hex(32), f"{after} {wait:.3f}"
    headers = {NONCE: nonce, MODE: mode, PROOF: prove(keys.secret_key, "trail", nonce, mode)}
    answer = _exchange(keys, "GET", TRAIL, headers, wait + 10, LARGEST_TRAIL)
    if answer is None:
        return None
    status, proof, body = answer
    if status != 200 or not same(proof, prove(keys.secret_key, "trailed", nonce, body)):
        raise Stranger
    return body


def _parse(body: str) -> Hello:
    said = json.loads(body)
    return Hello(
        pid=int(said["pid"]),
        incarnation=str(said["incarnation"]),
        version=str(said["version"]),
        broken=tuple(said.get("broken", ())),
        set_aside=str(said.get("set_aside", "")),
        under_way=int(said.get("under_way", 0)),
        aws_like=None if said.get("aws_like") is None else int(said["aws_like"]),
    )


def _patiently(exchange: Callable[[], Raw | None]) -> Raw | None:
    """Ask again, for a moment, where the connection is closed without a word: that is how a dying server behaves.

    Its port stays open until its last thread is gone, some milliseconds after a kill.
    """
    from threading import Event

    for _ in range(25):
        try:
            return exchange()
        except Stranger as stranger:
            if not isinstance(stranger.__cause__, ConnectionError):
                raise
        Event().wait(0.02)
    return exchange()


def _exchange(
    keys: Keys, method: str, path: str, headers: dict[str, str], timeout: float, largest: int = 65_536
) -> Raw | None:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection("127.0.0.1", keys.port, timeout=timeout)
    try:
        connection.connect()
    except TimeoutError as error:  # somebody does, and takes nobody in any more
        raise Stranger from error
    except OSError:  # nobody listens
        return None
    try:
        connection.request(method, path, headers={**headers, "x-labcli": "1", "Connection": "close"})
        response = connection.getresponse()
        body = response.read(largest).decode("utf-8", "replace")
        return response.status, response.getheader(PROOF, ""), body
    except (OSError, HTTPException) as error:
        raise Stranger from error
    finally:
        connection.close()
