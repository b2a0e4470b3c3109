"""What a device's attempt leaves in the result of a session."""

import secrets
from typing import Any, Literal, get_args

Outcome = Literal["realface", "spoofface", "uncertain", "mask", "canceled"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)

_TARGETS = {"color": {"faceRectangle": {"top": 260, "left": 190, "width": 340, "height": 430}}}  # in the portrait
_DEFAULT_THRESHOLD = 0.5  # of the verify operation of Azure AI Face
_IDENTICAL, _DIFFERENT = 0.92, 0.08871888


def check_outcome(outcome: object) -> None:
    """Raise ValueError unless it is an `Outcome`."""
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome: must be one of {', '.join(OUTCOMES)}, not {outcome!r}")


def check_match(is_identical: object, match_confidence: object) -> None:
    """Raise ValueError unless they are a boolean, and None or a number from 0 to 1."""
    if is_identical not in (True, False):
        raise ValueError(f"is_identical: must be true or false, not {is_identical!r}")
    if match_confidence is not None and not _is_share(match_confidence):
        raise ValueError(f"match_confidence: must be a number from 0 to 1, not {match_confidence!r}")


def attempt_status(outcome: Outcome) -> str:
    """Return the status of an attempt, which becomes the session's too."""
    return {"mask": "Failed", "canceled": "Canceled"}.get(outcome, "Succeeded")


def attempt_error() -> dict[str, Any]:
    """Return the error of an attempt with a mask."""
    return {"code": "FaceWithMaskDetected", "message": "Mask detected on face image.", "targets": _TARGETS}


def attempt_result(outcome: Outcome) -> dict[str, Any]:
    """Return the result of an attempt that ended in a decision."""
    return {"livenessDecision": outcome, "targets": _TARGETS, "digest": secrets.token_hex(32).upper()}


def verify_outputs(threshold: float | None, is_identical: bool, match_confidence: float | None) -> dict[str, Any]:
    """Compare with the verify image. The match confidence decides; without one, `is_identical` picks it."""
    if threshold is None:
        threshold = _DEFAULT_THRESHOLD
    if match_confidence is None:
        match_confidence = max(_IDENTICAL, threshold) if is_identical else min(_DIFFERENT, threshold / 2)
    return {"matchConfidence": match_confidence, "isIdentical": match_confidence >= threshold}


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
