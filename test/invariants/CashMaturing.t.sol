// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CashLogic} from "../../contracts/logic/CashLogic.sol";
import {Account} from "../../contracts/types/Account.sol";
import {Test} from "../support/Test.sol";

/// @title Realised profit matures linearly, and losses eat what is maturing first
contract CashMaturingTest is Test {
    using CashLogic for Account;

    Account private _account;
    Account private _other;

    function testFuzz_MaturingOnlyFallsWithTimeAndEndsAtZero(uint256 profit, uint256 maturity, uint256 wait) external {
        profit = bound(profit, 1, 1e30);
        maturity = bound(maturity, 1, 30 days);
        _account.realise(int256(profit), maturity);
        uint256 before = _account.maturingWad();
        vm.assertGe(before, profit, "at first all of it is maturing");
        vm.assertLe(before, profit + 1e12, "and no more than a millionth beyond");
        skip(bound(wait, 0, maturity - 1));
        uint256 afterwards = _account.maturingWad();
        vm.assertLe(afterwards, before, "it falls");
        vm.assertGt(afterwards, 0, "and is not over early");
        skip(maturity);
        vm.assertEq(_account.maturingWad(), 0, "and ends");
    }

    function testFuzz_MaturedProfitNeverExceedsWhatWasRealised(uint256 seed) external {
        int256 realised;
        uint256 profits;
        for (uint256 step; step < 24; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            int256 amount = int256((random >> 8) % 1e24) - 3e23;
            if (amount > 0) profits += uint256(amount);
            _account.realise(amount, 1 + ((random >> 128) % 30 days));
            realised += amount;
            vm.assertEq(int256(_account.cash), realised, "cash is what was realised");
            vm.assertLe(_account.maturingWad(), profits + 24e12, "no more matures than was gained");
            skip((random >> 200) % 3 days);
        }
    }

    function testFuzz_ALossEatsMaturingProfitFirst(uint256 profit, uint256 loss) external {
        profit = bound(profit, 1e12, 1e30);
        loss = bound(loss, 1, 2e30);
        _account.realise(int256(profit), 1 days);
        uint256 before = _account.maturingWad();
        _account.realise(-int256(loss), 1 days);
        uint256 left = _account.maturingWad();
        if (loss >= before) {
            vm.assertEq(left, 0, "a larger loss eats all of it");
        } else {
            vm.assertGe(left + loss, before, "it eats no more than itself");
            vm.assertLt(left + loss, before + 1e12, "and all of itself but a millionth");
        }
    }

    function testFuzz_LookingAtItOftenMaturesNothingFaster(uint256 profit, uint256 parts) external {
        profit = bound(profit, 1e18, 1e30);
        parts = bound(parts, 1, 40);
        _account.realise(int256(profit), 1 days);
        _other.realise(int256(profit), 1 days);
        for (uint256 i; i < parts; ++i) {
            skip(12 hours / parts);
            // A loss too small to eat a millionth only brings the account up to date.
            _account.realise(-1, 1 days);
        }
        vm.assertGe(_account.maturingWad(), _other.maturingWad(), "never faster");
        vm.assertLe(_account.maturingWad(), _other.maturingWad() + parts * 1e12, "slower by rounding only");
    }

    /// @dev Anyone may settle an account every second for a wei of funding; that must not hold its profit back.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_DustOfProfitDoesNotHoldTheRestBack(uint256 profit, uint256 maturity) external {
        profit = bound(profit, 1e22, 1e26);
        maturity = bound(maturity, 100, 400);
        _account.realise(int256(profit), 86_400);
        skip(86_400 - maturity);
        uint256 before = _account.maturingWad();
        for (uint256 i; i < maturity; ++i) {
            _account.realise(1, 86_400);
            skip(1);
        }
        vm.assertLe(_account.maturingWad(), before / 100 + maturity * 1e12, "what was due has matured");
    }

    function test_NothingMaturesWithoutAMaturity() external {
        _account.realise(5e18, 0);
        vm.assertEq(_account.maturingWad(), 0, "free at once");
    }
}
