"""What each call is and what befalls it: decided by the seed and the call's number, and by nothing else."""

from dataclasses import dataclass, replace
from itertools import groupby
from random import Random

from face_emulator import Fault
from tools.chaos.forms import FORMS, CallForm
from tools.chaos.rules import Answer, Ending, Manner, ending
from tools.chaos.troubles import DRIP, KINDS, SILENCE_TO_THE_DEADLINE, Trouble, trouble

MANNERS = {
    "patient": Manner(),
    "hurried": Manner(deadline=3.0, waits_for_deadline=True),
    "with two keys": Manner(has_second_key=True),
}
"""The clients that share the calls."""

# With how many troubles come together, a tenth of all answers is faulty.
_TROUBLED = 0.074
_IN_A_ROW, _OF_WHICH = (1, 2, 3, 4, 5), (60, 15, 8, 10, 7)
_SPECIAL = 0.005
_SIZES = (1, 100, 1000, 5000, 20_000, 20_000, 70_000, 70_000, 300_000)


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        number: Which one.
        form: The form of the operation.
        manner: The name of the client's manner.
        image: The image that is asked for.
        troubles: The faulty answers that it gets; after them all is well.
        ending: How it has to end.
    """

    number: int
    form: CallForm
    manner: str
    image: bytes
    troubles: tuple[Trouble, ...]
    ending: Ending

    @property
    def image_id(self) -> str:
        """The id of the image, which no other call asks for."""
        return image_id(self.number)

    @property
    def faults(self) -> list[Fault]:
        """The faults for the emulator: those alike and in a row as one, with its times."""
        alike = [(fault, len(list(group))) for fault, group in groupby(trouble.fault for trouble in self.troubles)]
        return [replace(fault, image_id=self.image_id, times=times) for fault, times in alike]


def image_id(number: int) -> str:
    """Returns the id that a call asks for."""
    return f"call-{number}"


def form_of(number: int) -> CallForm:
    """Returns the form of a call: each has its turn."""
    return FORMS[number % len(FORMS)]


def planned(seed: int, number: int) -> Call:
    """Returns a call of the run with this seed."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - the same calls again from the same seed
    image = random.randbytes(random.randint(0, random.choice(_SIZES)))
    manner, troubles = "patient", list[Trouble]()
    chance = random.random()
    if chance < _SPECIAL:
        manner, troubles = _special(random, image)
    elif chance < _TROUBLED:
        troubles = _troubles(random, image)
    form = form_of(number)
    answers: list[Answer] = [*(trouble.answer for trouble in troubles), Answer(body=image)]
    end = ending(form.gives, MANNERS[manner], answers)
    return Call(number, form, manner, image, tuple(troubles[: end.requests]), end)


def _troubles(random: Random, image: bytes) -> list[Trouble]:
    kinds, weights = list(KINDS), [weight for weight, _ in KINDS.values()]
    troubles: list[Trouble] = []
    for _ in range(random.choices(_IN_A_ROW, _OF_WHICH)[0]):
        if troubles and random.random() < 0.2:
            troubles.append(troubles[-1])
        else:
            troubles.append(trouble(random.choices(kinds, weights)[0], random, image))
    return troubles


def _special(random: Random, image: bytes) -> tuple[str, list[Trouble]]:
    """A call of one of the clients that are made for one thing."""
    before = [_status(503)] * random.randint(0, 2)
    if random.random() < 0.5:
        after = [_status(503)] * random.randint(0, 1)
        return "with two keys", [*before, *[_status(401)] * random.randint(1, 3), *after]
    name, make = random.choice([("silence to the deadline", SILENCE_TO_THE_DEADLINE), ("drip", DRIP)])
    if random.random() < 0.3:
        fault, answer = Fault(status=503, retry_after=30), Answer(503, retry_after=30)
        name = "status that may pass, a pause wanted beyond the deadline"
    else:
        fault, answer = make(random, image)
    return "hurried", [*before, Trouble(name, replace(fault, times=1), answer)]


def _status(status: int) -> Trouble:
    fault = Fault(status=status, retry_after=0, times=1)
    return Trouble(f"{status} on the way", fault, Answer(status, retry_after=0))
