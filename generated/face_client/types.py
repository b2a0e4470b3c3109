# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""What `face_client` uses for optional values, uploads and responses."""

from face_client_runtime import UNSET, File, FileTypes, RequestFiles, Response, Unset

__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
