// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Funding after a one-sided tear-up
/// @notice Weighting funding with one share instead of the tranche's own size per share has minted money on a live exchange: the
/// torn side goes on earning on size it no longer has (bug pattern 48).
contract FundingAfterTearUpTest is Test {
    uint96 internal constant SIZE = 100e18;

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_TheTornSideEarnsOnWhatItStillHas(uint256 part, uint256 premium) external {
        LedgerWorld world = new LedgerWorld(4, new ProRata(), 100e18);
        uint256 torn = bound(part, 1e18, SIZE - 1e18);
        // Shorts in profit are torn up against a long; shorts then earn funding.
        world.trade(1, 2, true, SIZE, 100e18);
        world.trade(3, 4, true, SIZE, 100e18);
        world.setPrice(80e18, int256(bound(premium, 0.01e18, 0.3e18)));
        world.deleverage(1, int256(torn), 80e18, 0);
        int256 before = _cash(world);
        int256 paidBefore = world.fundingPaid();
        skip(8 hours);
        for (uint32 account = 1; account <= 4; ++account) world.poke(account);
        int256 perBase = world.fundingPaid() - paidBefore;
        vm.assertGt(perBase, 0, "longs pay");
        int256 change = _cash(world) - before;
        vm.assertLe(change, 0, Properties.P3);
        vm.assertGe(change, -1e3, Properties.P3);
        // With a weight of one, shorts would be paid for all the shares they joined with, longs charged for what they hold.
        int256 shares = 2 * int256(uint256(SIZE));
        int256 mintedByWeightOfOne = (perBase * (shares - (shares - int256(torn)))) / 1e18;
        vm.assertGt(mintedByWeightOfOne, 1e15, "the wrong weight would have minted this much");
    }

    /// @dev The formula itself, wrong on purpose: it fails the sum that the ledger passes.
    function test_AWeightOfOneWouldMint() external {
        LedgerWorld world = new LedgerWorld(4, new ProRata(), 100e18);
        world.trade(1, 2, true, SIZE, 100e18);
        world.setPrice(80e18, 0.1e18);
        world.deleverage(1, 40e18, 80e18, 0);
        uint16 key = world.positionOf(2).key;
        int256 sharesOfShort = int256(uint256(world.tranche(key, 0).shares));
        int256 before = world.fundingPaid();
        skip(8 hours);
        world.poke(1);
        int256 perBase = world.fundingPaid() - before;
        int256 paidByLong = (perBase * world.sizeOf(1)) / 1e18;
        int256 right = (perBase * -world.sizeOf(2)) / 1e18;
        int256 wrong = (perBase * sharesOfShort) / 1e18;
        vm.assertApproxEqAbs(right, paidByLong, 2, "with the size per share the two sides match");
        vm.assertApproxEqAbs(wrong - paidByLong, (perBase * 40), 1e3, "with one, forty base go on earning from nobody");
    }

    function _cash(LedgerWorld world) private view returns (int256 total) {
        for (uint32 account = 1; account <= 4; ++account) total += world.cashOf(account);
    }
}
