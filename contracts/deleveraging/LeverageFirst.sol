// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title The most levered class first, inside it the most profitable bucket
/// @notice The minimax-leverage optimum of arXiv 2603.15963, to the width of a class: leverage 20 and more, 10, 5, 3, 2, 1, 1/2,
/// and below. A position's class is that of its account when it was last touched; anyone may poke it up to date.
contract LeverageFirst is IDeleveragingPolicy {
    uint256 private constant ONE = 1e18;

    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256 leverage, bool) external pure returns (uint8) {
        if (leverage >= 20 * ONE) return 0;
        if (leverage >= 10 * ONE) return 1;
        if (leverage >= 5 * ONE) return 2;
        if (leverage >= 3 * ONE) return 3;
        if (leverage >= 2 * ONE) return 4;
        if (leverage >= ONE) return 5;
        if (leverage >= ONE / 2) return 6;
        return 7;
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IDeleveragingPolicy
    function stage(uint8 trancheClass) external pure returns (uint8) {
        return trancheClass;
    }
}
