"""The release: candidate directory, manifest, atomic publish, reading.

Here: everything that stands below `<home>/releases`. Not here: the checks that decide (`gate/`), the
building of the tables (dbt, `identity/`, `monitoring/`), the comparison of releases (`report/`).
"""

from pipelines.release.candidate import (
    attach_audit,
    export_candidate,
    remove_candidate,
    seal,
    stale_candidates,
)
from pipelines.release.fingerprint import code_version, input_fingerprint
from pipelines.release.publish import publish, publish_steps, rollback
from pipelines.release.reader import (
    OpenRelease,
    ReleaseInfo,
    current_id,
    list_releases,
    open_release,
    release_path,
    verify,
)
from pipelines.release.record import ReleaseRecord, new_record, next_release_id
from pipelines.release.warehouse import StoredView

__all__ = [
    "OpenRelease",
    "ReleaseInfo",
    "ReleaseRecord",
    "StoredView",
    "attach_audit",
    "code_version",
    "current_id",
    "export_candidate",
    "input_fingerprint",
    "list_releases",
    "new_record",
    "next_release_id",
    "open_release",
    "publish",
    "publish_steps",
    "release_path",
    "remove_candidate",
    "rollback",
    "seal",
    "stale_candidates",
    "verify",
]
