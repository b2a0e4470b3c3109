"""File names for ids, and ids for file names."""

import re
from urllib.parse import quote, unquote

SUFFIX = ".jpg"
MAX_BYTES = 255  # of ext4, APFS and NTFS
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)", re.IGNORECASE)
_ESCAPE_OR_LETTER = re.compile(r"%[0-9A-F]{2}|[a-z]", re.IGNORECASE)


def file_name(image_id: str) -> str:
    """Returns the file name of an id, from which `image_id` makes the id again.

    It is the id, percent-encoded but for ASCII letters, digits, `-`, `_` and `~`. If the id has upper-case letters, a
    dot and a hexadecimal number follow, whose bits say which letters these are, the lowest bit for the first letter:
    ids that differ only by case are different files on macOS and Windows, too. The suffix is `.jpg`.

    Raises:
        ValueError: The id is empty or contains a lone surrogate, or the name would be longer than 255 bytes.
    """
    if not image_id:
        raise ValueError("the id is empty")
    try:
        text = quote(image_id, safe="").replace(".", "%2E")
    except UnicodeEncodeError:
        raise ValueError("the id contains an invalid character: a lone surrogate") from None
    if text[0] == "-" or _RESERVED.fullmatch(text):  # an option, or a device of Windows
        text = f"%{ord(text[0]):02X}{text[1:]}"
    letters = [letter for letter in _ESCAPE_OR_LETTER.findall(text) if letter[0] != "%"]
    case = sum(letter.isupper() << place for place, letter in enumerate(letters))
    name = f"{text}.{case:x}{SUFFIX}" if case else text + SUFFIX
    if len(name) > MAX_BYTES:
        raise ValueError(f"the file name of the id would be longer than {MAX_BYTES} bytes")
    return name


def image_id(file_name: str) -> str:
    """Returns the id of a file name, even if a file system has changed the case of its letters.

    Raises:
        ValueError: It is not a name that `file_name` makes.
    """
    text, _, case = file_name.lower().removesuffix(SUFFIX).partition(".")
    try:
        bits = int(case or "0", 16)

        def restore(found: re.Match[str]) -> str:
            nonlocal bits
            if found[0][0] == "%":
                return found[0]
            bits, is_upper = bits >> 1, bits & 1
            return found[0].upper() if is_upper else found[0]

        restored = unquote(_ESCAPE_OR_LETTER.sub(restore, text), errors="strict")
        if _file_name(restored).lower() == file_name.lower():
            return restored
    except ValueError:
        pass
    raise ValueError(f"{file_name!r} is not the file name of an id")


_file_name = file_name  # which an argument hides
