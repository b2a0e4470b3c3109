"""Generates clients for other languages with other generators, from the document in the wheel, and tests them.

    python -m tools.targets                       all targets
    python -m tools.targets python java           some targets
    python -m tools.targets --allow-missing go    succeeds without Go

The folder of a target contains a handwritten program that calls the service through the generated client, and the
locked versions of the tools. Everything that is installed, generated or compiled is below build/targets/.
"""
