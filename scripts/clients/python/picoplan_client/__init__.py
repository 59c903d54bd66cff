"""A client of picoplan: the plan for one client or for many, and why.

``picoplan_client.types`` has the type of everything that is sent and answered.
"""

from picoplan_client.client import PicoplanClient
from picoplan_client.error import PicoplanError

__all__ = ["PicoplanClient", "PicoplanError"]
