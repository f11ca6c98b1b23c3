// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TickBitmap} from "../libraries/TickBitmap.sol";

/// @title Calls TickBitmap from outside
contract TickBitmapHarness {
    using TickBitmap for TickBitmap.Bitmap;

    TickBitmap.Bitmap private _ticks;

    function set(uint24 tick) external {
        _ticks.set(tick);
    }

    function clear(uint24 tick) external {
        _ticks.clear(tick);
    }

    function contains(uint24 tick) external view returns (bool) {
        return _ticks.contains(tick);
    }

    function above(uint24 tick) external view returns (uint24) {
        return _ticks.above(tick);
    }

    function below(uint24 tick) external view returns (uint24) {
        return _ticks.below(tick);
    }

    /// @notice The upper words, to see that they say exactly which words below hold something.
    function words(uint24 tick) external view returns (uint256 root, uint256 middle, uint256 leaf) {
        return (_ticks.root, _ticks.middle[tick >> 16], _ticks.leaves[tick >> 8]);
    }
}
