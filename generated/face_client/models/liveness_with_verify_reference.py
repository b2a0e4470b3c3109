# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..models.image_type import ImageType
from ..models.quality_for_recognition import QualityForRecognition
from ..types import UNSET

if TYPE_CHECKING:
    from ..models.face_rectangle import FaceRectangle


T = TypeVar("T", bound="LivenessWithVerifyReference")


@_attrs_define
class LivenessWithVerifyReference:
    """What the service found in the reference image.

    Attributes:
        reference_type (ImageType | str): The kind of the reference image.
        face_rectangle (FaceRectangle): The place of a face in an image.
        quality_for_recognition (QualityForRecognition | str): Whether the reference image is good enough for
            recognition.
    """

    reference_type: ImageType | str
    face_rectangle: FaceRectangle
    quality_for_recognition: QualityForRecognition | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reference_type: str
        if isinstance(self.reference_type, ImageType):
            reference_type = self.reference_type.value
        else:
            reference_type = self.reference_type

        face_rectangle = self.face_rectangle.to_dict()

        quality_for_recognition: str
        if isinstance(self.quality_for_recognition, QualityForRecognition):
            quality_for_recognition = self.quality_for_recognition.value
        else:
            quality_for_recognition = self.quality_for_recognition

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "referenceType": reference_type,
                "faceRectangle": face_rectangle,
                "qualityForRecognition": quality_for_recognition,
            }
        )

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.face_rectangle import FaceRectangle  # noqa: PLC0415

        d = received(src_dict, {"referenceType": UNSET, "faceRectangle": {}, "qualityForRecognition": UNSET}, ())

        def _parse_reference_type(data: object) -> ImageType | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                reference_type_type_0 = ImageType(data)

                return reference_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImageType | str, data)

        reference_type = _parse_reference_type(d.pop("referenceType"))

        face_rectangle = FaceRectangle.from_dict(d.pop("faceRectangle"))

        def _parse_quality_for_recognition(data: object) -> QualityForRecognition | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                quality_for_recognition_type_0 = QualityForRecognition(data)

                return quality_for_recognition_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(QualityForRecognition | str, data)

        quality_for_recognition = _parse_quality_for_recognition(d.pop("qualityForRecognition"))

        liveness_with_verify_reference = cls(
            reference_type=reference_type,
            face_rectangle=face_rectangle,
            quality_for_recognition=quality_for_recognition,
        )

        liveness_with_verify_reference.additional_properties = d
        return liveness_with_verify_reference

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
