// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What bounds a market's open interest beside its static cap
interface IOpenInterestCaps {
    /// @notice Takes note of the market's depth as it is now, and says how much open interest it may have. Anyone.
    /// @return cap base, WAD, rounded down; the maximum if nothing bounds it
    function refresh(uint8 market) external returns (uint256 cap);
}
