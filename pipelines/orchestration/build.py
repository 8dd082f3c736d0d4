"""The code location: all assets and checks, the job `refresh` and its schedule, for one home.

Here: putting the parts together. Not here: the parts.
"""

import dagster as dg

from pipelines.home import Home
from pipelines.orchestration.dbt_assets import dbt_group_assets
from pipelines.orchestration.dbt_groups import GROUPS
from pipelines.orchestration.dbt_runner import DbtRunner
from pipelines.orchestration.fuse import identity_assets, monitoring_assets, uncertainty_assets
from pipelines.orchestration.ingest import landing_asset, raw_assets, raw_gate
from pipelines.orchestration.instance import PROJECT_ROOT
from pipelines.orchestration.progress import progress_logger
from pipelines.orchestration.publication import candidate_asset, candidate_gate, published_asset
from pipelines.orchestration.stages import Listener
from pipelines.orchestration.steps import LOCK, lock_resource

JOB = "refresh"
DAILY = "30 2 * * *"  # after the day's monitoring data has been handed in, before anybody reads


def build_defs(home: Home, listener: Listener | None = None) -> dg.Definitions:
    """Definitions for one home; `listener` hears of every stage of a run that configures logger `stages`."""
    runner = DbtRunner(PROJECT_ROOT / "dbt_project", home.work_db)
    manifest = runner.manifest
    staging, intermediate, marts = (dbt_group_assets(home, runner, group) for group in GROUPS)
    staged, fused, public = (sorted(group.keys) for group in (staging, intermediate, marts))
    assets = [
        landing_asset(home),
        raw_assets(home, manifest),
        staging,
        identity_assets(home, manifest, after=staged),
        monitoring_assets(home, manifest, after=staged),
        intermediate,
        uncertainty_assets(home, manifest, after=fused),
        marts,
        candidate_asset(home, after=[*staged, *fused, *public]),
        published_asset(home, manifest),
    ]
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="From the feeds to a published release; what a gate refuses leaves the current release as it is.",
    )
    daily = dg.ScheduleDefinition(
        name="daily_refresh",
        job=job,
        cron_schedule=DAILY,
        description="A refresh every night. If no file, rule or code has changed it stops after landing.",
    )
    return dg.Definitions(
        assets=assets,
        asset_checks=[raw_gate(home, manifest), candidate_gate(home)],
        jobs=[job],
        schedules=[daily],
        resources={LOCK: lock_resource(home)},
        loggers={"stages": progress_logger(listener)} if listener else {},
        executor=dg.in_process_executor,
    )
