// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title The same fraction of every bucket inside a class, one class after the other
/// @notice Leverage 5 and more first: a proportional policy with two stages.
contract ProRataByClass is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256 leverage, bool) external pure returns (uint8) {
        return leverage >= 5e18 ? 0 : 1;
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external pure returns (bool) {
        return true;
    }

    /// @inheritdoc IDeleveragingPolicy
    function stage(uint8 trancheClass) external pure returns (uint8) {
        return trancheClass;
    }

    /// @inheritdoc IDeleveragingPolicy
    function leverageOf(uint8) external pure returns (uint256) {
        return 0;
    }
}
