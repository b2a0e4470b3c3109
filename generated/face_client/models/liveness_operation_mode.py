# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class LivenessOperationMode(StrEnum):
    PASSIVE = "Passive"
    PASSIVE_ACTIVE = "PassiveActive"

    def __str__(self) -> str:
        return str(self.value)
