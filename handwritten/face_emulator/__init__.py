"""An offline Azure AI Face service for tests and demos: `Emulator` from Python, `face-emulator` from a shell.

Importing this package only requires the standard library. Starlette and uvicorn are imported when an `Emulator` starts.
"""

from face_emulator.emulator import Emulator
from face_emulator.fault import Fault
from face_emulator.images import SAMPLE_IMAGE_ID
from face_emulator.recording import RecordedRequest
from face_emulator.sessions import AttemptRefusedError

__all__ = ["SAMPLE_IMAGE_ID", "AttemptRefusedError", "Emulator", "Fault", "RecordedRequest"]
