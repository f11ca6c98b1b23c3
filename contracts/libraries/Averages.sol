// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Averages over time, and the median of three
library Averages {
    int256 private constant WAD = 1e18;

    /// @notice An exponential moving average moved towards a sample that held for `elapsed` seconds.
    /// @dev Weight of the sample: 1 - exp(-elapsed / tau), so that updating often or seldom comes to the same.
    /// Rounded towards the old average.
    /// @param tau time constant, seconds, positive
    function towards(int256 average, int256 sample, uint256 elapsed, uint256 tau) internal pure returns (int256) {
        int256 kept = FixedPointMathLib.expWad(-int256((elapsed * uint256(WAD)) / tau));
        return average + ((sample - average) * (WAD - kept)) / WAD;
    }

    /// @notice The middle one of three.
    function middle(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        if (a > b) (a, b) = (b, a);
        return
            c < a
                ? a
                : c > b
                    ? b
                    : c;
    }
}
