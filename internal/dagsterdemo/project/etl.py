"""Code location etl: the shop's orders, day by day, and what the reports are made from."""

import random
import time

import dagster as dg

DAYS = dg.DailyPartitionsDefinition(start_date="2026-11-01")


@dg.asset(group_name="sales", partitions_def=DAYS, description="The day's orders, as the shop exports them.")
def orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    rows = random.Random(context.partition_key).randint(800, 1400)
    context.log.info("%d orders on %s", rows, context.partition_key)
    return dg.MaterializeResult(metadata={"rows": rows})


@dg.asset(group_name="sales", partitions_def=DAYS, deps=[orders], description="Revenue of the day, by country.")
def revenue(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    euros = random.Random(context.partition_key + " revenue").randint(20_000, 45_000)
    return dg.MaterializeResult(metadata={"euros": euros})


@dg.asset(group_name="customers", description="Everybody who has ordered something.")
def customers(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log.info("reading the customers")
    return dg.MaterializeResult(metadata={"rows": 48_211})


@dg.asset_check(asset=customers, description="Nobody is in it twice.")
def customers_are_unique() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"duplicates": 0})


@dg.op(config_schema={"seconds": dg.Field(float, default_value=20, description="How long the run takes.")})
def rebuild(context: dg.OpExecutionContext) -> None:
    """Takes its time, so that there is something to watch and to terminate."""
    steps = 10
    for step in range(steps):
        context.log.info("step %d of %d", step + 1, steps)
        time.sleep(context.op_config["seconds"] / steps)


@dg.job(description="Rebuilds the marts: some seconds with a log to follow.")
def rebuild_marts():
    rebuild()


daily_sales = dg.define_asset_job("daily_sales", selection=[orders, revenue], partitions_def=DAYS, description="Orders and revenue of one day.")
refresh_customers = dg.define_asset_job("refresh_customers", selection=[customers])

every_night = dg.ScheduleDefinition(name="every_night", job=rebuild_marts, cron_schedule="0 2 * * *", description="The marts, when the shop sleeps.")


@dg.sensor(name="new_exports", job=refresh_customers, minimum_interval_seconds=60, description="Looks whether the shop has exported customers.")
def new_exports(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    context.update_cursor(str(int(context.cursor or "0") + 1))
    return dg.SkipReason("The shop has exported nothing new.")


defs = dg.Definitions(
    assets=[orders, revenue, customers],
    asset_checks=[customers_are_unique],
    jobs=[rebuild_marts, daily_sales, refresh_customers],
    schedules=[every_night],
    sensors=[new_exports],
    executor=dg.in_process_executor,
)
