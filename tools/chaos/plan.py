"""The plan of each call and its faults, which depends only on the seed and the number of the call."""

from dataclasses import dataclass, replace
from itertools import groupby
from random import Random

import face_emulator
from tools.chaos.faults import DRIP, KINDS, SILENCE_TO_THE_DEADLINE, Fault, fault
from tools.chaos.forms import FORMS, CallForm
from tools.chaos.rules import Answer, Ending, Profile, ending

PROFILES = {
    "patient": Profile(),
    "hurried": Profile(deadline=3.0, read_timeout=60.0),
    "paced": Profile(requests_per_second=20.0, longest_turn=4.0),
    "with two keys": Profile(has_second_key=True),
    "called again": Profile(max_retries=0, deadline=3.0, calls_again=True),
}
"""The clients that share the calls."""

# The share of faulty calls. Some have several faults, so that a tenth of all responses is faulty.
_FAULTY = 0.07
_IN_A_ROW, _OF_WHICH = (1, 2, 3, 4, 5), (60, 15, 8, 10, 7)
_OVER_TLS = 0.3
_SIZES = (1, 100, 1000, 5000, 20_000, 20_000, 70_000, 70_000, 300_000)
# Odd, so that sync and async calls alternate. Close together at first, so that a short run has all of them.
_SPECIAL, _SPECIAL_AT_FIRST, _AT_FIRST = 271, 27, 600
# Consecutive calls, so that they exceed the pace.
_PACED, _IN = range(300, 360), 5000


@dataclass(frozen=True)
class Call:
    """A call.

    Attributes:
        number: Its number.
        form: The form of the operation.
        profile: The name of the client's profile.
        scheme: http or https.
        image: The requested image.
        faults: Its faulty responses; the following ones have no fault.
        ending: The expected ending.
    """

    number: int
    form: CallForm
    profile: str
    scheme: str
    image: bytes
    faults: tuple[Fault, ...]
    ending: Ending

    @property
    def image_id(self) -> str:
        """The id of the image, unique to this call."""
        return image_id(self.number)

    @property
    def times(self) -> int:
        """The number of times that the caller makes the call."""
        return 2 if PROFILES[self.profile].calls_again else 1

    @property
    def injected(self) -> list[face_emulator.Fault]:
        """The faults for the emulator; consecutive equal faults are merged into one with `times`."""
        equal = [(injected, len(list(group))) for injected, group in groupby(each.injected for each in self.faults)]
        return [replace(injected, image_id=self.image_id, times=times) for injected, times in equal]


def image_id(number: int) -> str:
    """Returns the image id of a call."""
    return f"call-{number}"


def form_of(number: int) -> CallForm:
    """Returns the form of a call; the forms alternate."""
    return FORMS[number % len(FORMS)]


def planned(seed: int, number: int) -> Call:
    """Returns the plan of a call in the run with this seed."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - reproducible
    image = random.randbytes(random.randint(1, random.choice(_SIZES)))
    scheme = "https" if random.random() < _OVER_TLS else "http"
    profile, faults = "patient", list[Fault]()
    round_, place = divmod(number, _SPECIAL_AT_FIRST if number < _AT_FIRST else _SPECIAL)
    if place == _SPECIAL_AT_FIRST - 1:
        profile, faults = _SPECIALS[round_ % len(_SPECIALS)](random, image)
    elif number % _IN in _PACED:
        profile, faults = "paced", [_status(503)] * random.randint(1, 2)
    elif random.random() < _FAULTY:
        faults = _faults(random, image)
    form = form_of(number)
    answers: list[Answer] = [*(each.answer for each in faults), Answer(body=image)]
    end = ending(form.gives, PROFILES[profile], answers)
    return Call(number, form, profile, scheme, image, tuple(faults[: end.requests]), end)


def _faults(random: Random, image: bytes) -> list[Fault]:
    kinds, weights = list(KINDS), [weight for weight, _ in KINDS.values()]
    faults: list[Fault] = []
    for _ in range(random.choices(_IN_A_ROW, _OF_WHICH)[0]):
        if faults and random.random() < 0.2:
            faults.append(faults[-1])
        else:
            faults.append(fault(random.choices(kinds, weights)[0], random, image))
    return faults


Special = tuple[str, list[Fault]]


def _silence_to_the_deadline(random: Random, image: bytes) -> Special:
    injected, answer = SILENCE_TO_THE_DEADLINE(random, image)
    return "hurried", [*_some(random, 503, 2), Fault("silence to the deadline", injected, answer)]


def _drip(random: Random, image: bytes) -> Special:
    if random.random() < 0.3:
        return "hurried", [*_some(random, 503, 2), _status(503, 30, "a pause beyond the deadline wanted")]
    injected, answer = DRIP(random, image)
    return "hurried", [*_some(random, 503, 2), Fault("drip", injected, answer)]


def _long_pause(random: Random, _image: bytes) -> Special:
    """A pause that is too long although it is within the deadline, after pauses that must grow."""
    injected = face_emulator.Fault(status=random.choice([429, 503]), times=1)
    no_word = Fault(f"{injected.status}, no Retry-After", injected, Answer(injected.status or 0))
    return "patient", [no_word, no_word, _status(503, 120, "a pause of two minutes wanted")]


def _rejected_key(random: Random, _image: bytes) -> Special:
    """Mostly the second key is accepted, and must be used for the retry after it."""
    rejected = [_status(401)] * (1 if random.random() < 0.8 else 2)
    return "with two keys", [*_some(random, 503, 1), *rejected, _status(503)]


def _forbidden(random: Random, _image: bytes) -> Special:
    return "with two keys", [*_some(random, 503, 1), _status(403)]


def _called_again_too_soon(random: Random, _image: bytes) -> Special:
    """The second call must wait, or fails since the pause exceeds its deadline."""
    return "called again", [
        random.choice([_status(429, 1, "a second wanted"), _status(429, 30, "half a minute wanted")])
    ]


def _called_again_in_time(random: Random, _image: bytes) -> Special:
    """The second call need not wait: only a 429 with a Retry-After of up to 60 s delays other calls."""
    return "called again", [
        random.choice([_status(503, 30, "half a minute wanted"), _status(429, 120, "too much wanted")])
    ]


_SPECIALS = (
    _silence_to_the_deadline,
    _drip,
    _long_pause,
    _rejected_key,
    _forbidden,
    _called_again_too_soon,
    _called_again_in_time,
)
"""Calls of clients with special options. Their number is odd, so that each is made both sync and async."""


def _some(random: Random, status: int, most: int) -> list[Fault]:
    return [_status(status)] * random.randint(0, most)


def _status(status: int, retry_after: float = 0.02, what: str = "a short pause wanted") -> Fault:
    injected = face_emulator.Fault(status=status, retry_after=str(retry_after), times=1)
    return Fault(f"{status}, {what}", injected, Answer(status, retry_after=retry_after))
