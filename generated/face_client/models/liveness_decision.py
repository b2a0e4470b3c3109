# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class LivenessDecision(StrEnum):
    REALFACE = "realface"
    SPOOFFACE = "spoofface"
    UNCERTAIN = "uncertain"

    def __str__(self) -> str:
        return str(self.value)
