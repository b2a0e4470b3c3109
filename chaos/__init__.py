"""A chaos run: calls by the thousand against the emulator, a tenth of whose answers are faulty: `python -m chaos`."""
