import itertools

import pytest
import torch
from torch.utils.data import DataLoader

from datamodules.loading.loader import EpochSampler, ResumableLoader
from tests.datamodules.numbered import NumberedData, indices


def loader(workers: int = 0, size: int = 10) -> ResumableLoader:
    torch.manual_seed(1)
    made = NumberedData(size=size, batch_size=3, num_workers=workers).train_dataloader()
    assert isinstance(made, ResumableLoader)
    return made


def test_the_order_is_a_function_of_seed_and_epoch():
    def order(seed: int, epoch: int) -> list[tuple[int, int]]:
        sampler = EpochSampler(50, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    torch.manual_seed(0)
    expected = order(3, 7)
    torch.rand(5)
    assert order(3, 7) == expected
    assert sorted(expected) == [(7, index) for index in range(50)]
    orders = [[index for _, index in order(seed, epoch)] for seed in (3, 4) for epoch in (6, 7)]
    assert all(a != b for a, b in itertools.combinations(orders, 2))


@pytest.mark.parametrize("size", [24, 26])
def test_ranks_share_each_batch_of_one_process(size):
    """Four ranks with batches of 2 train on what one process with batches of 8 does."""
    ranks = [[index for _, index in EpochSampler(size, 5, rank, 4)] for rank in range(4)]
    alone = [index for _, index in EpochSampler(size, 5)]
    assert [len(share) for share in ranks] == [6] * 4
    for k in range(3):
        together = [index for share in ranks for index in share[2 * k : 2 * k + 2]]
        assert sorted(together) == sorted(alone[8 * k : 8 * k + 8])


def test_epochs_follow_each_other_without_lightning():
    first = loader()
    passes = [indices(first) for _ in range(3)]
    for epoch, batches in enumerate(passes):
        other = loader()
        other.sampler.set_epoch(epoch)
        assert indices(other) == batches


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("done", [1, 2, 3])
def test_resumed_it_goes_on_with_the_batches_that_were_left(workers, done):
    interrupted = loader(workers)
    interrupted.sampler.set_epoch(4)
    whole = indices(interrupted)
    interrupted.sampler.set_epoch(4)
    assert indices(itertools.islice(interrupted, done)) == whole[:done]

    resumed = loader(workers)
    resumed.load_state_dict(interrupted.state_dict())
    begun_too_early = iter(resumed)  # as Lightning does
    following = loader()
    following.sampler.set_epoch(5)
    resumed.sampler.set_epoch(5 if done == 3 else 4)
    assert indices(begun_too_early) == (indices(following) if done == 3 else whole[done:])
    assert len(resumed) == 3


def test_the_last_batch_completes_the_epoch():
    made = loader()
    batches = iter(made)
    states = [(made.state_dict(), next(batches))[0] for _ in range(3)]
    assert [tuple(state.values()) for state in [*states, made.state_dict()]] == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_a_pass_begun_anew_gets_the_whole_epoch():
    made = loader()
    made.load_state_dict({"epoch": 0, "batches": 2})
    assert len(indices(itertools.islice(made, 1))) == 1
    assert len(indices(made)) == 3


@pytest.mark.parametrize("workers", [0, 2])
def test_loading_draws_nothing_from_the_global_random_state(workers):
    data = NumberedData(batch_size=3, num_workers=workers)
    loaders: list[DataLoader] = [data.train_dataloader(), data.val_dataloader(), data.test_dataloader()]
    state = torch.get_rng_state()
    for made in loaders:
        indices(made)
    assert torch.equal(torch.get_rng_state(), state)
