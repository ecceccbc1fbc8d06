"""The documentation, and what generates a part of it. None of this is in the wheel."""
