// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MockPyth} from "@pythnetwork/pyth-sdk-solidity/MockPyth.sol";

/// @title The vendor's own far end of a Pyth feed
/// @notice Verifies no signatures; times, ids, uniqueness and fees are checked as on a live chain.
contract TestPyth is MockPyth {
    /// @param fee wei an update costs
    constructor(uint256 fee) MockPyth(60, fee) {}
}
