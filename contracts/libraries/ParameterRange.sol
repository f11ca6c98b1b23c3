// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Refusing unsafe parameters
library ParameterRange {
    /// @notice A parameter lies outside what is safe.
    error ParameterOutOfRange(string parameter, uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Reverts unless minimum <= value <= maximum.
    function check(string memory parameter, uint256 value, uint256 minimum, uint256 maximum) internal pure {
        if (value < minimum || value > maximum) {
            revert ParameterOutOfRange(parameter, value, minimum, maximum);
        }
    }
}
