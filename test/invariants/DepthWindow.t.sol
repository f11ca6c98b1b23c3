// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DepthWindow, DepthWindows} from "../../contracts/libraries/DepthWindow.sol";
import {Test} from "../support/Test.sol";

/// @title The rolling minimum of depth, against all that was noted
contract DepthWindowTest is Test {
    uint256 private constant NOTES = 24;

    /// @notice Never above any depth of the past 30 minutes, and never below the lowest of the past 35 and the last known before.
    function testFuzz_IsTheLowestOfHalfAnHour(
        uint256 seed,
        uint32[24] memory depths,
        uint16[24] memory gaps
    ) external pure {
        uint256 time = 1_700_000_000 + (seed % 1 days);
        DepthWindow window = DepthWindows.constantAt(depths[0], time);
        uint256[] memory times = new uint256[](NOTES);
        times[0] = time;
        for (uint256 i = 1; i < NOTES; ++i) {
            time += gaps[i] % 20 minutes;
            times[i] = time;
            window = window.note(depths[i], time);
            uint256 low = window.lowest();
            uint256 floor = type(uint256).max;
            for (uint256 j; j <= i; ++j) {
                if (times[j] + 30 minutes > time) vm.assertLe(low, depths[j], "above what was seen in half an hour");
                if (_lastsUntil(times, j, i) + 35 minutes >= time && depths[j] < floor) floor = depths[j];
            }
            vm.assertGe(low, floor, "below everything the window may know");
        }
    }

    /// @dev What a bucket knew stands in for what nobody saw, up to the next bucket that somebody looked into.
    function _lastsUntil(uint256[] memory times, uint256 from, uint256 to) private pure returns (uint256) {
        for (uint256 i = from + 1; i <= to; ++i) if (times[i] / 5 minutes != times[from] / 5 minutes) return times[i];
        return times[to];
    }
}
