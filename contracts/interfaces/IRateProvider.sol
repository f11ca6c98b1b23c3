// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What one unit of a wrapped asset redeems for
interface IRateProvider {
    /// @notice Units of the underlying per unit of the asset, WAD.
    function getRate() external view returns (uint256);
}
