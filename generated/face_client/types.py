# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The types of optional values, uploads and responses in `face_client`."""

from face_client_runtime import UNSET, File, FileTypes, RequestFiles, Response, Unset

__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
