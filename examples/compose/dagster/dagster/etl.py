"""One code location: something to see, to launch, to start and to refuse."""

import dagster as dg


@dg.asset(group_name="sales")
def orders() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 1_204})


daily = dg.define_asset_job("daily", selection=[orders])

defs = dg.Definitions(assets=[orders], jobs=[daily], schedules=[dg.ScheduleDefinition(name="every_night", job=daily, cron_schedule="0 2 * * *")])
