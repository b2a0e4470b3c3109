# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..models.liveness_decision import LivenessDecision
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.liveness_decision_targets import LivenessDecisionTargets
    from ..models.liveness_with_verify_outputs import LivenessWithVerifyOutputs


T = TypeVar("T", bound="LivenessWithVerifyResult")


@_attrs_define
class LivenessWithVerifyResult:
    """The result of an attempt in a liveness with verify session.

    Attributes:
        targets (LivenessDecisionTargets): The parts of the recording that a decision is about.
        digest (str): The server's digest of the attempt, to compare with that of the client's device.
        liveness_decision (LivenessDecision | str | Unset): Whether the face was that of a live person.
        session_image_id (str | Unset): The id of the image for Get Session Image, if one was stored.
        verify_result (LivenessWithVerifyOutputs | Unset): The comparison of the face on the client's device with that
            of the reference image.
        verify_image_hash (str | Unset): The SHA-256 of the reference image in hexadecimal digits, if
            returnVerifyImageHash was true.
    """

    targets: LivenessDecisionTargets
    digest: str
    liveness_decision: LivenessDecision | str | Unset = UNSET
    session_image_id: str | Unset = UNSET
    verify_result: LivenessWithVerifyOutputs | Unset = UNSET
    verify_image_hash: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        targets = self.targets.to_dict()

        digest = self.digest

        liveness_decision: str | Unset
        if isinstance(self.liveness_decision, Unset):
            liveness_decision = UNSET
        elif isinstance(self.liveness_decision, LivenessDecision):
            liveness_decision = self.liveness_decision.value
        else:
            liveness_decision = self.liveness_decision

        session_image_id = self.session_image_id

        verify_result: dict[str, Any] | Unset = UNSET
        if not isinstance(self.verify_result, Unset):
            verify_result = self.verify_result.to_dict()

        verify_image_hash = self.verify_image_hash

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "targets": targets,
                "digest": digest,
            }
        )
        if liveness_decision is not UNSET:
            field_dict["livenessDecision"] = liveness_decision
        if session_image_id is not UNSET:
            field_dict["sessionImageId"] = session_image_id
        if verify_result is not UNSET:
            field_dict["verifyResult"] = verify_result
        if verify_image_hash is not UNSET:
            field_dict["verifyImageHash"] = verify_image_hash

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.liveness_decision_targets import LivenessDecisionTargets  # noqa: PLC0415
        from ..models.liveness_with_verify_outputs import LivenessWithVerifyOutputs  # noqa: PLC0415

        d = received(
            src_dict,
            {"targets": {}, "digest": UNSET},
            (
                "livenessDecision",
                "sessionImageId",
                "verifyResult",
                "verifyImageHash",
            ),
        )
        targets = LivenessDecisionTargets.from_dict(d.pop("targets"))

        digest = d.pop("digest")

        def _parse_liveness_decision(data: object) -> LivenessDecision | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                liveness_decision_type_0 = LivenessDecision(data)

                return liveness_decision_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LivenessDecision | str | Unset, data)

        liveness_decision = _parse_liveness_decision(d.pop("livenessDecision", UNSET))

        session_image_id = d.pop("sessionImageId", UNSET)

        _verify_result = d.pop("verifyResult", UNSET)
        verify_result: LivenessWithVerifyOutputs | Unset
        if isinstance(_verify_result, Unset):
            verify_result = UNSET
        else:
            verify_result = LivenessWithVerifyOutputs.from_dict(_verify_result)

        verify_image_hash = d.pop("verifyImageHash", UNSET)

        liveness_with_verify_result = cls(
            targets=targets,
            digest=digest,
            liveness_decision=liveness_decision,
            session_image_id=session_image_id,
            verify_result=verify_result,
            verify_image_hash=verify_image_hash,
        )

        liveness_with_verify_result.additional_properties = d
        return liveness_with_verify_result

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
