// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {LeverageFirst} from "../../contracts/deleveraging/LeverageFirst.sol";
import {LeverageLevel} from "../../contracts/deleveraging/LeverageLevel.sol";
import {ProfitFirst} from "../../contracts/deleveraging/ProfitFirst.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {BreakEvenBucket} from "../../contracts/libraries/BreakEvenBucket.sol";
import {DeleveragingLogic} from "../../contracts/logic/DeleveragingLogic.sol";
import {Tranche} from "../../contracts/types/Tranche.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Who is reached by a tear-up or a charge, and for how much
contract DeleveragingTest is Test {
    uint8 internal constant TRADERS = 6;
    uint32 internal constant BANKRUPT = 6;
    uint256 internal constant PRICE = 100e18;

    struct Sight {
        int256 size;
        int256 equity;
        int256 profit;
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_OnlyProfitIsReachedAndNeverBeyondItself(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _policy(seed), PRICE);
        bool short = seed & 2 == 0;
        _open(world, seed, short);
        for (uint256 i; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            world.setPrice(50e18 + (seed % 100e18), world.NO_FUNDING());
            if (seed >> 255 == 1) world.poke(uint32(1 + ((seed >> 8) % 5)));
            _deleverageAndCheck(world, seed, short);
        }
    }

    function _deleverageAndCheck(LedgerWorld world, uint256 seed, bool short) private {
        Sight[] memory before = _look(world);
        uint256 chargeable = _chargeable(world, short);
        uint256 deficit = (seed >> 16) % 3e22;
        int256 size = int256(1 + ((seed >> 96) % 4e20));
        // Short winners face a long bankrupt.
        IClearingHouse.Deleveraged memory result;
        result = world.deleverage(BANKRUPT, short ? size : -size, world.mark(), deficit);
        vm.assertEq(result.charged, deficit < chargeable ? deficit : chargeable, Properties.P6);
        Sight[] memory afterwards = _look(world);
        int256 paid;
        // Every touch rounds a size against its holder by a wei, which is worth the price of it: a winner of a few wei of base may look
        // like a loser by as much as everybody's loss may exceed its profit below.
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            int256 loss = before[account].equity - afterwards[account].equity;
            paid += loss;
            if (before[account].size == 0 || before[account].profit <= -200) {
                vm.assertEq(afterwards[account].size, before[account].size, Properties.P5);
                vm.assertEq(loss, 0, Properties.P5);
            } else {
                vm.assertLe(loss, before[account].profit + 200, Properties.P5);
            }
            vm.assertGe(loss, -200, Properties.P3);
        }
        vm.assertApproxEqAbs(paid, int256(result.charged), 1200, Properties.P6);
        int256 gained = afterwards[BANKRUPT].equity - before[BANKRUPT].equity;
        vm.assertApproxEqAbs(gained, int256(result.charged), 200, Properties.P6);
    }

    /// @dev The position was opened without fees and funding, so what it has gained at mark is its equity less its stake.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_RepeatedChargesNeverTakeMoreThanAMemberHasGained(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _proRata(), PRICE);
        bool short = seed & 2 == 0;
        // Accounts 1 and 2 stand to win, 3 and 4 trade beside them.
        _enter(world, 1, short, 50e18, 100e18);
        _enter(world, 2, short, 70e18, 100e18);
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            uint256 distance = 2e18 + (seed % 40e18);
            world.setPrice(short ? PRICE - distance : PRICE + distance, world.NO_FUNDING());
            uint256 kind = (seed >> 64) % 5;
            if (kind == 0) world.poke(1);
            // One wei more or less moves a position out of its tranche and back.
            if (kind == 1) _enter(world, 1, short, 1, uint128(world.mark()));
            if (kind == 2) _enter(world, 3, short, 20e18, uint128(PRICE));
            if (kind == 3) world.setPolicy((seed >> 72) & 1 == 0 ? _proRata() : ProRata(address(new LeverageFirst())));
            int256[2] memory gained = [_gained(world, 1), _gained(world, 2)];
            world.deleverage(BANKRUPT, short ? int256(1) : -int256(1), world.mark(), (seed >> 128) % 4e21);
            vm.assertLe(gained[0] - _gained(world, 1), gained[0] > 0 ? gained[0] + 1e3 : int256(1e3), Properties.P5);
            vm.assertLe(gained[1] - _gained(world, 2), gained[1] > 0 ? gained[1] + 1e3 : int256(1e3), Properties.P5);
        }
    }

    function test_TheLastStepLeavesLosersAloneWhileAnyClassHoldsProfit() external {
        LedgerWorld world = new LedgerWorld(TRADERS, new LeverageFirst(), PRICE);
        // A long of high leverage out of the money, and one of low leverage in it.
        world.withdraw(1, (world.STAKE() - 2_000e18) / 1e12);
        _enter(world, 1, false, 100e18, 110e18);
        _enter(world, 2, false, 100e18, 90e18);
        vm.assertLt(uint256(_rankOf(world, 1)), uint256(_rankOf(world, 2)), "the loser is ranked first");
        vm.expectPartialRevert(DeleveragingLogic.ProfitRemains.selector);
        world.closeAtMark(5, 10e18);
    }

    function test_TheLastStepClosesLosersAtMarkAndChangesNobodysEquity() external {
        LedgerWorld world = new LedgerWorld(TRADERS, _proRata(), PRICE);
        _enter(world, 1, false, 100e18, 110e18);
        _enter(world, 2, false, 100e18, 120e18);
        int256 first = world.equityOf(1);
        int256 second = world.equityOf(2);
        int256 closed = int256(world.closeAtMark(5, 150e18));
        vm.assertEq(closed, 150e18, "all that was asked");
        vm.assertEq(world.sizeOf(1) + world.sizeOf(2), 50e18, "the rest stays");
        vm.assertApproxEqAbs(world.equityOf(1), first, 2, Properties.P5);
        vm.assertApproxEqAbs(world.equityOf(2), second, 2, Properties.P5);
    }

    // ---- generations -------------------------------------------------------------------------------------------------

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_AWholeTearUpEndsAGenerationAndItsMembersSettleLater(uint256 seed, bool short) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _proRata(), PRICE);
        uint96 one = uint96(bound(seed, 1e9, 1e21));
        uint96 two = uint96(bound(seed >> 128, 1e9, 1e21));
        _enter(world, 1, short, one, 100e18);
        _enter(world, 2, short, two, 100e18);
        uint16 key = world.positionOf(1).key;
        uint256 price = short ? 80e18 : 125e18;
        world.setPrice(price, world.NO_FUNDING());
        int256 gain = short ? int256(20) : int256(25);
        int256 size = int256(uint256(one) + two);
        world.deleverage(5, short ? size : -size, price, 0);
        vm.assertEq(world.sizeOf(1), 0, "nothing is left of the first");
        vm.assertEq(uint256(world.tranche(key, 0).current), 1, "a new generation is open");
        vm.assertEq(world.keys(short).length, 0, "the empty tranche left the index");
        // New members share the key and none of the past.
        _enter(world, 3, short, 7e18, 100e18);
        vm.assertEq(uint256(world.positionOf(3).generation), 1, "newcomers join the new generation");
        world.setPrice(short ? 60e18 : 150e18, world.NO_FUNDING());
        world.poke(2);
        world.poke(1);
        vm.assertApproxEqAbs(world.cashOf(1), int256(world.STAKE()) + gain * int256(uint256(one)), 50, Properties.P8);
        vm.assertApproxEqAbs(world.cashOf(2), int256(world.STAKE()) + gain * int256(uint256(two)), 50, Properties.P8);
        vm.assertEq(uint256(world.house().accountData(1).openMarkets), 0, "and the market is closed for them");
        vm.assertEq(world.keys(short).length, 1, "the newcomer's tranche stays");
        vm.assertEq(world.sizeOf(3), short ? -int256(7e18) : int256(7e18), "whole");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_SeveralLiveGenerationsAreAllReachedAndSettleExactly(uint256 seed, bool short) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _proRata(), PRICE);
        uint256 price = short ? 80e18 : 125e18;
        for (uint32 account = 1; account <= 3; ++account) {
            world.setPrice(PRICE, world.NO_FUNDING());
            _enter(world, account, short, uint96(bound(seed >> (account * 60), 1e19, 1e21)), 100e18);
            vm.assertEq(uint256(world.positionOf(account).generation), account - 1, "a generation each");
            world.setPrice(price, world.NO_FUNDING());
            // All but a two-billionth: too little for newcomers, still something for those in it.
            int256 rest = world.sizeOf(5) / 2e9;
            if (account < 3) world.deleverage(5, world.sizeOf(5) - rest, price, 0);
        }
        vm.assertEq(uint256(world.tranche(world.positionOf(3).key, 0).oldest), 0, "the oldest still lives");
        int256[] memory equities = new int256[](4);
        for (uint32 account = 1; account <= 3; ++account) equities[account] = world.equityOf(account);
        world.deleverage(5, world.sizeOf(5), price, 0);
        // The bankrupt's side rounds down and shorts round up, so a wei or two may find no other side.
        for (uint32 account = 1; account <= 3; ++account) {
            vm.assertApproxEqAbs(world.sizeOf(account), 0, 4, "every generation was reached");
            world.poke(account);
            vm.assertApproxEqAbs(world.equityOf(account), equities[account], 1_000, Properties.P8);
        }
        vm.assertGe(world.books().surplus, 0, Properties.P3);
    }

    // ---- helpers -----------------------------------------------------------------------------------------------------

    function _gained(LedgerWorld world, uint32 account) private view returns (int256) {
        return world.equityOf(account) - int256(world.STAKE());
    }

    /// @dev Account 5 takes the other side, so that it can be the bankrupt one later.
    function _enter(LedgerWorld world, uint32 account, bool short, uint96 size, uint128 price) private {
        world.trade(account, 5, !short, size, price);
    }

    function _open(LedgerWorld world, uint256 seed, bool short) private {
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            uint256 random = uint256(keccak256(abi.encode(seed, account)));
            uint96 size = uint96(1e15 + (random % 3e20));
            uint128 price = uint128(70e18 + ((random >> 128) % 60e18));
            world.trade(account, BANKRUPT, !short, size, price);
        }
    }

    function _look(LedgerWorld world) private view returns (Sight[] memory sights) {
        sights = new Sight[](BANKRUPT + 1);
        for (uint32 account = 1; account <= BANKRUPT; ++account) {
            sights[account] = Sight(world.sizeOf(account), world.equityOf(account), world.profitOf(account));
        }
    }

    /// @dev Profit at mark of the least profitable member each bucket may hold, less what was charged before.
    function _chargeable(LedgerWorld world, bool short) private view returns (uint256 total) {
        uint16[] memory keys = world.keys(short);
        for (uint256 i; i < keys.length; ++i) {
            uint256 edge = BreakEvenBucket.leastProfitableEdge(keys[i]);
            uint256 last = world.tranche(keys[i], 0).current;
            for (uint256 generation; generation <= last; ++generation) {
                Tranche memory tranche = world.tranche(keys[i], uint16(generation));
                total += (tranche.chargeablePerShare(short, world.mark(), edge) * tranche.shares) / 1e27;
            }
        }
    }

    function _rankOf(LedgerWorld world, uint32 account) private view returns (uint16) {
        return world.positionOf(account).key & 0x7fff;
    }

    function _policy(uint256 seed) private returns (ProRata) {
        if (seed & 5 == 5) return ProRata(address(new LeverageLevel()));
        return seed & 1 == 0 ? _proRata() : _profitFirst();
    }

    function _proRata() private returns (ProRata) {
        return new ProRata();
    }

    function _profitFirst() private returns (ProRata) {
        return ProRata(address(new ProfitFirst()));
    }
}
