# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from face_client_runtime import received

from ..types import UNSET

T = TypeVar("T", bound="FaceError")


@_attrs_define
class FaceError:
    """The error object. For comprehensive details on error codes and messages returned by the Face Service, please refer
    to the following link: https://aka.ms/face-error-codes-and-messages.

        Attributes:
            code (str): One of a server-defined set of error codes.
            message (str): A human-readable representation of the error.
    """

    code: str
    message: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "message": message,
            }
        )

        return {name: value for name, value in field_dict.items() if value is not UNSET}

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = received(src_dict, {"code": UNSET, "message": UNSET}, ())
        code = d.pop("code")

        message = d.pop("message")

        face_error = cls(
            code=code,
            message=message,
        )

        face_error.additional_properties = d
        return face_error

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
