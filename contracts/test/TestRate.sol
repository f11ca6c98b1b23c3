// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRateProvider} from "../interfaces/IRateProvider.sol";

/// @title The far end of a redemption rate: says what a test tells it to
contract TestRate is IRateProvider {
    /// @inheritdoc IRateProvider
    uint256 public getRate;

    /// @notice Sets the rate, WAD. Anyone.
    function setRate(uint256 rate) external {
        getRate = rate;
    }
}
