"""The fused pollutant and greenhouse gas inventory.

Here: the version, and the switches that keep the tools underneath silent and offline. They stand in the
package itself because the tools read them on import, whichever door (command line, web UI, notebook, test)
opened first. Not here: anything a room does.
"""

import os

__version__ = "0.1.0"

for _name, _value in {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}.items():
    os.environ.setdefault(_name, _value)
