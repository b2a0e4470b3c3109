# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..models.liveness_model import LivenessModel
from ..models.operation_state import OperationState
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.liveness_session_results import LivenessSessionResults


T = TypeVar("T", bound="LivenessSession")


@_attrs_define
class LivenessSession:
    """A liveness session.

    Attributes:
        session_id (str): The id of the session.
        auth_token (str): The bearer token for the client's device, which expires after the time to live of the session.
            It is empty after creation.
        status (OperationState | str): The state of the session.
        results (LivenessSessionResults): The results of a liveness session.
        model_version (LivenessModel | str | Unset): The version of the model.
    """

    session_id: str
    auth_token: str = _attrs_field(repr=False)
    status: OperationState | str
    results: LivenessSessionResults
    model_version: LivenessModel | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        session_id = self.session_id

        auth_token = self.auth_token

        status: str
        if isinstance(self.status, OperationState):
            status = self.status.value
        else:
            status = self.status

        results = self.results.to_dict()

        model_version: str | Unset
        if isinstance(self.model_version, Unset):
            model_version = UNSET
        elif isinstance(self.model_version, LivenessModel):
            model_version = self.model_version.value
        else:
            model_version = self.model_version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sessionId": session_id,
                "authToken": auth_token,
                "status": status,
                "results": results,
            }
        )
        if model_version is not UNSET:
            field_dict["modelVersion"] = model_version

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.liveness_session_results import LivenessSessionResults  # noqa: PLC0415

        d = received(
            src_dict, {"sessionId": UNSET, "authToken": UNSET, "status": UNSET, "results": {}}, ("modelVersion",)
        )
        session_id = d.pop("sessionId")

        auth_token = d.pop("authToken")

        def _parse_status(data: object) -> OperationState | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = OperationState(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(OperationState | str, data)

        status = _parse_status(d.pop("status"))

        results = LivenessSessionResults.from_dict(d.pop("results"))

        def _parse_model_version(data: object) -> LivenessModel | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                model_version_type_0 = LivenessModel(data)

                return model_version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LivenessModel | str | Unset, data)

        model_version = _parse_model_version(d.pop("modelVersion", UNSET))

        liveness_session = cls(
            session_id=session_id,
            auth_token=auth_token,
            status=status,
            results=results,
            model_version=model_version,
        )

        liveness_session.additional_properties = d
        return liveness_session

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
