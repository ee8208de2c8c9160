"""given the simulated billing account, when its events have gone through the vault, then Gold has the numbers that its records give."""

import pytest
from conftest import Lake
from subscriptions import CASES, compare


@pytest.mark.parametrize("what", CASES)
def test_the_lake_has_what_the_records_of_the_account_say_of(what, lake: Lake):
    compare(lake, what)
