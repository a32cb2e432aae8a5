"""Settings to parts, once: the only place that reads settings and chooses adapters.

Two ways in: `installation` for the service with everything, `open_offline` for commands beside it.
"""

from service.settings import Settings
from service.wiring.fleet import check_shareable
from service.wiring.foundation import Foundation, clock, open_offline
from service.wiring.installed import Installation, installation

__all__ = ["Foundation", "Installation", "Settings", "check_shareable", "clock", "installation", "open_offline"]
