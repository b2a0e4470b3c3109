"""The attempts of a session. The service does not document their order, so that `attemptId` decides."""

from typing import overload

from face_client.models import (
    LivenessSession,
    LivenessSessionAttempt,
    LivenessWithVerifySession,
    LivenessWithVerifySessionAttempt,
)

AnySession = LivenessSession | LivenessWithVerifySession
AnyAttempt = LivenessSessionAttempt | LivenessWithVerifySessionAttempt


@overload
def latest_attempt(session: LivenessSession) -> LivenessSessionAttempt | None: ...
@overload
def latest_attempt(session: LivenessWithVerifySession) -> LivenessWithVerifySessionAttempt | None: ...
@overload
def latest_attempt(session: AnySession) -> AnyAttempt | None: ...
def latest_attempt(session: AnySession) -> AnyAttempt | None:
    """Returns the attempt with the highest `attempt_id`, or None if there is no attempt yet.

    An attempt without an id counts as earlier than the others.
    """
    return next(iter(_latest_first(session)), None)


def session_image_ids(session: AnySession) -> list[str]:
    """Returns the ids of the images of all attempts, each once, that of the latest attempt first.

    An attempt has one if the session was created with `enable_session_image=True` and the attempt has a result.
    """
    results = [attempt.result for attempt in _latest_first(session)]
    return list(dict.fromkeys(result.session_image_id for result in results if result and result.session_image_id))


def _latest_first(session: AnySession) -> list[AnyAttempt]:
    attempts: list[AnyAttempt] = [*session.results.attempts]
    return sorted(attempts, key=lambda each: each.attempt_id if isinstance(each.attempt_id, int) else 0, reverse=True)
