"""Makes calls with the Python client: what ``tests.clients.calling`` writes to it -> what was told."""

import json
import sys
from decimal import Decimal

from picoplan_client import PicoplanClient, PicoplanError


def plain(told):
    """An error as data, wherever it stands; a Decimal as its digits."""
    if isinstance(told, PicoplanError):
        names = ("status", "type", "detail", "errors", "codes", "request_id", "line")
        return {"error": {**{name: getattr(told, name) for name in names}, "text": str(told)}}
    if isinstance(told, Decimal):
        return {"decimal": str(told)}
    raise TypeError(type(told))


def called(client, call):
    of = list(call.get("of", []))
    try:
        told = getattr(client, call["method"])(*of, **(call.get("request") or {}), **call.get("told", {}))
        return list(told) if call["method"] == "evaluate_many" else told
    except PicoplanError as error:
        return error
    except ValueError as error:
        return {"not sent": str(error)}


def exact(members):
    return Decimal(members["decimal"]) if members.keys() == {"decimal"} else members


asked = json.load(sys.stdin, object_hook=exact)
heard = []
options = {"on_headers": lambda headers: heard.append(headers.get("X-Request-Id")), **asked["options"]}
with PicoplanClient(asked["url"], **options) as client:
    told = [called(client, call) for call in asked["calls"]]
json.dump({"told": told, "heard": heard}, sys.stdout, default=plain)
