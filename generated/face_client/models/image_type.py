# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from enum import StrEnum


class ImageType(StrEnum):
    COLOR = "Color"
    DEPTH = "Depth"
    INFRARED = "Infrared"

    def __str__(self) -> str:
        return str(self.value)
