// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {LeverageClass} from "../libraries/LeverageClass.sol";

/// @title The most levered class first, inside it the most profitable bucket
/// @notice An order: classes of leverage 20 and more, 10, 5, 3, 2, 1, 1/2, and below, each closed whole before the next. What it leaves
/// of a large class stays as levered as it was; LeverageLevel brings leverage down. A position's class is that of its account when
/// it was last touched; anyone may poke it up to date.
contract LeverageFirst is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256 leverage, bool) external pure returns (uint8) {
        return LeverageClass.classOf(leverage);
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external pure returns (bool) {
        return false;
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
