#!/usr/bin/python3
"""An API that verifies Grantor's access tokens by itself, and knows of revocations by its status list.

    apt-get install python3-jwt python3-cryptography
    ISSUER=http://localhost:9000 AUDIENCE=http://localhost:3001 PORT=3001 examples/python/api.py

It asks the issuer for its metadata, its keys and its lists, now and then; never about one token.
"""
import base64
import json
import os
import re
import sys
import threading
import time
import urllib.request
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

# Each must be there: to PyJWT, issuer=None is a check left out.
ISSUER, AUDIENCE, PORT = os.environ["ISSUER"], os.environ["AUDIENCE"], int(os.environ["PORT"])
BASE = ISSUER.removesuffix("/")  # Addresses of the issuer begin with it; the issuer itself may end with a slash.
SCOPE = "api:read"

ALGORITHMS = {"ES256", "RS256", "PS256", "EdDSA"}  # Never "none", never HS256 (RFC 8725 3.1).
LEEWAY = 5  # Seconds between two clocks: PyJWT refuses a token from a second in the future.
MAX_TOKEN = 16_384
MAX_BODY = MAX_LIST = 1 << 20  # Bytes: a list of eight million tokens.
TIMEOUT = 2
RETRY = 5  # Seconds until the issuer is asked again after it has failed.


class Refused(Exception):
    """The token is no good: 401 (RFC 6750 3.1)."""


class Unavailable(Exception):
    """Whether it is good cannot be known: 503. What fails here fails closed."""


def log(message):
    # One line, whatever a token has in it.
    print(message.encode("unicode_escape").decode(), file=sys.stderr, flush=True)


def fetch(url, accept="application/json"):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        body = response.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise ValueError(f"{url} is too long")
    return body


class Kept:
    """What the issuer publishes: read anew by one request when it is due, while the others go on with it.

    `read` gives (value, due, end): when to look again (monotonic), and when it ends (epoch seconds). What
    cannot be renewed is good until its end, and then nothing is.
    """

    def __init__(self, name, read):
        self.name, self.read = name, read
        self.held = None, 0, 0
        self.lock = threading.Lock()

    def get(self, at_once=False):
        _, due, end = self.held
        wait = at_once or time.time() >= end
        if (at_once or time.monotonic() >= due) and self.lock.acquire(blocking=wait):
            try:
                if self.held[1] == due:  # Nobody else has renewed it while this one waited.
                    self.held = self.renewed()
            finally:
                self.lock.release()
        value, _, end = self.held
        if time.time() >= end:
            raise Unavailable(f"there are no valid {self.name}")
        return value

    def renewed(self):
        try:
            return self.read()
        except Exception as error:
            log(f"{self.name} cannot be read: {error}")
            value, _, end = self.held
            return value, time.monotonic() + RETRY, end


# --- The issuer's keys -------------------------------------------------------------------------------------
# PyJWKClient would do, but that of PyJWT 2.6 has no timeout and asks again for every unknown kid: whoever
# sends rubbish would make this API flood the issuer.


def published_keys():
    """{kid: (algorithm, key)}, from the metadata (RFC 8414 3.3: it must be this issuer's)."""
    metadata = json.loads(fetch(f"{BASE}/.well-known/openid-configuration"))
    if metadata["issuer"] != ISSUER:
        raise ValueError(f"the metadata is of {metadata['issuer']}")
    published = json.loads(fetch(metadata["jwks_uri"]))["keys"]
    by_kid = {k["kid"]: (k["alg"], jwt.PyJWK(k).key) for k in published if k.get("alg") in ALGORITHMS}
    return by_kid, time.monotonic() + 300, float("inf")  # Without the issuer they stay good.


keys = Kept(f"keys of {ISSUER}", published_keys)
unknown_due = 0


def key_of(kid):
    """(algorithm, key) or None. For an unknown kid the keys are read at once, but every 30 s at most."""
    global unknown_due
    by_kid = keys.get()
    if kid not in by_kid and time.monotonic() >= unknown_due:
        unknown_due = time.monotonic() + 30
        by_kid = keys.get(at_once=True)
    return by_kid.get(kid)


# --- A JWT of this issuer ----------------------------------------------------------------------------------


def verify(token, typ, require, **expected):
    """The claims of a JWT of this type; raises jwt.PyJWTError, or Unavailable without keys."""
    # PyJWT skips characters that are not base64url, so one token would have many spellings.
    if len(token) > MAX_BODY or not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII):
        raise jwt.InvalidTokenError("not a compact JWS")
    header = jwt.get_unverified_header(token)
    # PyJWT looks at no typ: without this an ID token is as good as an access token (RFC 8725 3.11).
    if str(header.get("typ")).lower().removeprefix("application/") != typ:
        raise jwt.InvalidTokenError(f"its type is not {typ}")
    if "crit" in header:  # Extensions that must be understood: PyJWT 2.6 ignored them.
        raise jwt.InvalidTokenError("it has critical extensions")
    found = key_of(header.get("kid"))
    if found is None:
        raise jwt.InvalidTokenError("its key is not the issuer's")
    algorithm, key = found
    # The published key names its one algorithm; the header of a token does not choose.
    options = {"require": require}
    return jwt.decode(token, key, algorithms=[algorithm], options=options, leeway=LEEWAY, **expected)


# --- Revocation: the Token Status List (draft-ietf-oauth-status-list-20) -----------------------------------


def read_list(uri):
    """A verified list (8.3): the bits per token, and the bits."""
    token = fetch(uri, "application/statuslist+jwt").decode("ascii").strip()
    claims = verify(token, "statuslist+jwt", ["sub", "iat", "exp", "ttl", "status_list"])
    if claims["sub"] != uri:
        raise ValueError(f"the list is of {claims['sub']}")
    bits, packed = claims["status_list"]["bits"], claims["status_list"]["lst"]
    if bits not in (1, 2, 4, 8) or claims["ttl"] <= 0:
        raise ValueError("the list has no sense")
    # A few kilobytes can unpack to gigabytes: never more than asked for.
    inflater = zlib.decompressobj()
    statuses = inflater.decompress(base64.urlsafe_b64decode(packed + "=="), MAX_LIST)
    if not inflater.eof:
        raise ValueError("the list is too long, or cut off")
    return (bits, statuses), time.monotonic() + claims["ttl"], claims["exp"]


lists = {}  # By uri, as the issuer's own tokens name them.


def list_at(uri):
    if uri not in lists:
        ended = [other for other, kept in list(lists.items()) if time.time() >= kept.held[2]]
        for other in ended:
            lists.pop(other, None)
    return lists.setdefault(uri, Kept(f"statuses {uri}", lambda: read_list(uri)))


def status_at(uri, index):
    bits, statuses = list_at(uri).get()
    if not 0 <= index * bits < len(statuses) * 8:
        raise Refused("its status is not in the list")
    return (statuses[index * bits // 8] >> (index * bits % 8)) & ((1 << bits) - 1)


def must_be_valid(status):
    """Refuses what the issuer has revoked; `status` is the claim of the token (6.2)."""
    try:
        uri, index = status["status_list"]["uri"], status["status_list"]["idx"]
    except (KeyError, TypeError):
        raise Refused("its status cannot be checked") from None
    if type(index) is not int or type(uri) is not str or not uri.startswith(f"{BASE}/"):
        raise Refused("its status cannot be checked")
    if status_at(uri, index) != 0:
        raise Refused("it was revoked")


# --- An access token (RFC 9068 4) --------------------------------------------------------------------------


def claims_of(token):
    if len(token) > MAX_TOKEN:
        raise Refused("it is too long")
    try:
        require = ["iss", "aud", "exp", "iat", "jti", "sub", "client_id"]
        claims = verify(token, "at+jwt", require, issuer=ISSUER, audience=AUDIENCE)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Refused(str(error)) from None
    if not re.fullmatch(r"[!-~]{1,255}", str(claims["sub"])):
        raise Refused("its subject is not one")
    if "cnf" in claims:  # Bound to a key that a bearer does not prove to have (RFC 9449 7.2, RFC 8705 3).
        raise Refused("it is not a bearer token")
    # Last, so that only the issuer's own tokens make this API look at a list (8.3). Whether a token has a status
    # is for the issuer to say; Grantor's have.
    if "status" in claims:
        must_be_valid(claims["status"])
    return claims


class Api(BaseHTTPRequestHandler):
    timeout = 10  # Seconds that a silent connection may hold a thread.

    def do_GET(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self.answer(401, {"error": "no token"}, {"WWW-Authenticate": "Bearer"})
        try:
            claims = claims_of(token.strip())
        except Refused as reason:
            log(f"refused: {reason}")
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return self.answer(401, {"error": "invalid_token"}, challenge)
        except Unavailable as reason:
            log(f"unavailable: {reason}")
            return self.answer(503, {"error": "temporarily_unavailable"}, {"Retry-After": str(RETRY)})
        if SCOPE not in str(claims.get("scope")).split(" "):
            challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{SCOPE}"'}
            return self.answer(403, {"error": "insufficient_scope"}, challenge)
        # The header is for a proxy in front of another API (../nginx); whoever calls this one reads the body.
        return self.answer(200, {"sub": claims["sub"]}, {"X-Subject": claims["sub"]})

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Api).serve_forever()
