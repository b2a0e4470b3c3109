# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class LivenessModel(StrEnum):
    V2024_11_15 = "2024-11-15"

    def __str__(self) -> str:
        return str(self.value)
