"""Helpers for liveness sessions: wait for the result, find the latest attempt, get the image before it is deleted."""

from ._attempts import latest_attempt, session_image_ids
from ._images import (
    NoSessionImageError,
    NotDeletedError,
    save_image_and_delete,
    save_image_and_delete_async,
    wait_for_image,
    wait_for_image_async,
)
from ._waiting import wait_for_result, wait_for_result_async

__all__ = [
    "NoSessionImageError",
    "NotDeletedError",
    "latest_attempt",
    "save_image_and_delete",
    "save_image_and_delete_async",
    "session_image_ids",
    "wait_for_image",
    "wait_for_image_async",
    "wait_for_result",
    "wait_for_result_async",
]
