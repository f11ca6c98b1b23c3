// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSource, Reading, SourceStatus} from "../interfaces/IPriceSource.sol";

/// @title A source whose depth a test sets
contract TestDepthSource is IPriceSource {
    /// @notice The source was told to fail.
    error Broken();

    uint256 private _depth;
    uint256 private _failure;

    /// @notice Sets the depth, quote, WAD. Anyone.
    function setDepth(uint256 depth) external {
        _depth = depth;
    }

    /// @notice Makes readings fail: 1 says stale, 2 reverts, 3 burns all gas. Anyone.
    function fail(uint256 failure) external {
        _failure = failure;
    }

    /// @inheritdoc IPriceSource
    function read(uint8) external view returns (Reading memory reading) {
        if (_failure == 2) revert Broken();
        while (_failure == 3) continue;
        if (_failure == 1) reading.status = SourceStatus.STALE;
        reading.price = 1e18;
        reading.publishedAt = block.timestamp;
        reading.depth = _depth;
    }
}
