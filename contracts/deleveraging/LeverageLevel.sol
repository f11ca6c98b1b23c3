// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {LeverageClass} from "../libraries/LeverageClass.sol";

/// @title Every class above one leverage brought down to it, nobody else touched
/// @notice Water filling: the minimax-leverage optimum of arXiv 2603.15963, to the width of a class. Each class counts as levered
/// as its lowest member may be. So the level is never above the one exact accounts would be brought to, and no account that was
/// reached is left above it by more than the width of its class. A position's class is that of its account when it was last touched.
/// @dev The classes are those of LeverageFirst, which closes the most levered whole instead and so leaves the next as it is.
contract LeverageLevel is IDeleveragingPolicy {
    /// @inheritdoc IDeleveragingPolicy
    function priority(uint256, uint256 leverage, bool) external pure returns (uint8) {
        return LeverageClass.classOf(leverage);
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
    function leverageOf(uint8 trancheClass) external pure returns (uint256) {
        return LeverageClass.lowest(trancheClass);
    }
}
