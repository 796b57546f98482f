"""Metrics of an unfinished epoch: Lightning keeps them, but not in its checkpoints."""

from typing import Any

import torch
from lightning.pytorch import Trainer


def logged_so_far(trainer: Trainer) -> list[dict[str, Any]]:
    """The sums behind every metric of the epoch, over all ranks where the metric is; called on every rank."""
    results = trainer.fit_loop.epoch_loop._results.values()
    return [_sums(trainer, each) for each in results if each.is_tensor and each.meta.on_epoch and not each.has_reset]


def log_again(trainer: Trainer, saved: list[dict[str, Any]]) -> None:
    """Give the epoch back what `logged_so_far` found, before its next batch."""
    results = trainer.fit_loop.epoch_loop._results
    for each in saved:
        call, sums = dict(each["call"]), each["sums"]
        call["reduce_fx"] = getattr(torch, call["reduce_fx"])
        results.log(value=torch.zeros(()), sync_dist_fn=trainer.strategy.reduce, batch_size=1, **call)
        metric = results[f"{call['fx']}.{call['name']}"]
        for name, value in sums.items():
            others = call["sync_dist"] and each["call"]["reduce_fx"] in ("mean", "sum") and not trainer.is_global_zero
            setattr(metric, name, torch.zeros_like(value) if others else value)
        metric.to(trainer.strategy.root_device)
    if saved:
        trainer._logger_connector._first_loop_iter = True  # else the next batch clears what is there


def _sums(trainer: Trainer, metric: Any) -> dict[str, Any]:
    meta, reduction = metric.meta, metric.meta.reduce_fx.__name__
    names = ("value", "cumulated_batch_size") if meta.is_mean_reduction else ("value",)
    sums = {name: getattr(metric, name).clone() for name in names}
    if meta.sync.should and reduction in ("mean", "sum"):
        sums = {name: trainer.strategy.reduce(value, reduce_op="sum") for name, value in sums.items()}
    call = {name: getattr(meta, name) for name in ("fx", "name", "prog_bar", "logger", "on_step", "on_epoch")}
    call |= {"reduce_fx": reduction, "sync_dist": meta.sync.should, "rank_zero_only": meta.sync.rank_zero_only}
    return {"call": call, "sums": sums}
