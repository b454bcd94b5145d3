"""Code location reports: as etl with names of its own, so that a test which mixes the locations up fails."""

import time

import dagster as dg

READERS = dg.DynamicPartitionsDefinition(name="readers")
QUARTERS = dg.StaticPartitionsDefinition(["q1", "q2", "q3", "q4"])


@dg.op(config_schema={"seconds": dg.Field(float, default_value=0)})
def work(context: dg.OpExecutionContext) -> None:
    """Ends at once, or after as many seconds as the run's configuration says."""
    context.log.info("reports writes")
    time.sleep(context.op_config["seconds"])


@dg.job
def publish():
    work()


@dg.op
def write_quarter(context: dg.OpExecutionContext) -> None:
    context.log.info(f"writes {context.partition_key}")


@dg.job(partitions_def=QUARTERS)
def quarterly():
    write_quarter()


# Of the other location's asset: a run or a wipe of one must not be taken for one of the other.
@dg.asset(group_name="board", deps=[dg.AssetKey("orders")])
def revenue() -> int:
    return 2


@dg.asset(group_name="board", partitions_def=READERS)
def letters(context: dg.AssetExecutionContext) -> str:
    return context.partition_key


@dg.asset(group_name="board", partitions_def=QUARTERS)
def balance(context: dg.AssetExecutionContext) -> str:
    return context.partition_key


@dg.asset_check(asset=revenue)
def revenue_is_positive() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


publish_schedule = dg.ScheduleDefinition(name="publish_schedule", job=publish, cron_schedule="0 6 * * 1")


@dg.sensor(name="letters_sent", job=publish, minimum_interval_seconds=3600)
def letters_sent(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Counts its evaluations in the cursor and requests nothing."""
    return dg.SensorResult(run_requests=[], cursor=str(int(context.cursor or "0") + 1))


defs = dg.Definitions(
    assets=[revenue, letters, balance],
    asset_checks=[revenue_is_positive],
    jobs=[publish, quarterly],
    schedules=[publish_schedule],
    sensors=[letters_sent],
)
