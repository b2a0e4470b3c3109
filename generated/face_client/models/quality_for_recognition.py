# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class QualityForRecognition(StrEnum):
    HIGH = "high"
    LOW = "low"
    MEDIUM = "medium"

    def __str__(self) -> str:
        return str(self.value)
