"""The tests. A package proper, so that no `tests` which some library installs is ever found before it."""
