// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardConfig, GuardState} from "../../contracts/interfaces/IMarketGuard.sol";
import {MarketGuard} from "../../contracts/oracle/MarketGuard.sol";
import {Phase} from "../../contracts/types/Price.sol";
import {OpenAuthority} from "../support/OpenAuthority.sol";
import {Test} from "../support/Test.sol";

/// @title What holds of the market guard after any sequence of prices, pauses and reopenings
/// @notice This contract is the mark and the order book at once.
contract MarketGuardTest is Test {
    /// @notice One step of a sequence, before it is bounded.
    struct Step {
        uint128 observed;
        uint128 index;
        uint16 elapsed;
        uint8 kind;
    }

    uint256 private constant MILLION = 1e6;
    uint256 private constant BAND = 50_000;
    uint256 private constant WINDOW = 300;
    uint256 private constant LIMIT_TIME = 15;
    uint256 private constant PAUSE_TIME = 300;
    uint256 private constant AUCTION_TIME = 120;

    MarketGuard private _guard;

    function setUp() external {
        skip(1_000_000);
        _guard = new MarketGuard(address(this), address(this), address(new OpenAuthority()));
        GuardConfig memory config = GuardConfig({
            band: uint24(BAND),
            closedBand: 0,
            window: uint16(WINDOW),
            limitTime: uint16(LIMIT_TIME),
            pauseTime: uint16(PAUSE_TIME),
            auctionTime: uint16(AUCTION_TIME),
            minimumVolume: 1,
            closedHours: 0
        });
        _guard.setMarket(0, config);
    }

    /// @notice Phases follow one another in their order and last their time; nothing but the book's reopening ends an auction.
    function testFuzz_phasesKeepTheirOrderAndTheirTime(Step[24] memory steps) external {
        for (uint256 i; i < steps.length; ++i) {
            skip(bound(steps[i].elapsed, 1, 400));
            GuardState memory before = _guard.stateOf(0);
            uint8 kind = steps[i].kind % 8;
            if (kind == 0) _guardianPauses(before);
            else if (kind == 1) _bookReopens(before);
            else _markReports(steps[i], before);
        }
    }

    /// @notice What the mark is told by a view is what it is told for good, and the band of a held market contains a price to trade at.
    function testFuzz_previewIsObserve(Step[8] memory steps) external {
        for (uint256 i; i < steps.length; ++i) {
            skip(bound(steps[i].elapsed, 1, 400));
            (uint256 observed, uint256 index) = _prices(steps[i]);
            (Phase seen, uint256 low, uint256 high) = _guard.preview(0, observed, index);
            (Phase phase, uint256 least, uint256 most) = _guard.observe(0, observed, index);
            vm.assertEq(uint256(seen), uint256(phase), "phases differ");
            vm.assertEq(low, least, "lower edges differ");
            vm.assertEq(high, most, "upper edges differ");
            vm.assertLt(least, most, "P14: a band in which nobody can close");
        }
    }

    /// @notice A book that stays within the band of what the index makes of its average is never limited, however the index moves.
    function testFuzz_aMoveTheIndexSharesStopsNothing(Step[16] memory steps) external {
        _guard.observe(0, 1_000e18, 1_000e18);
        for (uint256 i; i < steps.length; ++i) {
            skip(bound(steps[i].elapsed, 1, 400));
            uint256 index = bound(steps[i].index, 100e18, 5_000e18);
            GuardState memory state = _guard.stateOf(0);
            uint256 carried = (uint256(state.bookAverage) * index) / state.indexAverage;
            uint256 observed = bound(steps[i].observed, (carried * 951) / 1_000, (carried * 1_049) / 1_000);
            (Phase phase, , ) = _guard.observe(0, observed, index);
            vm.assertEq(uint256(phase), uint256(Phase.OPEN), "stopped by a move of the index");
        }
    }

    /// @notice A price that is brought back inside for a block and goes out again, over and over, is paused as soon as it is out once the
    /// limit time has been spent in all, and has taught the references nothing.
    function testFuzz_requotingAtTheEdgePausesAfterTheLimitTimeInAll(
        uint8[32] memory outside,
        uint16[32] memory inside
    ) external {
        _guard.observe(0, 1_000e18, 1_000e18);
        GuardState memory start = _guard.stateOf(0);
        uint256 spent;
        for (uint256 i; i < outside.length; ++i) {
            skip(1);
            (Phase phase, , ) = _guard.observe(0, 1_060e18, 1_000e18);
            if (spent >= LIMIT_TIME) {
                vm.assertEq(uint256(phase), uint256(Phase.PAUSED), "the limit time is over, and nothing is paused");
                return;
            }
            vm.assertEq(uint256(phase), uint256(Phase.LIMITED), "paused before the limit time was over");
            uint256 seconds_ = bound(outside[i], 1, 20);
            spent += seconds_;
            skip(seconds_);
            (phase, , ) = _guard.observe(0, 1_050e18, 1_000e18);
            vm.assertEq(uint256(phase), uint256(Phase.OPEN), "not opened by a price inside");
            vm.assertEq(_guard.stateOf(0).bookAverage, start.bookAverage, "the reference learned the edge");
            skip(bound(inside[i], 0, WINDOW - 2));
        }
        vm.assertTrue(false, "never paused");
    }

    function _markReports(Step memory step, GuardState memory before) private {
        (uint256 observed, uint256 index) = _prices(step);
        (Phase phase, uint256 low, uint256 high) = _guard.observe(0, observed, index);
        bool over = block.timestamp >= before.until;
        if (before.phase == Phase.OPEN) {
            bool spent = before.limited >= LIMIT_TIME && !over;
            Phase outside = spent ? Phase.PAUSED : Phase.LIMITED;
            vm.assertTrue(phase == Phase.OPEN || phase == outside, "OPEN went elsewhere than to LIMITED");
        } else if (before.phase == Phase.LIMITED) {
            vm.assertTrue(phase != Phase.AUCTION, "LIMITED skipped the pause");
            vm.assertTrue(phase != Phase.PAUSED || over, "paused before the limit time was over");
        } else if (before.phase == Phase.PAUSED) {
            vm.assertEq(uint256(phase), uint256(over ? Phase.AUCTION : Phase.PAUSED), "a pause of another length");
        } else {
            vm.assertEq(uint256(phase), uint256(Phase.AUCTION), "an auction ended by itself");
        }
        bool open = phase == Phase.OPEN;
        vm.assertTrue(open ? low == 0 && high == type(uint256).max : low < high, "a band without room");
    }

    function _guardianPauses(GuardState memory before) private {
        if (before.phase == Phase.AUCTION && block.timestamp >= before.until) return;
        _guard.pause(0);
        GuardState memory state = _guard.stateOf(0);
        bool auction = before.phase == Phase.AUCTION;
        vm.assertEq(
            uint256(state.phase),
            uint256(auction ? Phase.AUCTION : Phase.PAUSED),
            "the guardian did not pause"
        );
        vm.assertEq(state.until, block.timestamp + (auction ? AUCTION_TIME : PAUSE_TIME), "not for its time");
        if (before.phase >= Phase.PAUSED) vm.assertGe(state.until, before.until, "the guardian shortened it");
    }

    function _bookReopens(GuardState memory before) private {
        bool may = before.phase == Phase.AUCTION && block.timestamp >= before.until;
        try _guard.reopen(0, 1_000e18, 1_000e18) {
            vm.assertTrue(may, "reopened out of time");
            vm.assertEq(uint256(_guard.stateOf(0).phase), uint256(Phase.OPEN), "not open");
        } catch {
            vm.assertTrue(!may, "the auction cannot be ended");
        }
    }

    /// @dev The index between 100 and 5,000; the book what the mark may report of it, half to twice that, or nothing.
    function _prices(Step memory step) private pure returns (uint256 observed, uint256 index) {
        index = bound(step.index, 100e18, 5_000e18);
        observed = step.observed % 9 == 0 ? 0 : bound(step.observed, index / 2, index * 2);
    }
}
