// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LiquidationMath} from "../libraries/LiquidationMath.sol";

/// @title Calls LiquidationMath from outside
contract LiquidationMathHarness {
    function maintenanceOf(uint256 size, uint256 mark, uint256 rate) external pure returns (uint256) {
        return LiquidationMath.maintenanceOf(size, mark, rate);
    }

    function equityShare(int256 equity, uint256 part, uint256 whole) external pure returns (int256) {
        return LiquidationMath.equityShare(equity, part, whole);
    }

    function bankruptcyPrice(bool long, uint256 size, uint256 mark, int256 share) external pure returns (uint256) {
        return LiquidationMath.bankruptcyPrice(long, size, mark, share);
    }

    function slidingLimit(
        bool long,
        uint256 mark,
        uint256 bankruptcy,
        int256 equity,
        uint256 maintenance
    ) external pure returns (uint256) {
        return LiquidationMath.slidingLimit(long, mark, bankruptcy, equity, maintenance);
    }

    function sizeToRecover(LiquidationMath.Recovery calldata recovery) external pure returns (uint256) {
        return LiquidationMath.sizeToRecover(recovery);
    }

    function liquidationPrice(
        bool long,
        uint256 size,
        uint256 mark,
        int256 equity,
        uint256 maintenance,
        uint256 rate
    ) external pure returns (uint256) {
        int256 slope = LiquidationMath.sensitivity(long ? int256(size) : -int256(size), 0, rate, 0);
        return LiquidationMath.liquidationPrice(slope, mark, equity, maintenance);
    }

    function queueScore(
        bool long,
        uint256 mark,
        uint256 entry,
        uint256 notional,
        int256 equity
    ) external pure returns (uint256) {
        return LiquidationMath.queueScore(long, mark, entry, notional, equity);
    }
}
