# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..models.liveness_model import LivenessModel
from ..models.liveness_operation_mode import LivenessOperationMode
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateLivenessSessionContent")


@_attrs_define
class CreateLivenessSessionContent:
    """The settings of a new liveness session.

    Attributes:
        liveness_operation_mode (LivenessOperationMode | str): How the device checks that a person is alive.
        device_correlation_id_set_in_client (bool | Unset): Whether the client's device sets its own
            deviceCorrelationId. The service's default is false.
        enable_session_image (bool | Unset): Whether to store the session image, which the result then has the id of.
            Without true, there is no image.
        liveness_model_version (LivenessModel | str | Unset): The version of the model; without it, the latest one.
        device_correlation_id (str | Unset): A unique id of the end user's device, such as a GUID, of at most 64
            characters. The service uses it for rate limiting. Required unless deviceCorrelationIdSetInClient is true, and
            not allowed if it is.
        auth_token_time_to_live_in_seconds (int | Unset): Seconds that the authorization token and the session's
            attempts are valid for. The service's default is 600.
    """

    liveness_operation_mode: LivenessOperationMode | str
    device_correlation_id_set_in_client: bool | Unset = UNSET
    enable_session_image: bool | Unset = UNSET
    liveness_model_version: LivenessModel | str | Unset = UNSET
    device_correlation_id: str | Unset = UNSET
    auth_token_time_to_live_in_seconds: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        liveness_operation_mode: str
        if isinstance(self.liveness_operation_mode, LivenessOperationMode):
            liveness_operation_mode = self.liveness_operation_mode.value
        else:
            liveness_operation_mode = self.liveness_operation_mode

        device_correlation_id_set_in_client = self.device_correlation_id_set_in_client

        enable_session_image = self.enable_session_image

        liveness_model_version: str | Unset
        if isinstance(self.liveness_model_version, Unset):
            liveness_model_version = UNSET
        elif isinstance(self.liveness_model_version, LivenessModel):
            liveness_model_version = self.liveness_model_version.value
        else:
            liveness_model_version = self.liveness_model_version

        device_correlation_id = self.device_correlation_id

        auth_token_time_to_live_in_seconds = self.auth_token_time_to_live_in_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "livenessOperationMode": liveness_operation_mode,
            }
        )
        if device_correlation_id_set_in_client is not UNSET:
            field_dict["deviceCorrelationIdSetInClient"] = device_correlation_id_set_in_client
        if enable_session_image is not UNSET:
            field_dict["enableSessionImage"] = enable_session_image
        if liveness_model_version is not UNSET:
            field_dict["livenessModelVersion"] = liveness_model_version
        if device_correlation_id is not UNSET:
            field_dict["deviceCorrelationId"] = device_correlation_id
        if auth_token_time_to_live_in_seconds is not UNSET:
            field_dict["authTokenTimeToLiveInSeconds"] = auth_token_time_to_live_in_seconds

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = received(
            src_dict,
            {"livenessOperationMode": UNSET},
            (
                "deviceCorrelationIdSetInClient",
                "enableSessionImage",
                "livenessModelVersion",
                "deviceCorrelationId",
                "authTokenTimeToLiveInSeconds",
            ),
        )

        def _parse_liveness_operation_mode(data: object) -> LivenessOperationMode | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                liveness_operation_mode_type_0 = LivenessOperationMode(data)

                return liveness_operation_mode_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LivenessOperationMode | str, data)

        liveness_operation_mode = _parse_liveness_operation_mode(d.pop("livenessOperationMode"))

        device_correlation_id_set_in_client = d.pop("deviceCorrelationIdSetInClient", UNSET)

        enable_session_image = d.pop("enableSessionImage", UNSET)

        def _parse_liveness_model_version(data: object) -> LivenessModel | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                liveness_model_version_type_0 = LivenessModel(data)

                return liveness_model_version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LivenessModel | str | Unset, data)

        liveness_model_version = _parse_liveness_model_version(d.pop("livenessModelVersion", UNSET))

        device_correlation_id = d.pop("deviceCorrelationId", UNSET)

        auth_token_time_to_live_in_seconds = d.pop("authTokenTimeToLiveInSeconds", UNSET)

        create_liveness_session_content = cls(
            liveness_operation_mode=liveness_operation_mode,
            device_correlation_id_set_in_client=device_correlation_id_set_in_client,
            enable_session_image=enable_session_image,
            liveness_model_version=liveness_model_version,
            device_correlation_id=device_correlation_id,
            auth_token_time_to_live_in_seconds=auth_token_time_to_live_in_seconds,
        )

        create_liveness_session_content.additional_properties = d
        return create_liveness_session_content

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
