"""How models read JSON objects: strictly, and where that fails, with tolerance."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar, cast

from ._types import UNSET

T = TypeVar("T")

_mode: ContextVar[Literal["strict", "outermost", "nested"]] = ContextVar("_mode", default="strict")


@contextmanager
def tolerance() -> Iterator[None]:
    """In its block, `received` accepts objects without some of their required properties."""
    token = _mode.set("outermost")
    try:
        yield
    finally:
        _mode.reset(token)


def require_model(name: str, value: object, model: type) -> None:
    """Raises TypeError unless the value is a model of this class."""
    if not isinstance(value, model):
        kind = type(value).__name__
        raise TypeError(
            f"{name} must be a {model.__name__}, not {kind}: {model.__name__}.from_dict makes one of a dict"
        )


def parsed(value: Any, parse: Callable[[Any], T]) -> T:
    """Returns a parsed value.

    In a `tolerance` block, a missing value is UNSET, against its declared type. Any other is parsed strictly, and with
    tolerance only if that fails: of several models, the first would accept any object.
    """
    mode = _mode.get()
    if mode != "strict":
        if value is UNSET:
            return cast(T, UNSET)
        token = _mode.set("strict")
        try:
            return parse(value)
        except (ValueError, TypeError, LookupError, AttributeError):
            pass
        finally:
            _mode.reset(token)
    return parse(value)


def by_discriminator(data: object, name: str, models: Mapping[str, Callable[[Any], Any]]) -> Any:
    """Returns the model that a property of the data names, or None if it names none of them.

    Args:
        data: The JSON value.
        name: The name of the property.
        models: What makes a model of the data, for each value of the property.
    """
    value = data.get(name) if isinstance(data, Mapping) else None
    return models[value](data) if isinstance(value, str) and value in models else None


def received(body: Mapping[str, Any], required: Mapping[str, Any], optional: Collection[str]) -> dict[str, Any]:
    """Returns the properties of a JSON object from a response.

    An optional property that is null is left out. In a `tolerance` block, so is a required one, and each required
    property that is missing has the value that is given for it.

    Args:
        body: The object.
        required: The required properties that cannot be null, with the values of missing ones.
        optional: The optional properties that cannot be null.

    Raises:
        ValueError: The outermost object in a `tolerance` block has none of the required properties.
    """
    present = {name: value for name, value in body.items() if value is not None or name not in optional}
    mode = _mode.get()
    if mode == "strict":
        return present
    if mode == "outermost" and required and not required.keys() & present.keys():
        raise ValueError(f"none of the properties {', '.join(required)}")
    _mode.set("nested")
    return {**required, **{name: value for name, value in present.items() if value is not None or name not in required}}
