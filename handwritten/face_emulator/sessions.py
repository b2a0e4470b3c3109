"""The liveness sessions, with their attempts and images."""

import base64
import json
import secrets
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from face_emulator.attempts import (
    Outcome,
    attempt_error,
    attempt_result,
    attempt_status,
    check_match,
    check_outcome,
    verify_outputs,
)
from face_emulator.clock import Clock
from face_emulator.images import bundled_image

RETENTION = 48 * 3600
MAX_ATTEMPTS = 10  # a limit of the emulator; the service publishes none


class AttemptRefusedError(Exception):
    """The session exists, but its device may not make another attempt."""


@dataclass(frozen=True, kw_only=True)
class Verify:
    """What a session with verify compares with."""

    image_hash: str
    return_hash: bool = False
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The validated body of a create request. `verify` is None for a session without verify."""

    model_version: str | None = None
    token_lifetime: int = 600
    enable_session_image: bool = False
    verify: Verify | None = None


@dataclass
class _Session:
    options: SessionOptions
    created: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "NotStarted"
    attempts: list[dict[str, Any]] = field(default_factory=list)  # the newest first
    images: dict[str, bytes] = field(default_factory=dict)

    def as_json(self, token: str = "") -> dict[str, Any]:
        results: dict[str, Any] = {"attempts": list(self.attempts)}
        if self.options.verify:
            rectangle = {"top": 316, "left": 131, "width": 498, "height": 677}
            reference = {"referenceType": "image", "faceRectangle": rectangle, "qualityForRecognition": "high"}
            results["verifyReferences"] = [reference]
        return {
            "sessionId": self.id,
            "authToken": token,
            "status": self.status,
            "modelVersion": self.options.model_version or "2024-11-15",
            "results": results,
        }


class Sessions:
    """The sessions, oldest first. They are deleted after 48 hours, and the oldest when there are too many.

    Sessions are thread-safe.

    Args:
        limit: The number of sessions to keep.

    Attributes:
        clock: The clock for tokens and for the 48 hours.
        outcome: The outcome of an attempt that each session has right after it is created; None for no attempt.

    Raises:
        ValueError: The limit is below 1.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"keep_sessions must be 1 or more, not {limit!r}")
        self.clock = Clock()
        self.outcome: Outcome | None = None
        self._limit = limit
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def ids(self) -> tuple[str, ...]:
        """Return the ids, oldest first."""
        with self._lock:
            return tuple(self._current())

    def create(self, options: SessionOptions) -> dict[str, Any]:
        """Create a session, and return it as it is before any attempt."""
        with self._lock:
            session = _Session(options, self.clock.now())
            self._sessions[session.id] = session
            created = session.as_json(_token(session))
            if self.outcome is not None:
                _play(session, self.outcome)
            self._current()
            return created

    def get(self, session_id: str, *, with_verify: bool) -> dict[str, Any] | None:
        """Return a session of this kind, without its token, or None."""
        with self._lock:
            session = self._current().get(session_id)
            return session.as_json() if session and _is_kind(session, with_verify) else None

    def delete(self, session_id: str, *, with_verify: bool) -> bool:
        """Delete a session of this kind with its images. Return whether there was one."""
        with self._lock:
            session = self._current().get(session_id)
            if session is None or not _is_kind(session, with_verify):
                return False
            del self._sessions[session_id]
            return True

    def image(self, image_id: str) -> bytes | None:
        """Return a session's image, or None."""
        with self._lock:
            found = (session.images.get(image_id) for session in self._current().values())
            return next((image for image in found if image is not None), None)

    def start_attempt(self, session_id: str) -> None:
        """Let the device begin an attempt.

        Raises:
            LookupError: There is no such session.
            AttemptRefusedError: Its token has expired, or it has too many attempts.
        """
        with self._lock:
            self._ready(session_id).status = "Running"

    def play_attempt(
        self,
        session_id: str,
        outcome: Outcome,
        *,
        image: bytes | None = None,
        is_identical: bool = True,
        match_confidence: float | None = None,
    ) -> None:
        """Let the device make an attempt.

        Raises:
            LookupError: There is no such session.
            AttemptRefusedError: Its token has expired, or it has too many attempts.
            ValueError: An unknown outcome or an invalid confidence.
        """
        check_outcome(outcome)
        check_match(is_identical, match_confidence)
        with self._lock:
            _play(self._ready(session_id), outcome, image, is_identical, match_confidence)

    def _ready(self, session_id: str) -> _Session:
        session = self._current().get(session_id)
        if session is None:
            raise LookupError(f"no session {session_id!r}: it is expired, deleted or was never created")
        if self.clock.now() >= session.created + session.options.token_lifetime:
            raise AttemptRefusedError("the token of the session has expired")
        if len(session.attempts) >= MAX_ATTEMPTS:
            raise AttemptRefusedError(f"the session has {MAX_ATTEMPTS} attempts, which is the emulator's limit")
        return session

    def _current(self) -> dict[str, _Session]:
        """Deletes what has expired or is too much. The caller holds the lock."""
        end = self.clock.now() - RETENTION
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if len(self._sessions) <= self._limit and oldest.created > end:
                break
            del self._sessions[oldest.id]
        return self._sessions


def _is_kind(session: _Session, with_verify: bool) -> bool:
    return (session.options.verify is not None) is with_verify


def _play(
    session: _Session,
    outcome: Outcome,
    image: bytes | None = None,
    is_identical: bool = True,
    match_confidence: float | None = None,
) -> None:
    status = attempt_status(outcome)
    attempt: dict[str, Any] = {"attemptId": len(session.attempts) + 1, "attemptStatus": status}
    if status == "Succeeded":
        attempt["result"] = result = attempt_result(outcome)
        if verify := session.options.verify:
            result["verifyResult"] = verify_outputs(verify.threshold, is_identical, match_confidence)
            if verify.return_hash:
                result["verifyImageHash"] = verify.image_hash
        if session.options.enable_session_image:
            # Like the ids in the service's examples: 33 bytes, the first of which is 1.
            result["sessionImageId"] = base64.urlsafe_b64encode(b"\x01" + secrets.token_bytes(32)).decode()
            session.images[result["sessionImageId"]] = bundled_image() if image is None else image
    elif status == "Failed":
        attempt["error"] = attempt_error()
    session.attempts.insert(0, attempt)
    session.status = status


def _token(session: _Session) -> str:
    """A token in the form of a JWT, with a random signature."""
    header = {"alg": "ES256", "kid": "emulator", "typ": "JWT"}
    start = int(session.created)
    claims = {"sub": session.id, "iat": start, "exp": start + session.options.token_lifetime}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    parts.append(secrets.token_bytes(64))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
