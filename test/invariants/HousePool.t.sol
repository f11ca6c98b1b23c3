// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HouseQuote, Stance} from "../../contracts/libraries/HouseQuote.sol";
import {HousePool} from "../../contracts/vaults/HousePool.sol";
import {HouseWorld} from "../support/HouseWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title What the house gains, the traders lose
/// @notice Random flows against a house pool: conservation to the wei of dust, limits, and one price for every redeemer.
contract HousePoolTest is Test {
    using HouseQuote for Stance;

    /// @dev A deal rounds what is paid, the part of a quote that is released, funding and the profit at mark, a wei each, on both sides.
    uint256 internal constant DUST_A_DEAL = 8;

    // ---- the price ---------------------------------------------------------------------------------------------------

    function testFuzz_NoPriceIsBetterThanDeviationConfidenceOrMark(uint256 seed, uint256 size, bool buy) external pure {
        Stance memory stance = _stance(seed);
        size = bound(size, 1, 1e27);
        uint256 price = stance.price(buy, size);
        uint256 least = (stance.index * stance.deviation) / 1e6 + stance.confidence;
        if (buy) {
            vm.assertGe(price, stance.mark, "an ask is not below the mark");
            vm.assertGe(price, stance.index + least, "an ask keeps its distance");
        } else {
            vm.assertLe(price, stance.mark, "a bid is not above the mark");
            vm.assertLe(price + least, stance.index, "a bid keeps its distance");
        }
    }

    function testFuzz_SplittingATradeGainsNothing(uint256 seed, uint256 one, uint256 two, bool buy) external pure {
        Stance memory stance = _stance(seed);
        uint256 room = stance.unwinding(buy) + stance.adding(buy);
        if (room < 2) return;
        one = bound(one, 1, room - 1);
        two = bound(two, 1, room - one);
        uint256 whole = stance.price(buy, one + two) * (one + two);
        uint256 parts = stance.price(buy, one) * one;
        stance.inventory += buy ? -int256(one) : int256(one);
        parts += stance.price(buy, two) * two;
        // A price is rounded to the wei, and the lean to the 1e-18th part of skew and index.
        uint256 rounding = (one + two) * (2 + (stance.index * stance.skew) / 1e24);
        if (buy) vm.assertLe(whole, parts + rounding, "two purchases cost no less");
        else vm.assertGe(whole + rounding, parts, "two sales bring no more");
    }

    function testFuzz_ThereAndBackCostsTwiceTheLeastDistance(uint256 seed, uint256 size, bool buy) external pure {
        Stance memory stance = _stance(seed);
        size = bound(size, 1, 1e25);
        uint256 there = stance.price(buy, size);
        stance.inventory += buy ? -int256(size) : int256(size);
        uint256 back = stance.price(!buy, size);
        uint256 least = 2 * ((stance.index * stance.deviation) / 1e6 + stance.confidence);
        vm.assertGe(buy ? there - back : back - there, least, "a round trip pays both distances");
    }

    // ---- random flows ------------------------------------------------------------------------------------------------

    /// forge-config: default.fuzz.runs = 96
    function testFuzz_TheHouseGainsWhatTradersLoseLessFees(uint256 seed) external {
        HouseWorld world = new HouseWorld(100, 400);
        uint256 deals;
        for (uint256 step; step < 16; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            _move(world, seed);
            if (_deal(world, seed)) ++deals;
            int256 total = world.houseResult() + world.tradersResult() + int256(world.house().feesAccrued());
            vm.assertLe(total, 0, Properties.P3);
            vm.assertGe(total, -int256((deals + 1) * DUST_A_DEAL), "house = - traders - fees");
        }
        vm.assertGt(deals, 0, "the pool deals");
    }

    /// forge-config: default.fuzz.runs = 96
    function testFuzz_NoTradeTakesEquityOutOfTheHouseNorBreaksItsLimits(uint256 seed) external {
        HouseWorld world = new HouseWorld(0, 0);
        for (uint256 step; step < 16; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            _move(world, seed);
            int256 equity = world.equityOf(world.main());
            int256 held = world.inventory();
            (, uint256 limit) = world.pool().inventoryOf(0);
            if (!_deal(world, seed)) continue;
            vm.assertGe(world.equityOf(world.main()), equity - int256(DUST_A_DEAL), "no trade is better than the mark");
            int256 holds = world.inventory();
            bool turned = (holds > 0) != (held > 0);
            if (turned || _abs(holds) > _abs(held)) {
                vm.assertLe(_abs(holds), limit, "what is added stays within the limit");
                uint256 added = turned ? _abs(holds) : _abs(holds) - _abs(held);
                vm.assertLe((added * world.prices().peek(0).mark) / 1e18, 5_000_000e18, "and within a trade's");
            }
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_InOneSecondNoMoreIsAddedThanTheCapacity(uint256 seed) external {
        HouseWorld world = new HouseWorld(0, 0);
        uint256 added;
        for (uint256 step; step < 12; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            uint256 held = _abs(world.inventory());
            try world.deal(seed, true, 1 + ((seed >> 8) % 3_000e18), false) {
                added += _abs(world.inventory()) - held;
            } catch {}
        }
        vm.assertLe((added * world.START()) / 1e18, 10_000_000e18, "one side takes no more than the capacity");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_EarlyAndLateRedeemersArePaidTheSame(uint256 seed, uint256 shares) external {
        HouseWorld world = new HouseWorld(100, 400);
        HousePool pool = world.pool();
        address early = makeAddr("early");
        address late = makeAddr("late");
        uint256 brought = bound(seed >> 3, 1e6, 20_000_000e6);
        uint256 held = _invest(world, early, brought);
        vm.assertEq(_invest(world, late, brought), held, "the same money buys the same shares");
        for (uint256 step; step < 6; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            _move(world, seed);
            _deal(world, seed);
        }
        vm.prank(early);
        pool.requestRedeem(held);
        vm.prank(late);
        pool.requestRedeem(held);
        skip(pool.COOLDOWN());
        shares = bound(shares, 1, held);
        if (pool.maxRedeem(early) < shares) return;
        uint256 worth = pool.convertToAssets(1e18);
        uint256 first = _redeem(pool, early, shares);
        vm.assertGe(pool.convertToAssets(1e18) + 1, worth, "a redeemer takes nothing from those who stay");
        if (pool.maxRedeem(late) < shares) return;
        uint256 second = _redeem(pool, late, shares);
        vm.assertApproxEqAbs(first, second, 1, Properties.P15);
    }

    // ---- helpers -----------------------------------------------------------------------------------------------------

    /// @dev Any index from 1e-6 to 1e6, a mark up to 5 % off it, half a percent of confidence, any inventory inside the limit.
    function _stance(uint256 seed) private pure returns (Stance memory stance) {
        stance.index = bound(seed & type(uint88).max, 1e12, 1e24);
        stance.mark = (stance.index * (95_000 + ((seed >> 88) % 10_001))) / 100_000;
        stance.confidence = (stance.index * ((seed >> 104) % 501)) / 100_000;
        stance.deviation = 500 + ((seed >> 120) % 10_000);
        stance.spread = stance.deviation + ((seed >> 136) % 10_000);
        stance.skew = (seed >> 152) % 100_000;
        stance.limit = bound((seed >> 168) & type(uint64).max, 0, 1e25);
        uint256 held = (seed >> 200) % (stance.limit + 1);
        stance.inventory = seed >> 255 == 0 ? int256(held) : -int256(held);
    }

    /// @dev Time passes, the index moves by up to 5 %, the mark stays within 1 % of it, and there is funding.
    function _move(HouseWorld world, uint256 seed) private {
        uint256 index = (world.prices().peek(0).index * (950 + ((seed >> 16) % 101))) / 1_000;
        if (index < 1_500e18 || index > 2_500e18) index = world.START();
        uint256 mark = (index * (990 + ((seed >> 32) % 21))) / 1_000;
        int256 premium = int256((seed >> 48) % 0.002e18) - 0.001e18;
        world.setPrice(index, mark, premium, index / (500 + ((seed >> 64) % 10_000)));
        skip(1 + ((seed >> 80) % 2 hours));
    }

    function _deal(HouseWorld world, uint256 seed) private returns (bool) {
        uint256 size = 1 + ((seed >> 96) % 2_500e18);
        try world.deal(seed >> 128, seed >> 255 == 0, size, (seed >> 160) % 3 == 0) {
            return true;
        } catch {
            return false;
        }
    }

    function _invest(HouseWorld world, address holder, uint256 tokens) private returns (uint256 shares) {
        HousePool pool = world.pool();
        world.quote().mint(holder, tokens);
        vm.startPrank(holder);
        world.quote().approve(address(pool), tokens);
        shares = pool.deposit(tokens, holder);
        vm.stopPrank();
    }

    function _redeem(HousePool pool, address holder, uint256 shares) private returns (uint256) {
        vm.prank(holder);
        return pool.redeem(shares, holder, holder);
    }

    function _abs(int256 value) private pure returns (uint256) {
        return value < 0 ? uint256(-value) : uint256(value);
    }
}
