// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TickPace, TickPath, TruncatedTick} from "../../contracts/libraries/TruncatedTick.sol";
import {Test} from "../support/Test.sol";

/// @title The truncated tick, second by second
/// @notice The library jumps over stretches of time; here the same path is walked one second at a time.
contract TruncatedTickTest is Test {
    using TruncatedTick for TickPath;

    int256 private constant MAX_TICK = 887_272;

    /// forge-config: default.fuzz.runs = 128
    function testFuzz_AStretchAtOnceIsTheSameAsSecondBySecond(uint256 seed, uint16 time, uint24 tick) external pure {
        (TickPath memory path, TickPace memory pace) = _begin(seed, tick);
        TickPath memory walked = _copy(path);
        int256 target = _target(seed >> 64);
        uint256 until = path.time + bound(time, 1, 600);
        path.hold(pace, target, until);
        for (uint256 second = walked.time; second < until; ++second) _step(walked, pace, target, second);
        vm.assertEq(int256(path.tick), int256(walked.tick), "the tick stands elsewhere");
        vm.assertEq(int256(path.sum), int256(walked.sum), "the sum differs");
        vm.assertEq(int256(path.pool), int256(walked.pool), "the pool's own sum differs");
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_SplittingAStretchChangesNothing(uint256 seed, uint32 first, uint32 second) external pure {
        (TickPath memory path, TickPace memory pace) = _begin(seed, uint24(seed >> 32));
        TickPath memory other = _copy(path);
        int256 target = _target(seed >> 64);
        uint256 half = path.time + bound(first, 1, 1 days);
        uint256 until = half + bound(second, 1, 1 days);
        path.hold(pace, target, until);
        other.hold(pace, target, half);
        other.hold(pace, target, until);
        vm.assertEq(int256(path.tick), int256(other.tick), "the tick depends on who records when");
        vm.assertEq(int256(path.sum), int256(other.sum), "the sum depends on who records when");
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_NoTargetMovesItByMoreThanAMoveASlot(uint256 seed, uint32 time) external pure {
        (TickPath memory path, TickPace memory pace) = _begin(seed, uint24(seed >> 32));
        int256 before = path.tick;
        int256 target = _target(seed >> 64);
        uint256 elapsed = bound(time, 1, 1 days);
        path.hold(pace, target, path.time + elapsed);
        int256 moved = path.tick - before;
        // Slots begun or entered since: the first may have been entered already, and not moved in.
        int256 most = int256(uint256(pace.maxMove) * (elapsed / pace.slot + 2));
        vm.assertLe(moved < 0 ? -moved : moved, most, "faster than the pace");
        bool between = before <= target ? path.tick <= target : path.tick >= target;
        vm.assertTrue(between || before == target, "beyond what the pool says");
    }

    /// @dev A path that starts anywhere at the beginning of a slot or inside one, at any pace.
    function _begin(uint256 seed, uint24 tick) private pure returns (TickPath memory path, TickPace memory pace) {
        pace.maxMove = uint24(bound(seed & 0xffffff, 1, 20_000));
        pace.slot = uint16(bound((seed >> 24) & 0xff, 1, 60));
        pace.phase = uint16((seed >> 200) % pace.slot);
        path.time = uint32(1_760_000_000 + ((seed >> 208) % 1_000));
        path.tick = int24(bound(int256(uint256(tick)) - 8_388_608, -MAX_TICK, MAX_TICK));
        path.anchor = path.tick;
        path.slot = uint32((path.time - pace.phase) / pace.slot);
    }

    function _target(uint256 random) private pure returns (int256) {
        int256 target = int256(random % (2 * uint256(MAX_TICK) + 1)) - MAX_TICK;
        // Half of them near, where the pace and not the distance decides.
        return (random >> 60) % 2 == 0 ? target : target / 100;
    }

    function _step(TickPath memory path, TickPace memory pace, int256 target, uint256 second) private pure {
        uint32 slot = uint32((second - pace.phase) / pace.slot);
        if (slot != path.slot) (path.slot, path.anchor) = (slot, path.tick);
        int256 most = int256(uint256(pace.maxMove));
        int256 tick = target;
        if (tick > path.anchor + most) tick = path.anchor + most;
        if (tick < path.anchor - most) tick = path.anchor - most;
        path.tick = int24(tick);
        path.sum += int64(tick);
        path.pool += int56(target);
        path.time = uint32(second + 1);
    }

    function _copy(TickPath memory path) private pure returns (TickPath memory) {
        return TickPath(path.time, path.index, path.slot, path.anchor, path.tick, path.pool, path.sum);
    }
}
