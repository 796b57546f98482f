"""A resumed run goes on exactly where it was killed, within an epoch too."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from experiments.trial.callbacks.epoch_metrics import log_again, logged_so_far

PAST_THE_END = 10**12  # batches that no epoch has


class Resume(Callback):
    """Does what Lightning leaves undone when a run goes on from a checkpoint that was not written between two epochs.

    - A module that asks Lightning for the length of the run has the loader built before the checkpoint is restored,
      and Lightning gives a loader its position only as it builds it.
    - What the epoch has logged so far is not in Lightning's checkpoints.
    - After a checkpoint that is written as a batch ends, a validation that was due is skipped; where it was the
      epoch's last batch, the end of the epoch is skipped too.
    - Under `max_steps` Lightning takes up a finished epoch again, and counts an unfinished one as finished.
    """

    def __init__(self) -> None:
        self.resumed = False
        self.logged: list[dict[str, Any]] = []

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        loop = trainer.fit_loop
        due = loop.epoch_loop._should_check_val_fx(loop._data_fetcher) if loop._data_fetcher else False
        checkpoint["epoch_so_far"] = {"logged": logged_so_far(trainer), "validation_due": due}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn != "fit":
            return
        self.resumed = True
        so_far = checkpoint.get("epoch_so_far", {"logged": [], "validation_due": False})
        loops = checkpoint["loops"]["fit_loop"]
        _reopen_epoch(loops)
        _owe_what_follows(loops, so_far["validation_due"])
        epochs = loops["epoch_progress"]["current"]
        self.logged = so_far["logged"] if epochs["processed"] < epochs["started"] else []

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.resumed:
            trainer.fit_loop._combined_loader = None  # built anew, and put in its place, as training starts
            # Lightning takes the state of an epoch amiss under max_steps; it comes back as training starts.
            loop = trainer.fit_loop.epoch_loop
            self.max_steps, loop.max_steps = loop.max_steps, -1

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.resumed:
            trainer.fit_loop.epoch_loop.max_steps = self.max_steps
            log_again(trainer, self.logged)
        self.resumed = False


def _reopen_epoch(loops: dict[str, Any]) -> None:
    """An epoch that `max_steps` cut short is not over."""
    epochs, batches = loops["epoch_progress"], loops["epoch_loop.batch_progress"]
    if epochs["current"]["processed"] > epochs["current"]["completed"] and not batches["is_last_batch"]:
        for counts in (epochs["total"], epochs["current"]):
            counts["processed"] = counts["completed"]


def _owe_what_follows(loops: dict[str, Any], validation_due: bool) -> None:
    """After a checkpoint that was written as a batch ended: the validation that is due, and the end of the epoch."""
    progress = loops["epoch_loop.batch_progress"]
    ended = progress["current"]["completed"] == progress["current"]["processed"]
    if ended or not (validation_due or progress["is_last_batch"]):
        return
    for counts in (progress["total"], progress["current"]):
        counts["completed"] = counts["processed"]
    if validation_due:  # in Lightning's eyes it was under way, which makes it begin again
        begun, none = {"ready": 1, "started": 1}, {"ready": 0, "started": 0}
        both = {"processed": 0, "completed": 0}
        loops["epoch_loop.val_loop.batch_progress"] |= {"total": both | begun, "current": both | none}
    else:
        loops["epoch_loop.state_dict"]["_batches_that_stepped"] += 1
    for loader in loops["state_dict"].get("combined_loader", []) if progress["is_last_batch"] else []:
        if loader.keys() == {"epoch", "batches"}:  # the batches of the next epoch are not for this one
            loader.update(epoch=loops["epoch_progress"]["current"]["processed"], batches=PAST_THE_END)
