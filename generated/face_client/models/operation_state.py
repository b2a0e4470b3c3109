# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class OperationState(StrEnum):
    CANCELED = "Canceled"
    FAILED = "Failed"
    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"

    def __str__(self) -> str:
        return str(self.value)
