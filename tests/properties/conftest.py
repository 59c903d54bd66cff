"""A long run of properties may take its time."""

import pytest

from tests.properties.profile import TIMES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the time limit off the tests of this folder where more examples were asked for."""
    for item in items:
        if TIMES > 1 and "properties" in item.path.parts:
            item.add_marker(pytest.mark.timeout(0))
