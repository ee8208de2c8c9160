"""What a load cost, from Spark's own books: figures that do not depend on the machine's mood, and seconds beside them."""

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from pyspark.sql import SparkSession


@dataclass
class Cost:
    """Executor CPU and wall clock in seconds, bytes in MB (10^6), operators of the largest plan as numbers."""

    cpu: float = 0
    wall: float = 0
    read: float = 0
    shuffled: float = 0
    written: float = 0
    exchanges: int = 0
    sorts: int = 0
    joins: int = 0
    nested_loops: int = 0

    def lowest(self, other: "Cost") -> "Cost":
        """Field by field the lower value: noise only ever adds."""
        return Cost(*(min(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)))


OPERATORS = {
    "exchanges": r"^[ :+\-*()\d]*(?:Broadcast)?Exchange\b(?! SinglePartition)",
    "sorts": r"^[ :+\-*()\d]*Sort\b",
    "joins": r"^[ :+\-*()\d]*(?:BroadcastHashJoin|SortMergeJoin|ShuffledHashJoin)\b",
    "nested_loops": r"^[ :+\-*()\d]*(?:BroadcastNestedLoopJoin|CartesianProduct)\b",
}


@contextmanager
def measured(spark: SparkSession) -> Iterator[Cost]:
    """The cost of all that the session does inside, filled in at the end."""
    cost = Cost()
    stages, executions = stage_ids(spark), execution_ids(spark)
    start = time.perf_counter()
    yield cost
    cost.wall = time.perf_counter() - start
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    for stage in stage_list(spark):
        if stage.stageId() not in stages:
            cost.cpu += stage.executorCpuTime() / 1e9
            cost.read += stage.inputBytes() / 1e6
            cost.shuffled += stage.shuffleWriteBytes() / 1e6
            cost.written += stage.outputBytes() / 1e6
    # A statement is booked several times (the command, and the query in it): the largest plan is the query's.
    plans = [
        operators(execution.physicalPlanDescription())
        for execution in execution_list(spark)
        if execution.executionId() not in executions
    ]
    for name, count in max(plans, key=lambda plan: sum(plan.values()), default={}).items():
        setattr(cost, name, count)


def operators(plan: str) -> dict[str, int]:
    """Operators of a plan as text: those of the final one, where adaptive execution changed it."""
    tree = plan.split("\n\n")[0]
    if "== Final Plan ==" in tree:
        tree = tree.split("== Final Plan ==")[1].split("== Initial Plan ==")[0]
    return {name: len(re.findall(pattern, tree, re.MULTILINE)) for name, pattern in OPERATORS.items()}


def stage_list(spark: SparkSession) -> list:
    gateway = spark.sparkContext._gateway
    stages = spark.sparkContext._jsc.sc().statusStore().stageList(
        None, False, False, gateway.new_array(gateway.jvm.double, 0), None
    )  # fmt: skip
    return [stages.apply(index) for index in range(stages.size())]


def slowest_to_median(spark: SparkSession, seen: set[int]) -> float:
    """CPU of the slowest task by the median one, in the stage of at least three tasks that cost most since `seen`."""
    stages = [stage for stage in stage_list(spark) if stage.stageId() not in seen and stage.numTasks() >= 3]
    dearest = max(stages, key=lambda stage: stage.executorCpuTime())
    tasks = spark.sparkContext._jsc.sc().statusStore().taskList(dearest.stageId(), dearest.attemptId(), 10_000)
    seconds = [tasks.apply(index).taskMetrics().get().executorCpuTime() for index in range(tasks.size())]
    return max(seconds) / statistics.median(seconds)


def stage_ids(spark: SparkSession) -> set[int]:
    return {stage.stageId() for stage in stage_list(spark)}


def execution_list(spark: SparkSession) -> list:
    executions = spark._jsparkSession.sharedState().statusStore().executionsList()
    return [executions.apply(index) for index in range(executions.size())]


def execution_ids(spark: SparkSession) -> set[int]:
    return {execution.executionId() for execution in execution_list(spark)}
