"""Turns spec/openapi.yaml into generated/face_client/: `python -m generator generate | check`."""
