// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {Health} from "../../contracts/types/Account.sol";
import {MarketConfig} from "../../contracts/types/Market.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title What a trade may do to an account's margin, and what may leave the ledger
contract MarginAndMoneyTest is Test {
    uint256 internal constant PRICE = 100e18;

    /// forge-config: default.fuzz.runs = 96
    function testFuzz_AReducingTradeNeverWorsensTheRatioOfAnUnhealthyAccount(uint256 seed) external {
        LedgerWorld world = _strained(seed);
        Health memory before = world.house().health(1);
        int256 held = world.sizeOf(1);
        uint96 size = uint96(1 + (seed % uint256(held < 0 ? -held : held)));
        uint128 price = uint128((world.mark() * (970 + ((seed >> 96) % 61))) / 1000);
        try world.reduce(1, 2, held < 0, size, price) {
            Health memory afterwards = world.house().health(1);
            if (afterwards.equity >= int256(afterwards.maintenanceMargin)) return;
            // Equal up to the wei that equity and margin are rounded by.
            int256 left = (afterwards.equity + 4) * int256(before.maintenanceMargin);
            vm.assertGe(
                left,
                before.equity * int256(afterwards.maintenanceMargin) - int256(before.maintenanceMargin),
                Properties.P10
            );
        } catch {}
    }

    /// forge-config: default.fuzz.runs = 96
    function testFuzz_ASolventPositionCanBeClosedInPartAtMark(uint256 seed) external {
        LedgerWorld world = _strained(seed);
        if (world.house().health(1).equity < 0) return;
        int256 held = world.sizeOf(1);
        uint256 part = uint256(held < 0 ? -held : held) / (1 + (seed % 7));
        world.reduce(1, 2, held < 0, uint96(part), uint128(world.mark()));
        int256 left = world.sizeOf(1);
        vm.assertEq(left < 0 ? -left : left, (held < 0 ? -held : held) - int256(part), Properties.P14);
    }

    /// @dev Two accounts of one owner trade off the market between themselves; whatever they do, the ledger pays out no more than
    /// deposits and what has matured.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_NothingWithdrawnExceedsDepositsAndMaturedProfit(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(4, new ProRata(), PRICE);
        MarketConfig memory config = world.house().marketConfig(0);
        config.maturity = 1 days;
        world.setConfig(config);
        int256 stake = int256(world.STAKE());
        uint256 taken;
        int256 most;
        for (uint256 step; step < 10; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            uint128 price = uint128(80e18 + ((seed >> 32) % 40e18));
            try world.trade(1, 2, seed & 1 == 0, uint96(1 + ((seed >> 96) % 1e22)), price) {} catch {}
            most = _larger(most, stake - world.equityOf(2));
            if ((seed >> 200) % 3 == 0) skip((seed >> 208) % 2 days);
            world.setPrice(80e18 + ((seed >> 64) % 40e18), world.NO_FUNDING());
            uint256 free = world.house().withdrawable(1);
            int256 matured = int256(world.house().accountData(1).cash) - int256(world.house().maturing(1));
            vm.assertLe(int256(free), matured > 0 ? matured : int256(0), Properties.P11);
            if (free >= 1e12) {
                world.withdraw(1, free / 1e12);
                taken += free - (free % 1e12);
                vm.assertLt(world.house().withdrawable(1), 1e12 + 1e6, "nothing is left to take");
            }
            // What account 2 has ever been down is the most that can have become account 1's.
            most = _larger(most, stake - world.equityOf(2));
            vm.assertLe(int256(taken), stake + most + 1e3, Properties.P11);
        }
        vm.assertGe(world.books().surplus, 0, Properties.P3);
    }

    /// @dev Whatever is socialised, what is left is shared: every claim is paid its part and nobody more.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ASocialisedLossIsSharedByWithdrawals(uint256 depth, uint256 order) external {
        LedgerWorld world = new LedgerWorld(3, new ProRata(), PRICE);
        uint256 fall = bound(depth, 1e18, 90e18);
        world.withdraw(1, world.STAKE() / 1e12 - 20_000e6);
        world.withdraw(3, world.STAKE() / 1e12 - 50_000e6);
        world.trade(1, 2, true, 2_000e18, 100e18);
        world.setPrice(100e18 - fall, world.NO_FUNDING());
        world.transferPosition(1, 2, 2_000e18, 100e18 - fall, 0);
        uint256 loss = world.socialiseLoss(1);
        int256 expected = int256(2_000 * fall) - 20_000e18;
        vm.assertEq(int256(loss), expected > 0 ? expected : int256(0), "the loss is what the account could not pay");
        vm.assertEq(world.equityOf(1) >= 0, true, "nothing is owed any more");
        uint32 first = order & 1 == 0 ? 2 : 3;
        world.withdraw(first, world.house().withdrawable(first) / 1e12);
        uint32 second = 5 - first;
        world.withdraw(second, world.house().withdrawable(second) / 1e12);
        vm.assertGe(world.books().tokens, world.books().claims - int256(world.house().socialisedLoss()), Properties.P1);
        vm.assertGe(world.books().surplus, 0, Properties.P3);
    }

    function _larger(int256 one, int256 two) private pure returns (int256) {
        return one > two ? one : two;
    }

    /// @dev An account with a position and a price that has moved against it, somewhere around its maintenance margin.
    function _strained(uint256 seed) private returns (LedgerWorld world) {
        world = new LedgerWorld(4, new ProRata(), PRICE);
        world.withdraw(1, world.STAKE() / 1e12 - 15_000e6);
        bool short = seed >> 255 == 1;
        world.trade(1, 2, !short, uint96(1_000e18 - ((seed >> 32) % 400e18)), 100e18);
        uint256 move = (seed >> 128) % 16e18;
        world.setPrice(short ? 100e18 + move : 100e18 - move, world.NO_FUNDING());
    }
}
