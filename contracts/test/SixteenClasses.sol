// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title A policy whose classes do not fit the four bits of a tranche key
contract SixteenClasses is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256, bool hedged) external pure returns (uint8) {
        return hedged ? 16 : 0;
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external pure returns (bool) {
        return false;
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
