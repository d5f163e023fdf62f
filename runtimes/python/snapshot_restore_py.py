"""SnapStart's runtime hooks: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html

Functions that package the library of this name themselves are served by theirs.
"""

_before = []
_after = []


def register_before_snapshot(func, *args, **kwargs):
    _before.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    _after.append((func, args, kwargs))
    return func


def get_before_snapshot():
    """The newest first."""
    return _before[::-1]


def get_after_restore():
    return list(_after)
