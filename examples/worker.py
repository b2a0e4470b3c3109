"""A Celery worker that keeps the images of liveness sessions, and deletes the sessions.

Your back end calls `keep_image.delay(session_id, number)` when it has read the result of a session. The worker reads
FACE_ENDPOINT, FACE_APIKEY, BROKER_URL and PICTURES, the folder of the images.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from celery import Celery

from face_client import Client, NotFoundError, RateLimitError, ServerError
from face_client_auth import connect
from face_client_sessions import NoSessionImageError, NotDeletedError, save_image_and_delete

app = Celery("worker", broker=os.environ.get("BROKER_URL"))


@cache
def face() -> Client:
    """One client for each process, which keeps its connections."""
    return connect()


@app.task(
    bind=True,
    acks_late=True,  # if the worker dies, another one runs the task again
    reject_on_worker_lost=True,
    autoretry_for=(httpx.TransportError, ServerError, NotDeletedError),
    default_retry_delay=60,
    max_retries=48 * 60,  # the service keeps a session for 48 hours
)
def keep_image(task: Any, session_id: str, number: int) -> str:
    """Saves the image of a session as NUMBER.jpg, then deletes the session.

    It can run any number of times: a picture that is there is whole, so only the deletion is left, and a session that
    is gone has been deleted by an earlier run.
    """
    picture = Path(os.environ["PICTURES"], f"{number:d}.jpg")
    try:
        if picture.exists():
            face().delete_liveness_session(session_id)
        else:
            save_image_and_delete(face(), session_id, picture, deadline=10)
    except RateLimitError as error:
        raise task.retry(exc=error, countdown=error.retry_after) from error
    except NoSessionImageError:
        face().delete_liveness_session(session_id)
        return "no image"
    except NotFoundError:
        if not picture.exists():
            raise
    return "kept"
