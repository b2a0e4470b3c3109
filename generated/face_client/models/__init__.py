# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Contains all the data models used in inputs/outputs"""

from .face_error import FaceError
from .face_error_response import FaceErrorResponse

__all__ = (
    "FaceError",
    "FaceErrorResponse",
)
