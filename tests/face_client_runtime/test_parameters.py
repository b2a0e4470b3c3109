"""Parameters as text: what the styles leave undefined, or could not be read back, is refused."""

import datetime
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_client_runtime import (
    UNSET,
    cookie_parameter,
    header_parameter,
    json_parameter,
    path_parameter,
    query_parameter,
    query_string,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
query = partial(query_parameter, "a")
path = partial(path_parameter, "a")
header = partial(header_parameter, "a")
cookie = partial(cookie_parameter, "a")


@pytest.mark.parametrize("function", [path, query, header, cookie])
@pytest.mark.parametrize("value", [[["b"]], [{}], {"b": []}, object(), [UNSET, b"b"]])
def test_a_nested_value(function: Callable[[Any], object], value: object) -> None:
    """No style has values within the values of an array or an object, nor a value that is not plain."""
    with pytest.raises(TypeError, match="a must be text, a number, a boolean, a date or a UUID, not"):
        function(value)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_that_json_does_not_have(value: float) -> None:
    """Such a number has no text."""
    for function in (path, query, header, cookie, json_parameter):
        with pytest.raises(ValueError, match="JSON"):
            function(value)


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (partial(query, style="spaceDelimited", explode=False), ["b c"]),
        (partial(query, style="pipeDelimited", explode=False), {"b|c": 1}),
        (partial(query, style="pipeDelimited", explode=False, allow_reserved=True), ["b|c"]),
        (partial(path, style="label", explode=True), [1.5]),
        (header, ["b,c"]),
        (partial(header, explode=True), {"b=c": 1}),
    ],
)
def test_an_item_with_a_delimiter(function: Callable[[Any], object], value: object) -> None:
    """An item that could not be told from two is refused."""
    with pytest.raises(ValueError, match="a has an item that contains"):
        function(value)


@pytest.mark.parametrize(
    ("style", "value"), [("simple", ""), ("simple", ".."), ("label", ""), ("label", "."), ("simple", [""])]
)
def test_a_part_of_the_path_that_would_change_it(style: str, value: object) -> None:
    """No part of a path is empty or a dot segment (RFC 3986, section 5.2.4)."""
    with pytest.raises(ValueError, match=r"a must not be '.*': as a path segment, that would change the URL"):
        path(value, style=style)


@pytest.mark.parametrize("value", [None, UNSET, [], {}, [None], {"b": None}])
def test_an_undefined_value(value: object) -> None:
    """Null is undefined, as is what has no other items (RFC 6570, section 2.3): it is not sent, unless required."""
    assert (query(value), header(value), cookie(value)) == ("", {}, {})
    for function in (path, partial(query, required=True), partial(header, required=True)):
        with pytest.raises(ValueError, match="must not be empty"):
            function(value)


@pytest.mark.parametrize("text", ["ä", "a\nb", "a\0", " a", "a\t"])
def test_what_no_header_can_have(text: str) -> None:
    """A header has printable ASCII characters, and its value is not in the message: it may be a secret."""
    reason = "a has a character that is not ASCII, a control character or surrounding whitespace"
    for value in (text, ["b", text]):
        with pytest.raises(ValueError, match=f"^{reason}$"):
            header(value)


def test_a_lone_surrogate() -> None:
    """What UTF-8 does not have is refused without the value."""
    with pytest.raises(ValueError, match=r"^a contains an invalid character: a lone surrogate$"):
        query("\ud800")


def test_an_object_in_several_cookies() -> None:
    """An array or an object is not sent as several cookies."""
    with pytest.raises(ValueError, match="a cookie has one value"):
        cookie(["b"])


def test_deep_object_of_something_else() -> None:
    """The style deepObject has objects only."""
    with pytest.raises(TypeError, match="a must be an object in the style deepObject"):
        query("b", style="deepObject")


def test_json() -> None:
    """JSON has dates as text and is ASCII; null is a value, but unset is none."""
    assert json_parameter({"on": datetime.date(2024, 2, 29), "of": [None, True, "ä"]}) == (
        r'{"on":"2024-02-29","of":[null,true,"\u00e4"]}'
    )
    assert query(json_parameter(None)) == "a=null"
    assert json_parameter(UNSET) is UNSET
    with pytest.raises(TypeError):
        json_parameter({"a": object()})


@given(TEXT, TEXT)
def test_a_query_reads_back(name: str, value: str) -> None:
    """Name and value arrive as they are, whatever their characters."""
    text = query_string(query_parameter(name, value), query_parameter("b", UNSET))
    assert parse_qsl(text[1:], keep_blank_values=True) == [(name, value)]


@given(st.lists(TEXT, min_size=1))
def test_an_array_reads_back(items: list[str]) -> None:
    """The items of an array are told apart, with reserved characters too, but for what is encoded already."""
    text = query_parameter("a", items, explode=False).removeprefix("a=")
    assert [unquote(part) for part in text.split(",")] == items
    text = query_parameter("a", [item.replace("%", "") for item in items], explode=False, allow_reserved=True)
    assert [unquote(part) for part in text.removeprefix("a=").split(",")] == [item.replace("%", "") for item in items]


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, st.lists, max_leaves=5))
def test_json_reads_back(value: object) -> None:
    """JSON arrives as it is in a query and in a header."""
    text = str(json_parameter(value))
    assert json.loads(unquote(query_parameter("a", text).removeprefix("a="))) == value
    assert json.loads(header_parameter("a", text)["a"]) == value
