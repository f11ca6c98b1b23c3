// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

uint256 constant WAD = 1e18;
int256 constant SIGNED_WAD = 1e18;

/// @dev Per-share quantities carry 27 decimals, so that a share of a large tranche still moves by less than one wei.
uint256 constant RAY = 1e27;
int256 constant SIGNED_RAY = 1e27;

/// @dev Rates in configurations are parts per million.
uint256 constant PPM = 1e6;

/// @title Fixed-point arithmetic whose rounding shows in its name
library FixedMath {
    /// @notice a / b towards minus infinity; b must be positive.
    function divDown(int256 a, int256 b) internal pure returns (int256 result) {
        result = a / b;
        if (a < 0 && result * b != a) --result;
    }

    /// @notice a / b rounded up.
    function divUp(uint256 a, uint256 b) internal pure returns (uint256) {
        return a == 0 ? 0 : (a - 1) / b + 1;
    }

    /// @notice a * b / 1e18, rounded down.
    function wadDown(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * b) / WAD;
    }

    /// @notice a * b / 1e18, rounded up.
    function wadUp(uint256 a, uint256 b) internal pure returns (uint256) {
        return divUp(a * b, WAD);
    }

    /// @notice a * b / 1e18 towards minus infinity.
    function signedWadDown(int256 a, int256 b) internal pure returns (int256) {
        return divDown(a * b, SIGNED_WAD);
    }

    /// @notice |a|.
    function abs(int256 a) internal pure returns (uint256) {
        return a < 0 ? uint256(-a) : uint256(a);
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    function clamp(int256 a, int256 low, int256 high) internal pure returns (int256) {
        return a < low ? low : (a > high ? high : a);
    }
}
