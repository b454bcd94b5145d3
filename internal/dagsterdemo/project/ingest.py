"""Code location ingest: price lists of suppliers, a partition for each supplier."""

import dagster as dg

SUPPLIERS = dg.DynamicPartitionsDefinition(name="suppliers")


@dg.asset(group_name="suppliers", partitions_def=SUPPLIERS, description="A supplier's prices, as sent.")
def price_lists(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"supplier": context.partition_key, "rows": 120})


@dg.asset(group_name="suppliers", description="The best price of everything.")
def best_prices() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3_480})


@dg.op
def fetch(context: dg.OpExecutionContext) -> None:
    context.log.info("nothing new at the suppliers' servers")


@dg.job(description="Fetches what suppliers have sent.")
def fetch_files():
    fetch()


compare_prices = dg.define_asset_job("compare_prices", selection=[best_prices])

every_hour = dg.ScheduleDefinition(name="every_hour", job=fetch_files, cron_schedule="5 * * * *", description="What suppliers have sent in the last hour.")


@dg.sensor(name="new_suppliers", job=compare_prices, minimum_interval_seconds=60, description="Looks for suppliers that were signed.")
def new_suppliers(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    context.update_cursor(str(int(context.cursor or "0") + 1))
    return dg.SkipReason("No supplier is new.")


defs = dg.Definitions(
    assets=[price_lists, best_prices],
    jobs=[fetch_files, compare_prices],
    schedules=[every_hour],
    sensors=[new_suppliers],
    executor=dg.in_process_executor,
)
