"""A back end for liveness checks. An app starts a check, the person makes it, and the app says that it is finished.

It reads FACE_ENDPOINT, FACE_APIKEY and STORE_URL, the place of the images, such as s3://bucket/folder or az://container.
Add your own sign-in, so that a person can only finish their own check.
"""

import logging
import math
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import obstore
from fastapi import Body, FastAPI, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from obstore.store import from_url

from face_client import ApiError, AsyncClient, NotFoundError, RateLimitError
from face_client.models import CreateLivenessSessionContent, LivenessDecision
from face_client_auth import connect_async
from face_client_sessions import latest_attempt, wait_for_result_async

ANSWERS: dict[type[Exception], tuple[int, str]] = {
    NotFoundError: (404, "there is no such check, or it has been finished"),
    RateLimitError: (503, "too many checks at the moment"),
    ApiError: (502, "the check cannot be made"),  # also for a 401: the key is ours, not the caller's
    httpx.TransportError: (504, "no result in time: call again"),  # DeadlineExceeded is one of them
}
DeviceId = Annotated[str, Body(embed=True, min_length=1, max_length=64)]
SessionId = Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]  # it is also the name of the image


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """One client for all requests: it keeps its connections, and closes them at the end."""
    async with connect_async() as face:
        yield {"face": face, "store": from_url(os.environ["STORE_URL"])}


app = FastAPI(lifespan=lifespan)


@app.post("/checks", status_code=201)
async def start(request: Request, response: Response, device_id: DeviceId) -> dict[str, str]:
    """Creates a session. The token is for this device, and is kept nowhere."""
    face: AsyncClient = request.state.face
    settings = CreateLivenessSessionContent("Passive", enable_session_image=True, device_correlation_id=device_id)
    session = await face.create_liveness_session(body=settings)
    response.headers["Cache-Control"] = "no-store"
    return {"session_id": session.session_id, "token": session.auth_token}


@app.post("/checks/{session_id}/finish")
async def finish(request: Request, session_id: SessionId) -> dict[str, bool]:
    """Waits for the result, stores the image with it, then deletes the session. After an error, call it again."""
    face: AsyncClient = request.state.face
    session = await wait_for_result_async(face, session_id, deadline=20)
    attempt = latest_attempt(session)
    if not (attempt and attempt.result and attempt.result.session_image_id):
        raise HTTPException(409, "the latest attempt has no result: make another one")
    decision = attempt.result.liveness_decision or LivenessDecision.UNCERTAIN
    image = await face.get_session_image(attempt.result.session_image_id)
    attributes = {"Content-Type": "image/jpeg", "decision": str(decision)}
    await obstore.put_async(request.state.store, f"{session_id}.jpg", image, attributes=attributes)
    await face.delete_liveness_session(session_id)
    return {"passed": decision == LivenessDecision.REALFACE}


async def answer(_: Request, error: Exception) -> JSONResponse:
    """The log has the service's error, and the caller what to make of it."""
    status, detail = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    logging.getLogger(__name__).warning("%d: %s", status, error)
    retry_after = getattr(error, "retry_after", None)
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    return JSONResponse({"detail": detail}, status, headers)


for kind in ANSWERS:
    app.add_exception_handler(kind, answer)
