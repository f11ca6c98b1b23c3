// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketConfig} from "../types/Market.sol";

/// @title ParameterLints that lets everything pass
/// @notice Linked in its place by deployments that show what a defence is worth by leaving it out.
library Unlinted {
    /// @notice See ParameterLints.market.
    function market(MarketConfig storage) external view {}

    /// @notice See ParameterLints.mark.
    function mark(uint256, uint256, uint256) external pure {}

    /// @notice See ParameterLints.spot.
    function spot(uint256, uint256, uint256) external pure {}

    /// @notice See ParameterLints.backstop.
    function backstop(uint256, uint256, uint256, uint256) external pure {}

    /// @notice See ParameterLints.house.
    function house(uint256, uint256, uint256, uint256, uint256) external pure {}
}
