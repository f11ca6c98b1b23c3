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
                // What is known stands in for what nobody saw, so one note older than the window may still count.
                if (j == i || times[j + 1] + 35 minutes >= time || times[j] + 40 minutes >= time) {
                    if (depths[j] < floor) floor = depths[j];
                }
            }
            vm.assertGe(low, floor, "below everything the window may know");
        }
    }
}
