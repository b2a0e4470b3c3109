# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import form_field, form_file, received

from .. import types
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="CreateLivenessWithVerifySessionContent")


@_attrs_define
class CreateLivenessWithVerifySessionContent:
    """The settings of a new liveness with verify session, and its reference image.

    Attributes:
        liveness_operation_mode (str): How the device checks that a person is alive: a LivenessOperationMode, such as
            Passive.
        verify_image (File): The reference image: JPEG, PNG, GIF (the first frame) or BMP, 1 KB to 6 MB, with one face.
            The part must have a filename.
        device_correlation_id_set_in_client (bool | Unset): Whether the client's device sets its own
            deviceCorrelationId. The service's default is false.
        enable_session_image (bool | Unset): Whether to store the session image, which the result then has the id of.
            Without true, there is no image.
        liveness_model_version (str | Unset): The version of the model, a LivenessModel; without it, the latest one.
        return_verify_image_hash (bool | Unset): Whether the result has the hash of the reference image.
        verify_confidence_threshold (float | Unset): The confidence from which on the two faces count as those of one
            person.
        device_correlation_id (str | Unset): A unique id of the end user's device, such as a GUID, of at most 64
            characters. The service uses it for rate limiting. Required unless deviceCorrelationIdSetInClient is true, and
            not allowed if it is.
        auth_token_time_to_live_in_seconds (int | Unset): Seconds that the authorization token and the session's
            attempts are valid for. The service's default is 600.
    """

    liveness_operation_mode: str
    verify_image: File
    device_correlation_id_set_in_client: bool | Unset = UNSET
    enable_session_image: bool | Unset = UNSET
    liveness_model_version: str | Unset = UNSET
    return_verify_image_hash: bool | Unset = UNSET
    verify_confidence_threshold: float | Unset = UNSET
    device_correlation_id: str | Unset = UNSET
    auth_token_time_to_live_in_seconds: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        liveness_operation_mode = self.liveness_operation_mode

        verify_image = self.verify_image.to_tuple()

        device_correlation_id_set_in_client = self.device_correlation_id_set_in_client

        enable_session_image = self.enable_session_image

        liveness_model_version = self.liveness_model_version

        return_verify_image_hash = self.return_verify_image_hash

        verify_confidence_threshold = self.verify_confidence_threshold

        device_correlation_id = self.device_correlation_id

        auth_token_time_to_live_in_seconds = self.auth_token_time_to_live_in_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "livenessOperationMode": liveness_operation_mode,
                "verifyImage": verify_image,
            }
        )
        if device_correlation_id_set_in_client is not UNSET:
            field_dict["deviceCorrelationIdSetInClient"] = device_correlation_id_set_in_client
        if enable_session_image is not UNSET:
            field_dict["enableSessionImage"] = enable_session_image
        if liveness_model_version is not UNSET:
            field_dict["livenessModelVersion"] = liveness_model_version
        if return_verify_image_hash is not UNSET:
            field_dict["returnVerifyImageHash"] = return_verify_image_hash
        if verify_confidence_threshold is not UNSET:
            field_dict["verifyConfidenceThreshold"] = verify_confidence_threshold
        if device_correlation_id is not UNSET:
            field_dict["deviceCorrelationId"] = device_correlation_id
        if auth_token_time_to_live_in_seconds is not UNSET:
            field_dict["authTokenTimeToLiveInSeconds"] = auth_token_time_to_live_in_seconds

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("livenessOperationMode", form_field(self.liveness_operation_mode)))

        files.append(("verifyImage", form_file(self.verify_image)))

        if not isinstance(self.device_correlation_id_set_in_client, Unset):
            files.append(("deviceCorrelationIdSetInClient", form_field(self.device_correlation_id_set_in_client)))

        if not isinstance(self.enable_session_image, Unset):
            files.append(("enableSessionImage", form_field(self.enable_session_image)))

        if not isinstance(self.liveness_model_version, Unset):
            files.append(("livenessModelVersion", form_field(self.liveness_model_version)))

        if not isinstance(self.return_verify_image_hash, Unset):
            files.append(("returnVerifyImageHash", form_field(self.return_verify_image_hash)))

        if not isinstance(self.verify_confidence_threshold, Unset):
            files.append(
                ("verifyConfidenceThreshold", (None, str(self.verify_confidence_threshold).encode(), "text/plain"))
            )

        if not isinstance(self.device_correlation_id, Unset):
            files.append(("deviceCorrelationId", form_field(self.device_correlation_id)))

        if not isinstance(self.auth_token_time_to_live_in_seconds, Unset):
            files.append(
                (
                    "authTokenTimeToLiveInSeconds",
                    (None, str(self.auth_token_time_to_live_in_seconds).encode(), "text/plain"),
                )
            )

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, form_field(prop)))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = received(
            src_dict,
            {"livenessOperationMode": UNSET, "verifyImage": UNSET},
            (
                "deviceCorrelationIdSetInClient",
                "enableSessionImage",
                "livenessModelVersion",
                "returnVerifyImageHash",
                "verifyConfidenceThreshold",
                "deviceCorrelationId",
                "authTokenTimeToLiveInSeconds",
            ),
        )
        liveness_operation_mode = d.pop("livenessOperationMode")

        verify_image = File(payload=BytesIO(d.pop("verifyImage")))

        device_correlation_id_set_in_client = d.pop("deviceCorrelationIdSetInClient", UNSET)

        enable_session_image = d.pop("enableSessionImage", UNSET)

        liveness_model_version = d.pop("livenessModelVersion", UNSET)

        return_verify_image_hash = d.pop("returnVerifyImageHash", UNSET)

        verify_confidence_threshold = d.pop("verifyConfidenceThreshold", UNSET)

        device_correlation_id = d.pop("deviceCorrelationId", UNSET)

        auth_token_time_to_live_in_seconds = d.pop("authTokenTimeToLiveInSeconds", UNSET)

        create_liveness_with_verify_session_content = cls(
            liveness_operation_mode=liveness_operation_mode,
            verify_image=verify_image,
            device_correlation_id_set_in_client=device_correlation_id_set_in_client,
            enable_session_image=enable_session_image,
            liveness_model_version=liveness_model_version,
            return_verify_image_hash=return_verify_image_hash,
            verify_confidence_threshold=verify_confidence_threshold,
            device_correlation_id=device_correlation_id,
            auth_token_time_to_live_in_seconds=auth_token_time_to_live_in_seconds,
        )

        create_liveness_with_verify_session_content.additional_properties = d
        return create_liveness_with_verify_session_content

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
