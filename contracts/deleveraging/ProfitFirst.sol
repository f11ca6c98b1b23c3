// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title The most profitable bucket first
/// @notice The queue by PnL % that venues publish, as a rule the ledger enforces instead of a keeper's list. At any mark PnL % is
/// a monotone function of break-even alone, so the order of the buckets never changes and needs no upkeep.
contract ProfitFirst is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256, bool) external pure returns (uint8) {
        return 0;
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
