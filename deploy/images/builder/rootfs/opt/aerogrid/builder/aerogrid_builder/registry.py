"""A small client of the OCI distribution API on http.client: basic and bearer authentication, attempts, digests checked."""

import base64
import hashlib
import http.client
import json
import re
import time
from urllib.parse import quote, urlencode, urljoin, urlsplit

from .failures import FAILED, UNAVAILABLE, Failure

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_ATTEMPTS = 5
_FIRST_DELAY = 0.2
_TIMEOUT = 60
_MAX_DOCUMENT = 4 << 20
_TRANSIENT = {408, 429, 500, 502, 503, 504}


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Registry:
    """One registry. `name` is what references call it, `endpoint` where it is."""

    def __init__(self, name, endpoint, credential):
        self._name = name
        self._endpoint = (endpoint or f"https://{name}").rstrip("/")
        self._credential = credential
        self._tokens = {}

    def manifest(self, repository, selector):
        """The bytes of a manifest; by digest, they have that digest."""
        answer = self._request("GET", repository, f"manifests/{selector}", headers={"Accept": f"{MANIFEST}, {DOCKER_MANIFEST}"})
        if answer.status == 404:
            raise Failure(FAILED, f"The image {self._name}/{repository} has no {selector}.")
        self._expect(answer, 200, repository, "get the manifest")
        if selector.startswith("sha256:"):
            _verify(answer.body, selector)
        return answer.body

    def document(self, repository, digest):
        """The bytes of a small blob."""
        answer = self._request("GET", repository, f"blobs/{digest}")
        self._expect(answer, 200, repository, "get the configuration")
        _verify(answer.body, digest)
        return answer.body

    def has(self, repository, digest):
        answer = self._request("HEAD", repository, f"blobs/{digest}")
        if answer.status == 404:
            return False
        self._expect(answer, 200, repository, "ask for a blob")
        return True

    def mount(self, source, repository, digest):
        """Makes a blob of another repository available here. False when the registry does not do that."""
        answer = self._request("POST", repository, f"blobs/uploads/?{urlencode({'mount': digest, 'from': source})}", body=b"")
        if answer.status == 201:
            return True
        self._expect(answer, 202, repository, "mount a blob")
        self._request("DELETE", repository, self._location(answer))
        return False

    def push(self, repository, digest, size, write):
        """Pushes a blob; `write(sink)` writes its bytes, again for every attempt."""
        for attempt in range(_ATTEMPTS):
            started = self._request("POST", repository, "blobs/uploads/", body=b"")
            self._expect(started, 202, repository, "start an upload")
            location = self._location(started)
            address = f"{location}{'&' if '?' in location else '?'}digest={quote(digest, safe='')}"
            answer = self._request("PUT", repository, address, size=size, write=write, attempts=1, is_last=attempt + 1 == _ATTEMPTS)
            if answer is not None:
                self._expect(answer, 201, repository, "push a blob")
                return
            time.sleep(_FIRST_DELAY * 2 ** attempt)

    def push_bytes(self, repository, content):
        digest = digest_of(content)
        if not self.has(repository, digest):
            self.push(repository, digest, len(content), lambda sink: sink.write(content))

    def push_manifest(self, repository, selector, content):
        answer = self._request("PUT", repository, f"manifests/{selector}", body=content, headers={"Content-Type": MANIFEST})
        self._expect(answer, 201, repository, "push the manifest")

    def _request(self, method, repository, rest, body=None, headers=None, size=None, write=None, attempts=_ATTEMPTS, is_last=True):
        """An answer that is final. With is_last=False, None when another attempt could help."""
        address = rest if rest.startswith(("http://", "https://")) else f"{self._endpoint}/v2/{repository}/{rest}"
        reason = None
        for attempt in range(attempts):
            if attempt:
                time.sleep(_FIRST_DELAY * 2 ** (attempt - 1))
            try:
                answer = self._authenticated(method, address, repository, body, headers or {}, size, write)
            except (OSError, http.client.HTTPException) as error:
                reason = f"does not answer: {error or type(error).__name__}"
                continue
            if answer.status not in _TRANSIENT:
                return answer
            reason = f"answered {answer.status} to {method}{_details(answer)}"
        if not is_last:
            return None
        raise Failure(UNAVAILABLE, f"The registry {self._name} at {self._endpoint} {reason}")

    def _authenticated(self, method, address, repository, body, headers, size, write):
        scope = f"repository:{repository}:pull{'' if method in ('GET', 'HEAD') else ',push'}"
        # Uploads may be directed elsewhere; our credential is for the registry only.
        is_own = urlsplit(address).netloc == urlsplit(self._endpoint).netloc
        for is_second in (False, True):
            extra = {"Authorization": self._authorization(scope)} if is_own and self._authorization(scope) else {}
            answer = _send(method, address, body, headers | extra, size, write)
            if answer.status != 401 or is_second or not is_own or not self._get_token(answer, scope):
                return answer
        return answer

    def _authorization(self, scope):
        if scope in self._tokens:
            return f"Bearer {self._tokens[scope]}"
        return _basic(self._credential) if self._credential else None

    def _get_token(self, unauthorized, scope):
        challenge = unauthorized.headers.get("WWW-Authenticate", "")
        if not challenge.lower().startswith("bearer "):
            return False
        values = dict(re.findall(r'([A-Za-z_]+)="([^"]*)"', challenge))
        realm = urlsplit(values.get("realm", ""))
        if realm.scheme != "https" and not (realm.scheme == "http" and self._endpoint.startswith("http:")):
            return False
        query = {"scope": values.get("scope", scope)} | ({"service": values["service"]} if "service" in values else {})
        headers = {"Authorization": _basic(self._credential)} if self._credential else {}
        answer = _send("GET", f"{values['realm']}{'&' if realm.query else '?'}{urlencode(query)}", None, headers, None, None)
        if answer.status != 200:
            return False
        content = json.loads(answer.body)
        self._tokens[scope] = content.get("token") or content.get("access_token")
        return bool(self._tokens[scope])

    def _location(self, answer):
        location = answer.headers.get("Location")
        if not location:
            raise Failure(FAILED, f"The registry {self._name} started an upload without saying where.")
        return urljoin(self._endpoint + "/", location)

    def _expect(self, answer, status, repository, action):
        if answer.status == status:
            return
        if answer.status in (401, 403):
            raise Failure(FAILED, f"The registry {self._name} refused the credential to {action} in {repository} ({answer.status}).")
        reason = UNAVAILABLE if answer.status >= 500 else FAILED
        raise Failure(reason, f"The registry {self._name} answered {answer.status} to the attempt to {action} in {repository}{_details(answer)}")


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _verify(content, digest):
    if digest_of(content) != digest:
        raise Failure(FAILED, f"The registry sent content with the digest {digest_of(content)} for {digest}.")


def _basic(credential):
    return "Basic " + base64.b64encode(":".join(credential).encode()).decode()


def _details(answer):
    try:
        errors = json.loads(answer.body)["errors"]
        return ": " + "; ".join(f"{error['code']} {error.get('message', '')}".strip() for error in errors)[:500]
    except (ValueError, KeyError, TypeError):
        return "."


class _Body:
    """What `write` writes into: the connection."""

    def __init__(self, connection):
        self._connection = connection

    def write(self, data):
        self._connection.send(data)
        return len(data)


def _send(method, address, body, headers, size, write):
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT)
    try:
        connection.putrequest(method, f"{parts.path}?{parts.query}" if parts.query else parts.path)
        length = size if write else len(body) if body is not None else None
        if length is not None:
            connection.putheader("Content-Length", str(length))
            if "Content-Type" not in headers:
                connection.putheader("Content-Type", "application/octet-stream")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body if not write and body else None)
        if write:
            try:
                write(_Body(connection))
            except (BrokenPipeError, ConnectionResetError):
                pass  # The registry may have answered before it closed, for example that there is no space.
        response = connection.getresponse()
        content = response.read(_MAX_DOCUMENT + 1)
        if len(content) > _MAX_DOCUMENT:
            raise Failure(FAILED, f"The answer to {method} {parts.path} is larger than {_MAX_DOCUMENT} bytes.")
        return Answer(response.status, response.headers, content)
    finally:
        connection.close()
