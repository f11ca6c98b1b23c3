// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Classes of leverage for deleveraging policies
/// @notice Eight, from the most levered down: 20 and more, 10, 5, 3, 2, 1, 1/2, and below (mechanism section 8).
library LeverageClass {
    uint256 private constant ONE = 1e18;

    /// @notice The class of a leverage.
    /// @param leverage notional over account equity, WAD
    function classOf(uint256 leverage) internal pure returns (uint8) {
        if (leverage >= 20 * ONE) return 0;
        if (leverage >= 10 * ONE) return 1;
        if (leverage >= 5 * ONE) return 2;
        if (leverage >= 3 * ONE) return 3;
        if (leverage >= 2 * ONE) return 4;
        if (leverage >= ONE) return 5;
        if (leverage >= ONE / 2) return 6;
        return 7;
    }

    /// @notice The lowest leverage of a class, WAD; for the last one, which has none, half of where it ends.
    function lowest(uint8 class) internal pure returns (uint256) {
        if (class == 0) return 20 * ONE;
        if (class == 1) return 10 * ONE;
        if (class == 2) return 5 * ONE;
        if (class == 3) return 3 * ONE;
        if (class == 4) return 2 * ONE;
        if (class == 5) return ONE;
        if (class == 6) return ONE / 2;
        return ONE / 4;
    }
}
