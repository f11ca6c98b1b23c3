// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title The same fraction of every profitable bucket
/// @notice Pro-rata tear-up, as clearing houses do it. Everyone in profit gives the same share of size; nobody is disarmed.
contract ProRata is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256, bool) external pure returns (uint8) {
        return 0;
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external pure returns (bool) {
        return true;
    }

    /// @inheritdoc IDeleveragingPolicy
    function stage(uint8) external pure returns (uint8) {
        return 0;
    }

    /// @inheritdoc IDeleveragingPolicy
    function leverageOf(uint8) external pure returns (uint256) {
        return 0;
    }
}
