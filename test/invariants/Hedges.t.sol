// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HedgeLast} from "../../contracts/deleveraging/HedgeLast.sol";
import {LeverageFirst} from "../../contracts/deleveraging/LeverageFirst.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {IDeleveragingPolicy} from "../../contracts/interfaces/IDeleveragingPolicy.sol";
import {BreakEvenBucket} from "../../contracts/libraries/BreakEvenBucket.sol";
import {RAY} from "../../contracts/libraries/FixedMath.sol";
import {Health} from "../../contracts/types/Account.sol";
import {Tranche} from "../../contracts/types/Tranche.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Shorts hedged with spot: who is reached when, and what margin they ask
contract HedgesTest is Test {
    uint8 internal constant TRADERS = 6;
    uint32 internal constant BANKRUPT = 6;
    uint256 internal constant PRICE = 100e18;

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NoHedgeIsClosedWhileDirectionalProfitRemains(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _policy(seed & 1 == 0), PRICE);
        _open(world, seed);
        for (uint256 i; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            world.setPrice(50e18 + (seed % 70e18), world.NO_FUNDING());
            if (seed >> 255 == 1) world.poke(uint32(1 + ((seed >> 8) % 5)));
            int256 before = _hedgedSize(world);
            uint256 price = world.mark();
            // At times at a price worse for shorts than the mark, as TORN_UP does it.
            if ((seed >> 250) & 3 == 0) price += price / 50;
            world.deleverage(BANKRUPT, int256(1 + ((seed >> 96) % 6e20)), price, (seed >> 16) % 3e22);
            // A few wei: tranches are torn up in whole wei per share.
            if (_hedgedSize(world) > before + 10) {
                vm.assertTrue(!_directionalWins(world), Properties.P9);
            }
        }
    }

    /// @dev Covered and spot counted in full, a short gains what its spot loses.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_AFullyCoveredShortHasTheSameEquityAtAnyPrice(uint96 size, uint256 price) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _policy(true), PRICE);
        size = uint96(bound(size, 1e9, 1e22));
        world.depositSpot(1, size);
        skip(1 hours + 1);
        world.trade(1, BANKRUPT, false, size, uint128(PRICE));
        int256 before = world.house().health(1).equity;
        world.setPrice(bound(price, 1e18, 1_000e18), world.NO_FUNDING());
        vm.assertApproxEqAbs(world.house().health(1).equity, before, 4, "one leg makes good what the other loses");
    }

    /// @dev Margin is what the rates say of the covered and of the bare part, and never more than without the spot.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_MarginFollowsTheCoveredPart(uint96 size, uint96 spot) external {
        LedgerWorld world = new LedgerWorld(TRADERS, _policy(true), PRICE);
        size = uint96(bound(size, 1e9, 1e22));
        spot = uint96(bound(spot, 1, 2e22));
        world.trade(1, BANKRUPT, false, size, uint128(PRICE));
        uint256 bare = world.house().health(1).maintenanceMargin;
        world.depositSpot(1, spot);
        Health memory waiting = world.house().health(1);
        vm.assertEq(waiting.maintenanceMargin, bare, "nothing covers before its tenure");
        skip(1 hours + 1);
        Health memory health = world.house().health(1);
        uint256 covered = spot < size ? spot : size;
        uint256 exact = (covered * 100) / 100 + (uint256(size - covered) * 500) / 100;
        vm.assertApproxEqAbs(health.maintenanceMargin, exact, 4, "1 % of what is covered and 5 % of the rest");
        vm.assertApproxEqAbs(health.initialMargin, 2 * exact, 8, "and twice that to begin with");
        vm.assertLe(health.maintenanceMargin, bare + 2, "never more than bare");
        vm.assertGe(health.equity, waiting.equity, "and never less equity");
    }

    // ---- helpers -----------------------------------------------------------------------------------------------------

    /// @dev Accounts 1 to 5 are short, about half of them with spot that covers 90 to 110 % of it.
    function _open(LedgerWorld world, uint256 seed) private {
        uint96[6] memory sizes;
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            uint256 random = uint256(keccak256(abi.encode(seed, account)));
            sizes[account] = uint96(1e15 + (random % 3e20));
            if (random >> 255 == 1) world.depositSpot(account, (sizes[account] * (90 + ((random >> 240) % 21))) / 100);
        }
        skip(1 hours + 1);
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            uint256 random = uint256(keccak256(abi.encode(account, seed)));
            world.trade(account, BANKRUPT, false, sizes[account], uint128(70e18 + (random % 60e18)));
        }
    }

    /// @dev Size of all hedged shorts, negative.
    function _hedgedSize(LedgerWorld world) private view returns (int256 total) {
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            if (BreakEvenBucket.isHedged(world.positionOf(account).key)) total += world.sizeOf(account);
        }
    }

    /// @dev Whether any directional tranche is in profit at mark, as the ledger means it: every member its bucket may hold.
    function _directionalWins(LedgerWorld world) private view returns (bool) {
        uint16[] memory keys = world.keys(true);
        for (uint256 i; i < keys.length; ++i) {
            if (BreakEvenBucket.isHedged(keys[i])) continue;
            uint256 edge = BreakEvenBucket.leastProfitableEdge(keys[i]);
            uint256 last = world.tranche(keys[i], 0).current;
            for (uint256 generation; generation <= last; ++generation) {
                Tranche memory tranche = world.tranche(keys[i], uint16(generation));
                if (tranche.size(true) < 10) continue;
                uint256 perShare = tranche.chargeablePerShare(true, world.mark(), edge);
                if (perShare * tranche.shares >= RAY) return true;
            }
        }
        return false;
    }

    function _policy(bool even) private returns (IDeleveragingPolicy) {
        return new HedgeLast(even ? IDeleveragingPolicy(new ProRata()) : IDeleveragingPolicy(new LeverageFirst()));
    }
}
