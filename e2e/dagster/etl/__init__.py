"""Code location etl: what the gate's tests launch, wipe, start and refuse there."""

import time

import dagster as dg

CUSTOMERS = dg.DynamicPartitionsDefinition(name="customers")
WEEK = dg.StaticPartitionsDefinition(["monday", "tuesday", "wednesday"])


@dg.op(config_schema={"seconds": dg.Field(float, default_value=0)})
def work(context: dg.OpExecutionContext) -> None:
    """Ends at once, or after as many seconds as the run's configuration says."""
    context.log.info("etl waits")
    time.sleep(context.op_config["seconds"])


@dg.job
def nightly():
    work()


@dg.op
def load_day(context: dg.OpExecutionContext) -> None:
    context.log.info(f"loads {context.partition_key}")


@dg.job(partitions_def=WEEK)
def weekly():
    load_day()


@dg.asset(group_name="sales")
def orders() -> int:
    return 1


@dg.asset(group_name="sales", partitions_def=CUSTOMERS)
def accounts(context: dg.AssetExecutionContext) -> str:
    return context.partition_key


@dg.asset(group_name="sales", partitions_def=WEEK)
def daily_orders(context: dg.AssetExecutionContext) -> str:
    return context.partition_key


@dg.asset_check(asset=orders)
def orders_exist() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


nightly_schedule = dg.ScheduleDefinition(name="nightly_schedule", job=nightly, cron_schedule="0 2 * * *")


@dg.sensor(name="files", job=nightly, minimum_interval_seconds=3600)
def files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Counts its evaluations in the cursor and requests nothing."""
    return dg.SensorResult(run_requests=[], cursor=str(int(context.cursor or "0") + 1))


defs = dg.Definitions(
    assets=[orders, accounts, daily_orders],
    asset_checks=[orders_exist],
    jobs=[nightly, weekly],
    schedules=[nightly_schedule],
    sensors=[files],
)
