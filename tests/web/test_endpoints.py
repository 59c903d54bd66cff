"""The table of endpoints."""

from collections import Counter

from service.web.endpoints import CLIENT_PAGES, CLINICAL, ENDPOINTS, PAGES


def test_no_two_endpoints_have_the_same_name() -> None:
    names = Counter(one.name for one in (*ENDPOINTS, *PAGES, *CLINICAL, *CLIENT_PAGES))
    assert [name for name, number in names.items() if number > 1] == []


def test_no_two_endpoints_are_one_method_of_one_path() -> None:
    asked = Counter((one.method, one.rule) for one in (*ENDPOINTS, *PAGES, *CLINICAL, *CLIENT_PAGES))
    assert [one for one, number in asked.items() if number > 1] == []
