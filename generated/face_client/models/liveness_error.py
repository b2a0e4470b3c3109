# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..types import UNSET

if TYPE_CHECKING:
    from ..models.liveness_decision_targets import LivenessDecisionTargets


T = TypeVar("T", bound="LivenessError")


@_attrs_define
class LivenessError:
    """Why an attempt has no result.

    Attributes:
        code (str): The error code, such as FaceWithMaskDetected.
        message (str): A readable explanation.
        targets (LivenessDecisionTargets): The parts of the recording that a decision is about.
    """

    code: str
    message: str
    targets: LivenessDecisionTargets
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        targets = self.targets.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "message": message,
                "targets": targets,
            }
        )

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.liveness_decision_targets import LivenessDecisionTargets  # noqa: PLC0415

        d = received(src_dict, {"code": UNSET, "message": UNSET, "targets": {}}, ())
        code = d.pop("code")

        message = d.pop("message")

        targets = LivenessDecisionTargets.from_dict(d.pop("targets"))

        liveness_error = cls(
            code=code,
            message=message,
            targets=targets,
        )

        liveness_error.additional_properties = d
        return liveness_error

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
